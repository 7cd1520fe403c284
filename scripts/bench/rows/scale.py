"""Row l: what one run costs on PostgreSQL, and whether ten times as many cost more each.

What one worker costs predicts two, by the model of docs/scaling.md.
"""

import asyncio
import os
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Final

from agent_runner.store.database import Database
from agent_runner.store.wakeup import Ring
from scripts.bench import child
from scripts.bench.bench import Bench
from scripts.bench.figure import Figure
from scripts.bench.measure import Contender, Sample, interleaved
from scripts.bench.postgres import PostgresPlace, order, postgres_place
from scripts.bench.process_figures import cpu_of_tree, cpu_seconds, resident_megabytes
from scripts.bench.rows.postgres_claims import fill

RUNS: Final = 3_000
SLOTS: Final = 32
TENFOLD: Final = 10
DELETED: Final = 200
"""Finished runs that one transaction forgets."""


async def measure(bench: Bench) -> list[Figure]:
    count = bench.scale.size(RUNS, least=10)
    with postgres_place() as place:
        contenders = {
            "one": _drained(bench, place, count, workers=1),
            "tenfold": _drained(bench, place, count * TENFOLD, workers=1),
            "two": _drained(bench, place, count * 2, workers=2),
        }
        measured = await interleaved(contenders, bench.scale.repeats)
    one, two = measured.samples["one"], measured.samples["two"]
    predicted = [predict(sample, workers=2) for sample in one]
    return [
        *(
            Figure(what=f"{said}, {count:,} runs", unit=unit, values=measured.values("one", metric))
            for metric, (said, unit) in METRICS.items()
        ),
        *(
            Figure(
                what=f"{said}, {count * TENFOLD:,} runs against {count:,}",
                unit="times",
                values=measured.ratios(metric, "tenfold", "one"),
                at_most=1.25,
            )
            for metric, (said, _) in METRICS.items()
            if metric != "per_second"
        ),
        Figure(
            what="two workers",
            unit="/s",
            values=measured.values("two", "per_second"),
            beside={"predicted from one": sorted(predicted)[len(predicted) // 2]},
        ),
        Figure(
            what="two workers against what one predicts",
            unit="times",
            values=tuple(sample["per_second"] / wanted for sample, wanted in zip(two, predicted, strict=True)),
            at_least=0.75,
            at_most=1.25,
        ),
    ]


METRICS: Final[Mapping[str, tuple[str, str]]] = {
    "per_second": ("runs carried by one worker", "/s"),
    "worker_us": ("CPU of the worker a run", "µs"),
    "server_us": ("CPU of the server a run", "µs"),
    "bytes": ("disk a run, with 7 events and all indexes", "B"),
    "worker_mb": ("memory of the worker", "MB"),
    "delete_us": ("forgetting a finished run", "µs"),
}


def predict(one: Sample, *, workers: int) -> float:
    """Runs a second: what the workers could carry if each had its own machine, or what the cores of this one allow."""
    alone = workers * one["per_second"]
    cores = (os.cpu_count() or 1) * 1e6 / (one["worker_us"] + one["server_us"])
    return min(alone, cores)


def _drained(bench: Bench, place: PostgresPlace, count: int, *, workers: int) -> Contender:
    async def contender() -> Sample:
        async with place.new_url() as url, AsyncExitStack() as stack:
            staff = [
                await stack.enter_async_context(child.worker(url, "noop", directory=bench.place.directory, slots=SLOTS))
                for _ in range(workers)
            ]
            used = [cpu_seconds(one.pid) for one in staff]
            await fill(url, finished=0, queued=count)
            filled = cpu_of_tree(place.server.pid)
            began = time.perf_counter()
            await _ring(url)
            await _until_empty(url)
            elapsed = time.perf_counter() - began
            worker_us = sum(cpu_seconds(one.pid) - was for one, was in zip(staff, used, strict=True)) * 1e6 / count
            return {
                "per_second": count / elapsed,
                "worker_us": worker_us,
                "server_us": (cpu_of_tree(place.server.pid) - filled) * 1e6 / count,
                "bytes": await _bytes(url) / count,
                "worker_mb": max(resident_megabytes(one.pid) for one in staff),
                "delete_us": await _deletion(url),
            }

    return contender


async def _ring(url: str) -> None:
    database = await Database.open(url)
    database.doorbell.ring(Ring(work=True))
    await database.close()


UNFINISHED: Final = (
    "SELECT (SELECT id FROM runs WHERE status = 'QUEUED' AND is_due LIMIT 1), "
    "(SELECT id FROM runs WHERE status = 'RUNNING' LIMIT 1)"
)
"""By their partial indexes: counting the table would be most of what the server does."""


async def _until_empty(url: str) -> None:
    async with asyncio.timeout(600):
        while any((await order(url, UNFINISHED))[0]):  # noqa: ASYNC110 - the database is asked, it does not tell
            await asyncio.sleep(0.02)


async def _bytes(url: str) -> int:
    names = ("runs", "events", "steps")
    [row] = await order(url, "SELECT " + " + ".join(f"pg_total_relation_size('{name}')" for name in names))
    return row[0]


async def _deletion(url: str) -> float:
    """µs a run, events included, in transactions as retention makes them."""
    began = time.perf_counter()
    forgotten = await order(
        url, f"DELETE FROM runs WHERE id IN (SELECT id FROM runs ORDER BY id LIMIT {DELETED}) RETURNING id"
    )
    return 1e6 * (time.perf_counter() - began) / max(1, len(forgotten))
