"""What a worker is made of, from the settings."""

import logging
import os
import socket
import uuid
from pathlib import Path

from agent_runner.domain.retry import RetryPolicy
from agent_runner.hosts.environment import Environments
from agent_runner.hosts.shelf import Shelf, read_shelf
from agent_runner.llm.cache import CacheSettings
from agent_runner.llm.choose import ModelSettings
from agent_runner.settings import Settings, environment_for_installers, variable
from agent_runner.store.address import environments_directory
from agent_runner.store.workers import NewWorker
from agent_runner.worker.loop import WorkerOptions

log = logging.getLogger(__name__)


def shelf_of(settings: Settings) -> Shelf:
    return read_shelf(Path(settings.hosts_dir))


def environments_of(settings: Settings) -> Environments:
    """The same for all processes of this machine that have the database."""
    return Environments(environments_directory(settings.store_url), environment_for_installers(), variable)


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
        public_url=settings.public_url,
    )


def model_settings(settings: Settings) -> ModelSettings:
    return ModelSettings(
        model=settings.llm_model,
        fallback_model=settings.llm_fallback_model,
        aliases=settings.aliases,
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
