"""Celery on Redis: one child process, acknowledged after the job, no results kept."""

from typing import Any, Final

import redis
from celery import Celery

from scripts.bench.peers.inside.protocol import Threads, main, ran

PREFETCHED: Final = 64
OPTIONS: Final = ("--loglevel=ERROR", "--concurrency=1", "--without-gossip", "--without-mingle", "--without-heartbeat")


class CeleryPeer:
    def __init__(self, address: str) -> None:
        self._app: Any = Celery("bench", broker=address)
        self._app.conf.update(
            task_ignore_result=True,
            task_acks_late=True,
            worker_prefetch_multiplier=PREFETCHED,
            broker_connection_retry_on_startup=True,
        )
        self._job: Any = self._app.task(name="job")(ran)
        self._redis: Any = redis.Redis.from_url(address)
        self._threads = Threads(4)

    def prepare(self) -> None:
        """Redis needs none."""

    def enqueue(self, numbers: range) -> None:
        self._threads.call_for_each(numbers, self._job.delay)

    def unfinished(self) -> int:
        return self._redis.llen("celery") + self._redis.hlen("unacked")

    def work(self) -> None:
        self._app.worker_main(["worker", *OPTIONS])


if __name__ == "__main__":
    main(CeleryPeer)
