"""litequeue: a library without a worker, so the loop around `pop` is written here, as its readme has it."""

import time
from typing import Final

from litequeue import LiteQueue

from scripts.bench.peers.inside.protocol import main, path_of, ran

PAUSE_SECONDS: Final = 0.1
DONE: Final = 2


class Lite:
    def __init__(self, address: str) -> None:
        self._queue = LiteQueue(path_of(address), timeout=30)
        self._queue.conn.execute("PRAGMA synchronous = FULL")

    def prepare(self) -> None:
        """The table is created when it is opened."""

    def enqueue(self, numbers: range) -> None:
        for number in numbers:
            self._queue.put(str(number))

    def unfinished(self) -> int:
        query = f"SELECT count(*) FROM {self._queue.table} WHERE status < ?"
        return int(self._queue.conn.execute(query, (DONE,)).fetchone()[0])

    def work(self) -> None:
        while True:
            message = self._queue.pop()
            if message is None:
                time.sleep(PAUSE_SECONDS)
                continue
            ran(int(message.data))
            self._queue.done(message.message_id)


if __name__ == "__main__":
    main(Lite)
