"""Row i: what a journaled step costs beyond its work, the first time and when it is replayed."""

import asyncio
import random
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from scripts.bench.bench import Bench
from scripts.bench.figure import Figure
from scripts.bench.house import queue, worker
from scripts.bench.measure import Contender, Sample, interleaved
from scripts.bench.place import url_of
from scripts.bench.raw_commit import connect, queue_runs
from scripts.bench.raw_pipeline import RawWriter, add_step, claim

CONCURRENT: Final = 16
STEPS: Final = 200
WORK_SECONDS: Final = 0.01
BY_HAND: Final = "sqlite3 thread, group commit by hand"


async def measure(bench: Bench) -> list[Figure]:
    contenders: dict[str, Contender] = {
        "back to back": _ours(bench, work_seconds=0),
        "with work": _ours(bench, work_seconds=WORK_SECONDS),
        BY_HAND: _by_hand(bench),
    }
    measured = await interleaved(contenders, bench.scale.repeats)
    limit = {f"{BY_HAND}, back to back": measured.median(BY_HAND, "first_ms")}
    return [
        Figure(
            what=f"a step for the first time, beyond its work of about {1000 * WORK_SECONDS:g} ms, p50",
            unit="ms",
            values=measured.values("with work", "first_ms"),
            at_most=0.5,
            beside=limit,
        ),
        Figure(
            what="a step for the first time, 16 runs doing nothing but steps, p50",
            unit="ms",
            values=measured.values("back to back", "first_ms"),
            beside=limit,
            note="the wait for a place in the group commit included",
        ),
        Figure(
            what="the same, time per step (16 runs together)",
            unit="ms",
            values=measured.values("back to back", "ms_a_step"),
            at_most=0.5,
            beside={BY_HAND: measured.median(BY_HAND, "ms_a_step")},
        ),
        Figure(
            what="a step replayed, p50",
            unit="ms",
            values=measured.values("back to back", "replayed_ms"),
            at_most=0.05,
        ),
    ]


@dataclass(slots=True)
class StepAgent:
    """Does steps, fails, and finds them done in its second attempt."""

    steps: int
    work_seconds: float
    first: list[float] = field(default_factory=list[float])
    replayed: list[float] = field(default_factory=list[float])
    began: float = 0.0
    ended: float = 0.0

    async def run(self, context: RunContext) -> dict[str, JsonValue]:
        times = self.first if context.attempt == 1 else self.replayed
        self.began = self.began or time.perf_counter()
        for number in range(self.steps):
            worked = 0.0

            async def work() -> JsonValue:
                nonlocal worked
                began = time.perf_counter()
                if self.work_seconds:
                    await asyncio.sleep(self.work_seconds * (0.5 + random.random()))
                worked = time.perf_counter() - began
                return {"answer": "forty-two"}

            began = time.perf_counter()
            await context.step(f"step-{number}", work, input={"question": number})
            times.append(time.perf_counter() - began - worked)
        if context.attempt == 1:
            self.ended = time.perf_counter()
            raise RuntimeError("the first attempt ends here, so that the second replays")
        return {}


def _ours(bench: Bench, *, work_seconds: float) -> Contender:
    steps = bench.scale.size(STEPS, least=5)

    async def contender() -> Sample:
        agent = StepAgent(steps, work_seconds)
        async with bench.database() as (path, database):
            await queue(database, CONCURRENT)
            await worker(database, url_of(path), agent, slots=CONCURRENT).drain()
        if len(agent.first) != steps * CONCURRENT or len(agent.replayed) != steps * CONCURRENT:
            raise RuntimeError(f"{len(agent.first)} steps were done and {len(agent.replayed)} replayed")
        return {
            "first_ms": 1000 * statistics.median(agent.first),
            "replayed_ms": 1000 * statistics.median(agent.replayed),
            "ms_a_step": 1000 * (agent.ended - agent.began) / len(agent.first),
        }

    return contender


def _by_hand(bench: Bench) -> Contender:
    steps = bench.scale.size(STEPS, least=5)

    async def contender() -> Sample:
        path = bench.place.new_database()
        try:
            return await _steps_by_hand(path, steps)
        finally:
            bench.place.forget(path)

    return contender


async def _steps_by_hand(path: Path, steps: int) -> Sample:
    connection = connect(path)
    queue_runs(connection, CONCURRENT)
    connection.close()
    writer = RawWriter(path)
    times: list[float] = []

    async def one_run(run_id: int, fence: int) -> None:
        for number in range(steps):
            began = time.perf_counter()
            await writer.do(add_step(run_id, fence, number))
            times.append(time.perf_counter() - began)

    try:
        claimed: list[tuple[int, int]] = await writer.do(claim(CONCURRENT))
        began = time.perf_counter()
        await asyncio.gather(*(one_run(*run) for run in claimed))
        elapsed = time.perf_counter() - began
    finally:
        await writer.close()
    return {"first_ms": 1000 * statistics.median(times), "ms_a_step": 1000 * elapsed / len(times)}
