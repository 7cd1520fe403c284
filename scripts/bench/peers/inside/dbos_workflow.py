"""DBOS on SQLite or PostgreSQL: a workflow without steps, queued by its client."""

import sqlite3
from contextlib import closing
from functools import cached_property
from typing import Any, Final

import psycopg
from dbos import DBOS, DBOSClient

from scripts.bench.peers.inside.protocol import Threads, main, path_of, ran, wait_for_ever

QUEUE: Final = "bench"
OPTIONS: Final = {"queue_name": QUEUE, "workflow_name": "job"}
UNFINISHED: Final = "SELECT count(*) FROM {schema}workflow_status WHERE status IN ('ENQUEUED', 'PENDING')"


class Dbos:
    def __init__(self, address: str) -> None:
        self._address = address
        self._is_sqlite = address.startswith("sqlite")

    def prepare(self) -> None:
        self._launch()
        DBOS.register_queue(QUEUE)
        DBOS.destroy()

    def _launch(self) -> None:
        DBOS(config={"name": "bench", "system_database_url": self._address, "log_level": "WARNING"})

        def job(number: int) -> None:
            ran(number)

        DBOS.workflow(name="job")(job)
        DBOS.launch()

    @cached_property
    def _client(self) -> Any:
        return DBOSClient(system_database_url=self._address, application_name="bench")

    @cached_property
    def _threads(self) -> Threads:
        return Threads(1 if self._is_sqlite else 8)

    def enqueue(self, numbers: range) -> None:
        self._threads.call_for_each(numbers, lambda number: self._client.enqueue(OPTIONS, number))

    def unfinished(self) -> int:
        if self._is_sqlite:
            with closing(sqlite3.connect(path_of(self._address), timeout=30)) as connection:
                return connection.execute(UNFINISHED.format(schema="")).fetchone()[0]
        with psycopg.connect(self._address, autocommit=True) as connection:
            found = connection.execute(UNFINISHED.format(schema="dbos.")).fetchone()
            assert found is not None
            return found[0]

    def work(self) -> None:
        self._launch()
        wait_for_ever()


if __name__ == "__main__":
    main(Dbos)
