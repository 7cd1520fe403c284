"""Row f: what API and worker use while nothing happens."""

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Final

from scripts.bench import child
from scripts.bench.bench import Bench
from scripts.bench.figure import Figure
from scripts.bench.measure import Contender, Sample, interleaved
from scripts.bench.process_figures import HOW_CALLS_ARE_COUNTED, calls_a_second, cpu_seconds

SECONDS: Final = 20.0
"""Twice as long as the slowest of the worker's rounds."""
SETTLE_SECONDS: Final = 3.0
TINY: Final = "a bare FastAPI application on the same server"


async def measure(bench: Bench) -> list[Figure]:
    seconds = SECONDS * bench.scale.time_share
    path = bench.place.new_database()
    try:
        async with AsyncExitStack() as stack:
            pids = {
                "API": (await stack.enter_async_context(child.api(path))).child.pid,
                "worker": (await _real_worker(stack, bench, str(path))).pid,
                TINY: (await stack.enter_async_context(child.comparison_server("tiny", path.parent))).child.pid,
            }
            await asyncio.sleep(min(SETTLE_SECONDS, seconds))
            contenders: dict[str, Contender] = {"all": _watch(pids, seconds)}
            measured = await interleaved(contenders, bench.scale.repeats)
    finally:
        bench.place.forget(path)
    beside = {metric: {TINY: measured.median("all", f"{TINY} {metric}")} for metric in ("cpu", "calls")}
    return [
        figure
        for name in ("worker", "API")
        for figure in (
            Figure(
                what=f"idle {name}, CPU",
                unit="% of a core",
                values=measured.values("all", f"{name} cpu"),
                at_most=0.3,
                beside=beside["cpu"],
            ),
            Figure(
                what=f"idle {name}, system calls (counted by {HOW_CALLS_ARE_COUNTED})",
                unit="/s",
                values=measured.values("all", f"{name} calls"),
                at_most=20,
                beside=beside["calls"],
            ),
        )
    ]


async def _real_worker(stack: AsyncExitStack, bench: Bench, path: str) -> child.Child:
    command = (*child.CLI, "worker", "--stop-with-stdin")
    worker = await stack.enter_async_context(
        child.running(command, bench.place.directory, database_url=f"sqlite:///{path}")
    )
    await child.until(lambda: child.is_on_duty(worker), "the worker is on duty")
    return worker


def _watch(pids: dict[str, int], seconds: float) -> Contender:
    """First the CPU time, then the calls: being traced costs time."""

    async def contender() -> Sample:
        before, began = {name: cpu_seconds(pid) for name, pid in pids.items()}, time.monotonic()
        await asyncio.sleep(seconds)
        elapsed = time.monotonic() - began
        sample = {f"{name} cpu": 100 * (cpu_seconds(pid) - before[name]) / elapsed for name, pid in pids.items()}
        calls = await asyncio.gather(*(calls_a_second(pid, seconds) for pid in pids.values()))
        return sample | {f"{name} calls": count for name, count in zip(pids, calls, strict=True)}

    return contender
