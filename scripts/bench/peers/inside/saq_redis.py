"""SAQ on Redis: asyncio jobs, 32 at a time."""

import asyncio
from typing import Any, Final

from saq import Queue, Worker

from scripts.bench.peers.inside.protocol import Loop, main, ran

SLOTS: Final = 32


async def job(_context: Any, *, number: int) -> None:
    ran(number)


class Saq:
    def __init__(self, address: str) -> None:
        self._loop = Loop()
        self._queue: Any = Queue.from_url(address)

    def prepare(self) -> None:
        self._loop.run(self._queue.connect())

    def enqueue(self, numbers: range) -> None:
        self._loop.call_for_each(numbers, lambda number: self._queue.enqueue("job", number=number))

    def unfinished(self) -> int:
        return self._loop.run(self._queue.count("incomplete"))

    def work(self) -> None:
        asyncio.run(Worker(self._queue, functions=[job], concurrency=SLOTS).start())


if __name__ == "__main__":
    main(Saq)
