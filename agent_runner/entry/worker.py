"""The worker process: settings in; a worker, its model and its signals out."""

import asyncio
import logging
import signal
from dataclasses import replace
from functools import partial

from agent_runner.agents.registry import agent_of, default_registry
from agent_runner.domain.catalog import OF_TOPOLOGIES
from agent_runner.entry.extensions import load_extensions
from agent_runner.errors import AgentRunnerError
from agent_runner.llm.choose import choose_model
from agent_runner.llm.survey import survey
from agent_runner.runners.agent import TopologyAgent
from agent_runner.settings import Settings
from agent_runner.store.database import Database
from agent_runner.store.migrations import migrate
from agent_runner.store.sqlite import version_warning
from agent_runner.worker.from_settings import (
    environments_of,
    model_settings,
    shelf_of,
    this_process,
    worker_options,
)
from agent_runner.worker.loop import Worker
from agent_runner.worker.sandboxes import sandboxes_of_this_machine

log = logging.getLogger(__name__)


def main_worker(settings: Settings, *, drain: bool = False, once: bool = False) -> int:
    """Runs a worker in this process until SIGTERM or SIGINT, or until its work is done. Returns the exit code.

    Raises ConfigurationError when it cannot work as configured.
    """
    load_extensions(settings.extensions)
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
            {OF_TOPOLOGIES: TopologyAgent()},
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


def fastest_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
