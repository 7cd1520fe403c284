"""Rows a and a2: how fast POST /runs answers, alone and while a worker drains a long queue."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from scripts.bench import child
from scripts.bench.bench import Bench
from scripts.bench.figure import Figure
from scripts.bench.http_load import Outcome, post_run, put_load
from scripts.bench.measure import Contender, Sample, interleaved, percentile
from scripts.bench.place import url_of
from scripts.bench.raw_commit import commits_a_second, connect, queue_runs

REQUESTS: Final = {8: 4000, 64: 8000}
API: Final = "the API"
SAME: Final = "the same API without a database"
TINY: Final = "a bare FastAPI application with the same schemas"
COMMITS: Final = "sqlite3, one run a commit"
LARGEST_P99: Final = {8: 10, 64: 50}

QUEUED: Final = 10_000
MOST_REQUESTS: Final = 20_000


async def measure(bench: Bench) -> list[Figure]:
    path = bench.place.new_database()
    try:
        async with AsyncExitStack() as stack:
            ports = {
                API: (await stack.enter_async_context(child.api(path))).port,
                SAME: (await stack.enter_async_context(child.comparison_server("same", path.parent))).port,
                TINY: (await stack.enter_async_context(child.comparison_server("tiny", path.parent))).port,
            }
            contenders: dict[str, Contender] = {
                f"{name} {connections}": _load(bench, port, connections)
                for connections in REQUESTS
                for name, port in ports.items()
            }
            contenders[COMMITS] = _commits(bench)
            for port in ports.values():
                await put_load(port, post_run(port), connections=8, count=bench.scale.size(1000), status=201)
            measured = await interleaved(contenders, bench.scale.repeats)
    finally:
        bench.place.forget(path)
    figures: list[Figure] = []
    for connections in sorted(REQUESTS, reverse=True):
        rivals = {name: measured.median(f"{name} {connections}", "per_second") for name in (SAME, TINY)}
        ours = f"{API} {connections}"
        figures.append(
            Figure(
                what=f"POST /runs, durable 201, {connections} connections",
                unit="/s",
                values=measured.values(ours, "per_second"),
                beside=rivals | {COMMITS: measured.median(COMMITS, "per_second")},
                note=f"the load generator used {measured.median(ours, 'generator'):.0%} of a core",
            )
        )
        figures += [
            Figure(
                what=f"the same, {metric}",
                unit="ms",
                values=measured.values(ours, metric),
                at_most=LARGEST_P99[connections] if metric == "p99" else None,
                beside={name: measured.median(f"{name} {connections}", metric) for name in (SAME, TINY)},
            )
            for metric in ("p50", "p99")
        ]
    for name, at_least in ((SAME, 45), (TINY, None)):
        shares = tuple(100 * ratio for ratio in measured.ratios("per_second", f"{API} 64", f"{name} 64"))
        figures.append(
            Figure(what=f"64 connections, as a share of: {name}", unit="%", values=shares, at_least=at_least)
        )
    return figures


def _load(bench: Bench, port: int, connections: int) -> Contender:
    count = bench.scale.size(REQUESTS[connections], least=connections)

    async def contender() -> Sample:
        outcome = await put_load(port, post_run(port), connections=connections, count=count, status=201)
        return _sample(outcome)

    return contender


def _sample(outcome: Outcome) -> Sample:
    return {
        "per_second": outcome.per_second,
        "p50": 1000 * percentile(outcome.times, 50),
        "p99": 1000 * percentile(outcome.times, 99),
        "generator": outcome.own_cpu_share,
    }


def _commits(bench: Bench) -> Contender:
    count = bench.scale.size(5000)

    async def contender() -> Sample:
        return {"per_second": bench.with_new_file(lambda path: commits_a_second(path, count))}

    return contender


# ---- while a worker drains


async def measure_beside_worker(bench: Bench) -> list[Figure]:
    queued = bench.scale.size(QUEUED, least=500)
    contenders: dict[str, Contender] = {
        f"{kind} {connections}": contender
        for connections in (1, 8)
        for kind, contender in (
            ("beside", _beside_worker(bench, queued, connections=connections)),
            ("alone", _without_worker(bench, connections=connections)),
        )
    }
    measured = await interleaved(contenders, bench.scale.repeats)
    figures: list[Figure] = []
    for connections in (1, 8):
        ours, alone = f"beside {connections}", f"alone {connections}"
        figures += [
            Figure(
                what=f"POST /runs while a worker drains {queued:,} runs, connections: {connections}, {shown}",
                unit=unit,
                values=measured.values(ours, metric),
                at_most=25 if metric == "p99" else None,
                beside={"without a worker": measured.median(alone, metric)},
                note=f"{measured.median(ours, 'requests'):.0f} requests until the queue was empty",
            )
            for metric, unit, shown in (("p50", "ms", "p50"), ("p99", "ms", "p99"), ("per_second", "/s", "rate"))
        ]
    drained = measured.values("beside 8", "drained_per_second")
    return [*figures, Figure(what="runs the worker carried meanwhile, connections: 8", unit="/s", values=drained)]


def _without_worker(bench: Bench, *, connections: int) -> Contender:
    count = bench.scale.size(2000, least=connections)

    async def contender() -> Sample:
        path = bench.place.new_database()
        try:
            async with child.api(path) as server:
                message = post_run(server.port)
                await put_load(server.port, message, connections=8, count=8, status=201)
                return _sample(await put_load(server.port, message, connections=connections, count=count, status=201))
        finally:
            bench.place.forget(path)

    return contender


def _beside_worker(bench: Bench, queued: int, *, connections: int) -> Contender:
    async def contender() -> Sample:
        path = bench.place.new_database()
        try:
            async with child.api(path) as server:
                await put_load(server.port, post_run(server.port), connections=8, count=8, status=201)  # warm
                _queue(path, queued)
                async with child.worker(url_of(path), "noop", directory=path.parent):
                    drained = asyncio.Event()
                    watch = asyncio.create_task(_watch_queue(path, drained))
                    outcome = await put_load(
                        server.port,
                        post_run(server.port),
                        connections=connections,
                        count=MOST_REQUESTS,
                        status=201,
                        is_over=drained,
                    )
                    watch.cancel()
                    completed = _count(path, "COMPLETED")
        finally:
            bench.place.forget(path)
        return {
            **_sample(outcome),
            "requests": len(outcome.times),
            "drained_per_second": completed / outcome.elapsed,
        }

    return contender


def _queue(path: Path, count: int) -> None:
    connection = connect(path)
    queue_runs(connection, count)
    connection.close()


def _count(path: Path, status: str) -> int:
    connection = connect(path)
    count = connection.execute("SELECT count(*) FROM runs WHERE status = ?", (status,)).fetchone()[0]
    connection.close()
    return count


async def _watch_queue(path: Path, drained: asyncio.Event) -> None:
    """Tells when fewer runs wait than a worker takes at once. One look at an index, twenty times a second."""
    connection = connect(path)
    look = "SELECT count(*) FROM (SELECT 1 FROM runs WHERE status = 'QUEUED' LIMIT 33)"
    try:
        await child.until(
            lambda: connection.execute(look).fetchone()[0] <= 32,
            "the worker has drained the queue",
            look_seconds=0.05,
            patience_seconds=300,
        )
    finally:
        connection.close()
    drained.set()
