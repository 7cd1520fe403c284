"""A database in this process, runs to queue, and a worker to drain them."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from agent_runner.agents.base import Agent
from agent_runner.domain.clock import utc_now
from agent_runner.domain.retry import RetryPolicy
from agent_runner.llm.base import Model
from agent_runner.store.address import run_directory_of
from agent_runner.store.database import Database
from agent_runner.store.new_runs import CreatedRun, NewRun, create_runs
from agent_runner.store.session import WriteSession
from agent_runner.store.sqlite import SqliteBackend
from agent_runner.store.wakeup import LocalDoorbell
from agent_runner.store.workers import NewWorker
from agent_runner.worker.loop import Worker, WorkerOptions
from scripts.bench.agents import NoModel, registry_of
from scripts.bench.place import url_of

T = TypeVar("T")
BUSY_SECONDS = 30.0


def new_run() -> NewRun:
    return NewRun(
        goal="Test execution", agent="simple", input="{}", config="{}", max_attempts=3, time_limit_seconds=3600
    )


async def queue(database: Database, count: int) -> list[int]:
    """Queues runs as the API does, and returns their ids."""
    created: list[CreatedRun] = await asyncio.gather(
        *(database.write_together(create_runs, new_run()) for _ in range(count))
    )
    return [run.id for run in created]


def worker(
    database: Database, url: str, agent: Agent, *, slots: int, batch_size: int | None = None, model: Model | None = None
) -> Worker:
    """As entry/worker.py builds one, with an agent of ours; a failed attempt is tried again at once."""
    record = NewWorker(
        id=f"bench-{os.getpid()}-{time.monotonic_ns()}",
        host="here",
        boot_id="",
        pid=os.getpid(),
        slots=slots,
        model=NoModel.name,
        check_interval=5,
    )
    options = WorkerOptions(
        database_url=url,
        concurrency=slots,
        batch_size=batch_size or slots,
        check_interval=5,
        lease_seconds=30,
        drain_seconds=0,
        retry=RetryPolicy(base_seconds=0),
    )
    return Worker(database, registry_of(agent), model or NoModel(), record, options)


class StampingBackend(SqliteBackend):
    """The store's own backend, which notes when its last commit was done."""

    committed_at_ns: int = 0

    def _write(self, work: Callable[[WriteSession], T]) -> T:
        answer = super()._write(work)
        self.committed_at_ns = time.monotonic_ns()
        return answer


@asynccontextmanager
async def open_database(path: Path) -> AsyncGenerator[Database]:
    database = await Database.open(url_of(path))
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def open_stamping(path: Path) -> AsyncGenerator[tuple[Database, StampingBackend]]:
    """A database whose commits can be timed: the moment of the last one is on the backend."""
    directory = run_directory_of(path)
    directory.mkdir(exist_ok=True)
    backend = StampingBackend(path, directory, busy_timeout_seconds=BUSY_SECONDS, clock=utc_now)
    database = Database(backend, LocalDoorbell(directory), directory, BUSY_SECONDS * 1.5)
    try:
        yield database, backend
    finally:
        await database.close()
