"""Row q: runs end to end and the pickup of one, on PostgreSQL."""

import asyncio
import time
from typing import Final

from agent_runner.store.database import Database
from agent_runner.store.new_runs import create_runs
from agent_runner.store.wakeup import Audience
from scripts.bench import child
from scripts.bench.agents import NoopAgent
from scripts.bench.bench import Bench
from scripts.bench.figure import Figure
from scripts.bench.house import new_run, queue, worker
from scripts.bench.measure import Contender, Sample, interleaved, percentile
from scripts.bench.postgres import PostgresPlace, open_stamping, order, postgres_place
from scripts.bench.rows.drain import logging_to
from scripts.bench.rows.pickup import Rings, began_at, pause

RUNS: Final = 10_000
PICKUPS: Final = 200
SLOTS: Final = (8, 32, 128)


async def measure(bench: Bench) -> list[Figure]:
    with postgres_place() as place:
        contenders = {f"{slots} slots": _drain(bench, place, slots) for slots in SLOTS}
        contenders["pickup"] = _pickup(bench, place)
        measured = await interleaved(contenders, bench.scale.repeats)
    return [
        Figure(
            what=f"no-op runs drained, {slots} slots",
            unit="/s",
            values=measured.values(f"{slots} slots", "per_second"),
            at_least=3000 if slots == 32 else None,
        )
        for slots in SLOTS
    ] + [
        Figure(
            what=f"commit → agent starts, {metric}",
            unit="ms",
            values=measured.values("pickup", metric),
            at_most=3.0 if metric == "p50" else None,
        )
        for metric in ("p50", "p99")
    ]


def _drain(bench: Bench, place: PostgresPlace, slots: int) -> Contender:
    count = bench.scale.size(RUNS)

    async def contender() -> Sample:
        async with place.new_url() as url:
            database = await Database.open(url)
            await queue(database, count)
            with logging_to(bench.place.directory / f"drain-{slots}.log"):
                began = time.perf_counter()
                await worker(database, url, NoopAgent(), slots=slots).drain()
                elapsed = time.perf_counter() - began
            await database.close()
            await check_all_completed(url, count)
        return {"per_second": count / elapsed}

    return contender


async def check_all_completed(url: str, count: int) -> None:
    """A benchmark that loses work is no benchmark: every run ended, with seven events numbered without gap."""
    [row] = await order(
        url,
        "SELECT count(*) FROM runs WHERE status = 'COMPLETED' AND last_event_id = 7 AND 7 ="
        " (SELECT count(*) FROM events WHERE run_id = runs.id)",
    )
    if row[0] != count:
        raise RuntimeError(f"{row[0]} of {count} runs ended COMPLETED with their seven events")


def _pickup(bench: Bench, place: PostgresPlace) -> Contender:
    count = bench.scale.size(PICKUPS, least=3)

    async def contender() -> Sample:
        async with (
            place.new_url() as url,
            child.worker(url, "noop", directory=bench.place.directory),
            open_stamping(url) as (database, backend),
        ):
            heard: Rings = asyncio.Queue()
            stop = database.doorbell.listen(Audience.API, lambda ring: heard.put_nowait((time.monotonic_ns(), ring)))
            times: list[float] = []
            for _ in range(count):
                await pause()
                created = await database.write_together(create_runs, new_run())
                committed_at = backend.committed_at_ns
                times.append(await began_at(database, heard, created.id) - committed_at)
            stop()
        return {metric: percentile(times, percent) / 1e6 for metric, percent in (("p50", 50), ("p99", 99))}

    return contender
