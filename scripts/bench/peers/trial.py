"""One try of a peer, the same for all of them: queue, start a worker, drain, queue again, single jobs."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from scripts.bench.measure import Sample, Scale, percentile
from scripts.bench.peers.marks import Marks
from scripts.bench.peers.process import Client, Running, Where, client, worker

WORK_WITHIN_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.005
SINGLE_JOBS: Final = 30
PAUSE_SECONDS: Final = (0.02, 0.16)
"""Between single jobs. They do not wait for each other: a worker that polls meets them at any point of its pause."""

ENQUEUE: Final = "enqueue"
DRAIN: Final = "drain"
LIVE: Final = "live"
PICKUP: Final = "pickup p50"
COLD_START: Final = "cold start"
MEMORY: Final = "RSS"


@dataclass(frozen=True, slots=True)
class Tried:
    sample: Sample
    pickups: Sequence[float]
    """Milliseconds from the call that queues a job to its start."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A client, a worker, and the jobs that they pass on, numbered from 1 without a gap."""

    where: Where
    marks: Marks
    client: Client

    async def enqueue(self, numbers: range) -> tuple[int, int]:
        """When it began and when the last answer was there (monotonic, ns)."""
        answer = await self.client.ask(do="enqueue", first=numbers.start, count=len(numbers))
        return answer["began_ns"], answer["ended_ns"]

    async def done(self, numbers: range, carrier: Running) -> int:
        """When the queue held all jobs up to the last of these for done (monotonic, ns)."""
        deadline = time.monotonic() + WORK_WITHIN_SECONDS
        while self.marks.count() < numbers[-1]:
            await self._wait(deadline, numbers, carrier)
        while True:
            answer = await self.client.ask(do="unfinished")
            if not answer["unfinished"]:
                return answer["at_ns"]
            await self._wait(deadline, numbers, carrier)

    async def _wait(self, deadline: float, numbers: range, carrier: Running) -> None:
        carrier.check()
        if time.monotonic() > deadline:
            carrier.fail(f"ran {self.marks.count()} of {numbers[-1]} jobs in {WORK_WITHIN_SECONDS:g} s, not all done")
        await asyncio.sleep(LOOK_SECONDS)

    async def pickups(self, numbers: range, carrier: Running) -> list[float]:
        queued: dict[int, int] = {}
        for number in numbers:
            await asyncio.sleep(random.uniform(*PAUSE_SECONDS))
            queued[number], _ = await self.enqueue(range(number, number + 1))
        await self.done(numbers, carrier)
        ran = self.marks.of(numbers)
        return [(ran[number] - queued[number]) / 1e6 for number in numbers]


async def tried(where: Where, jobs: int, scale: Scale) -> Tried:
    """Raises PeerFailed, and ValueError when jobs were lost or ran twice."""
    count = scale.size(jobs, least=10)
    first, second = range(1, count + 1), range(count + 1, 2 * count + 1)
    single = range(2 * count + 1, 2 * count + 1 + scale.size(SINGLE_JOBS, least=5))
    async with client(where) as asking:
        trial = Trial(where, Marks(where.marks), asking)
        began, ended = await trial.enqueue(first)
        sample = {ENQUEUE: _per_second(count, began, ended)}
        started = time.monotonic_ns()
        async with worker(where) as carrier:
            done = await trial.done(first, carrier)
            first_ran = min(trial.marks.of(first).values())
            sample |= {COLD_START: (first_ran - started) / 1e6, DRAIN: _per_second(count, first_ran, done)}
            began, _ = await trial.enqueue(second)
            sample[LIVE] = _per_second(count, began, await trial.done(second, carrier))
            sample[MEMORY] = carrier.resident_megabytes()
            pickups = await trial.pickups(single, carrier)
            trial.marks.of(range(1, single.stop))
    return Tried(sample | {PICKUP: percentile(pickups, 50)}, pickups)


def _per_second(count: int, began_ns: int, ended_ns: int) -> float:
    return count * 1e9 / (ended_ns - began_ns)


@asynccontextmanager
async def idle_worker(where: Where) -> AsyncGenerator[Running]:
    """A worker that has carried one job and has nothing to do."""
    only = range(1, 2)
    async with client(where) as asking, worker(where) as carrier:
        trial = Trial(where, Marks(where.marks), asking)
        await trial.enqueue(only)
        await trial.done(only, carrier)
        yield carrier
