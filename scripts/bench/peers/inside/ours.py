"""Our own queue, measured as the others are: runs created through the store, carried by a worker process."""

import os
from typing import Any, Final

from agent_runner.entry.worker import fastest_loop
from agent_runner.settings import load_settings
from agent_runner.store.database import Database
from agent_runner.store.migrations import migrate
from agent_runner.store.new_runs import NewRun, create_runs
from agent_runner.store.workers import queue_counts
from scripts.bench.peers.inside.protocol import Loop, main

SLOTS: Final = "32"
SETTINGS: Final = {"WORKER_CONCURRENCY": SLOTS, "WORKER_BATCH_SIZE": SLOTS, "DRAIN_SECONDS": "0", "LLM_MODEL": "demo"}


class Ours:
    """A job's number is its run's id: nobody else creates runs, and the first one is 1."""

    def __init__(self, address: str) -> None:
        os.environ |= SETTINGS | {"DATABASE_URL": address}
        self._url = address
        self._loop = Loop(fastest_loop)
        self._database: Any = None
        self._run = new_run()

    def prepare(self) -> None:
        migrate(self._url)
        self._database = self._loop.run(Database.open(self._url))

    def enqueue(self, numbers: range) -> None:
        self._loop.call_for_each(numbers, lambda _number: self._database.write_together(create_runs, self._run))

    def unfinished(self) -> int:
        counts = self._loop.run(self._database.read(queue_counts))
        return counts.queued + counts.running

    def work(self) -> None:
        from scripts.bench.worker_process import main as work  # noqa: PLC0415 - the client needs no worker

        work("marking")


def new_run() -> NewRun:
    settings = load_settings()
    return NewRun(
        goal="Test execution",
        agent="simple",
        input="{}",
        config="{}",
        max_attempts=settings.run_max_attempts,
        time_limit_seconds=settings.run_time_limit_seconds,
    )


if __name__ == "__main__":
    main(Ours)
