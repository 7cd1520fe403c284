"""Huey on SQLite: its consumer with one thread, as documented for SQLite."""

from typing import Any

from huey import SqliteHuey

from scripts.bench.peers.inside.protocol import main, path_of, ran


class Huey:
    def __init__(self, address: str) -> None:
        self._huey: Any = SqliteHuey(filename=path_of(address), fsync=True, results=False)
        self._job: Any = self._huey.task(name="job")(ran)

    def prepare(self) -> None:
        """The tables are created when it is opened."""

    def enqueue(self, numbers: range) -> None:
        for number in numbers:
            self._job(number)

    def unfinished(self) -> int:
        return self._huey.pending_count()

    def work(self) -> None:
        self._huey.create_consumer(workers=1).run()


if __name__ == "__main__":
    main(Huey)
