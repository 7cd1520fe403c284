"""The worker's entry: settings in; a worker, its model and its signals out."""

import asyncio
import logging
import os
import signal
import socket
import uuid
from dataclasses import replace
from functools import partial
from pathlib import Path

from agent_runner.agents.registry import agent_of, default_registry
from agent_runner.domain.retry import RetryPolicy
from agent_runner.errors import AgentRunnerError
from agent_runner.hosts.environment import Environments
from agent_runner.hosts.shelf import Shelf, read_shelf
from agent_runner.llm.cache import CacheSettings
from agent_runner.llm.choose import ModelSettings, choose_model
from agent_runner.llm.survey import survey
from agent_runner.settings import Settings, environment_for_installers, variable
from agent_runner.store.address import environments_directory
from agent_runner.store.database import Database
from agent_runner.store.migrations import migrate
from agent_runner.store.sqlite import version_warning
from agent_runner.store.workers import NewWorker
from agent_runner.worker.loop import Worker, WorkerOptions
from agent_runner.worker.sandboxes import sandboxes_of_this_machine

log = logging.getLogger(__name__)


def main_worker(settings: Settings, *, drain: bool = False, once: bool = False) -> int:
    """Runs a worker in this process until SIGTERM or SIGINT, or until its work is done. Returns the exit code."""
    try:
        with asyncio.Runner(loop_factory=fastest_loop) as runner:
            runner.run(run_worker(settings, drain=drain, once=once))
    except AgentRunnerError:
        raise
    except RuntimeError as error:
        log.error("Worker died", extra={"error": str(error)})  # noqa: TRY400 - the cause was logged where it happened
        return 1
    return 0


async def run_worker(settings: Settings, *, drain: bool = False, once: bool = False) -> None:
    """Raises ConfigurationError when the model or the database cannot be used as configured."""
    await asyncio.to_thread(migrate, settings.store_url)
    if warning := version_warning(settings.store_url):
        log.warning(warning)
    asked = model_settings(settings)
    model = await choose_model(asked)
    database = await Database.open(settings.store_url)
    try:
        record = this_process(settings, model.name)
        sandboxes = await sandboxes_of_this_machine(database.run_directory, record.boot_id, settings.sandbox_level)
        options = replace(worker_options(settings), sandboxes=sandboxes, cache=model.cache)
        shelf = await asyncio.to_thread(shelf_of, settings)
        for name, why in shelf.complaints.items():
            log.warning("Host", extra={"host": name, "why": why})
        environments = environments_of(settings)
        told = [value for host in shelf.hosts.values() for value in environments.variables(host).values()]
        options = replace(options, secrets=(*options.secrets, *told))
        agents = default_registry(
            {name: agent_of(host, environments) for name, host in shelf.agents.items()},
            mgx_max_rounds=settings.mgx_max_rounds,
        )
        worker = Worker(
            database,
            agents,
            model,
            record,
            options,
            look_at_models=partial(survey, asked, model),
            look_at_hosts=lambda: asyncio.to_thread(shelf.report, environments),
        )
        loop = asyncio.get_running_loop()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signal_number, worker.stop)
        log.info(model.sentence)
        log.info("Background worker started (check interval: %gs)", settings.worker_check_interval)
        await (worker.drain() if drain else worker.once() if once else worker.run_forever())
        log.info("Background worker stopped")
    finally:
        await model.close()
        await database.close()


def shelf_of(settings: Settings) -> Shelf:
    return read_shelf(Path(settings.hosts_dir))


def environments_of(settings: Settings) -> Environments:
    """The same for all processes of this machine that have the database."""
    return Environments(environments_directory(settings.store_url), environment_for_installers(), variable)


def fastest_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def this_process(settings: Settings, model_name: str) -> NewWorker:
    host = socket.gethostname()
    return NewWorker(
        id=f"{host}-{os.getpid()}-{uuid.uuid4().hex[:6]}",
        host=host,
        boot_id=boot_id(),
        pid=os.getpid(),
        slots=settings.worker_concurrency,
        model=model_name,
        check_interval=settings.worker_check_interval,
    )


def boot_id() -> str:
    """Tells this start of the machine from earlier ones; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def worker_options(settings: Settings) -> WorkerOptions:
    return WorkerOptions(
        database_url=settings.store_url,
        concurrency=settings.worker_concurrency,
        batch_size=settings.worker_batch_size,
        check_interval=settings.worker_check_interval,
        lease_seconds=settings.lease_seconds,
        drain_seconds=settings.drain_seconds,
        retry=RetryPolicy(base_seconds=settings.retry_base_seconds),
        models=model_settings(settings),
        retention_days=settings.retention_days,
        secrets=tuple(settings.secrets()),
    )


def model_settings(settings: Settings) -> ModelSettings:
    return ModelSettings(
        model=settings.llm_model,
        fallback_model=settings.llm_fallback_model,
        timeout_seconds=settings.llm_timeout_seconds,
        max_retries=settings.llm_max_retries,
        ollama_base_url=settings.ollama_base_url,
        openai_api_key=settings.openai_api_key,
        openai_base_url=settings.openai_base_url,
        anthropic_api_key=settings.anthropic_api_key,
        google_api_key=settings.google_api_key,
        demo_step_seconds=settings.demo_step_seconds,
        cache=cache_settings(settings),
    )


def cache_settings(settings: Settings) -> CacheSettings:
    return CacheSettings(
        backend=settings.cache_backend,
        redis_url=settings.redis_url,
        seconds=settings.cache_seconds,
        secrets=tuple(settings.secrets()),
    )
