"""Dramatiq on Redis: its command line with one process of eight threads."""

import os
from typing import Any, Final

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.cli import main as command_line
from dramatiq.cli import make_argument_parser

from scripts.bench.peers.inside.protocol import ADDRESS, Threads, main, ran

CONNECT: Final = "scripts.bench.peers.inside.dramatiq_redis:connect"
UNFINISHED: Final = "dramatiq:default.msgs"


class Dramatiq:
    def __init__(self, address: str) -> None:
        self._broker: Any = RedisBroker(url=address)
        dramatiq.set_broker(self._broker)
        self._job: Any = dramatiq.actor(ran, actor_name="job")
        self._threads = Threads(4)

    def prepare(self) -> None:
        """Redis needs none."""

    def enqueue(self, numbers: range) -> None:
        self._threads.call_for_each(numbers, self._job.send)

    def unfinished(self) -> int:
        return self._broker.client.hlen(UNFINISHED)

    def work(self) -> None:
        command_line(make_argument_parser().parse_args(["--processes", "1", "--threads", "8", CONNECT]))


def connect() -> None:
    """What Dramatiq calls in its worker process."""
    Dramatiq(os.environ[ADDRESS])


if __name__ == "__main__":
    main(Dramatiq)
