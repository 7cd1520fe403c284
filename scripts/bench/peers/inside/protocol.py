"""What the driver and a process in a peer's environment say to each other. Standard library only.

The client answers JSON lines: `{"do": "enqueue", "first": 1, "count": 10}` with the moments at which it began and
ended, `{"do": "unfinished"}` with the number of jobs that are not done. A job says that it ran by a record in a file
that all processes append to: no queue is faster or slower for the way in which it is watched.
"""

import asyncio
import json
import os
import signal
import struct
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Final, Protocol, TypeVar

T = TypeVar("T")

ADDRESS: Final = "BENCH_ADDRESS"
MARKS: Final = "BENCH_MARKS"
MARK: Final = struct.Struct("<qq")
"""The job's number, and when it ran (monotonic, ns)."""
IN_FLIGHT: Final = 64
"""Calls that an asyncio client has under way at a time, as many as an API with 64 connections."""


class Peer(Protocol):
    """A queue as its users use it. Made anew in each process, with the address of its database."""

    def prepare(self) -> None:
        """Creates what must be there before anything is queued or carried; called once, by the client."""
        ...

    def enqueue(self, numbers: range) -> None:
        """Queues one job for each number, each by a call of its own. Returns when the queue has answered every one."""
        ...

    def unfinished(self) -> int:
        """How many jobs the queue does not hold for done."""
        ...

    def work(self) -> None:
        """Carries jobs until the process is killed."""
        ...


def ran(number: int) -> None:
    """The job. It does nothing else."""
    os.write(_marks(), MARK.pack(number, time.monotonic_ns()))


@cache
def _marks() -> int:
    return os.open(os.environ[MARKS], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def main(peer: Callable[[str], Peer]) -> None:
    role, address = sys.argv[1], os.environ[ADDRESS]
    if role == "worker":
        end_with_standard_input()
        peer(address).work()
    else:
        _serve(peer, address)


def _serve(make: Callable[[str], Peer], address: str) -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer

    def answer(**values: Any) -> None:
        print(json.dumps(values), file=answers, flush=True)

    peer = make(address)
    peer.prepare()
    answer(is_ready=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        if wanted["do"] == "enqueue":
            began = time.monotonic_ns()
            peer.enqueue(range(wanted["first"], wanted["first"] + wanted["count"]))
            answer(began_ns=began, ended_ns=time.monotonic_ns())
        else:
            answer(unfinished=peer.unfinished(), at_ns=time.monotonic_ns())


def end_with_standard_input() -> None:
    """Kills this process and those it started once the driver is gone, in whatever way it went."""

    def wait_for_the_end() -> None:
        while os.read(0, 4096):
            pass
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=wait_for_the_end, daemon=True).start()


class Loop:
    """One event loop for all calls of an asyncio client."""

    def __init__(self, make: Callable[[], asyncio.AbstractEventLoop] | None = None) -> None:
        self._runner = asyncio.Runner(loop_factory=make)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def call_for_each(self, numbers: range, call: Callable[[int], Awaitable[object]]) -> None:
        self.run(call_for_each(numbers, call))


async def call_for_each(numbers: range, call: Callable[[int], Awaitable[object]]) -> None:
    remaining = iter(numbers)

    async def one_after_another() -> None:
        for number in remaining:
            await call(number)

    await asyncio.gather(*(one_after_another() for _ in range(min(len(numbers), IN_FLIGHT))))


class Threads:
    """So many threads that call a client which blocks."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count)

    def call_for_each(self, numbers: range, call: Callable[[int], object]) -> None:
        for _ in self._pool.map(call, numbers):
            pass


def wait_for_ever() -> None:
    threading.Event().wait()


def path_of(address: str) -> str:
    """The file that a SQLite address names."""
    return address.removeprefix("sqlite:///")
