"""RQ on Redis: its worker, which forks for every job."""

from typing import Any

from redis import Redis
from rq import Queue, Worker

from scripts.bench.peers.inside.protocol import Threads, main, ran


class Rq:
    def __init__(self, address: str) -> None:
        self._redis: Any = Redis.from_url(address)
        self._queue: Any = Queue(connection=self._redis)
        self._threads = Threads(4)

    def prepare(self) -> None:
        """Redis needs none."""

    def enqueue(self, numbers: range) -> None:
        self._threads.call_for_each(numbers, lambda number: self._queue.enqueue(ran, number))

    def unfinished(self) -> int:
        return self._queue.count + self._queue.started_job_registry.count

    def work(self) -> None:
        Worker([self._queue], connection=self._redis).work(logging_level="WARNING")


if __name__ == "__main__":
    main(Rq)
