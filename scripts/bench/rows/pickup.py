"""Row b: from the durable commit of a run to the start of its agent, with nothing else to do."""

import asyncio
import json
import random
import time
from pathlib import Path
from typing import Final

from agent_runner.domain.run import FINAL_STATUSES, RunStatus
from agent_runner.store.address import run_directory_of
from agent_runner.store.database import Database
from agent_runner.store.new_runs import create_runs
from agent_runner.store.run_queries import RunFilter, get_run, list_runs
from agent_runner.store.wakeup import Ring
from scripts.bench import child
from scripts.bench.bench import Bench
from scripts.bench.figure import Figure
from scripts.bench.house import StampingBackend, new_run, open_stamping
from scripts.bench.http_load import post_run, put_load
from scripts.bench.measure import Contender, Sample, interleaved, percentile
from scripts.bench.place import url_of
from scripts.bench.raw_wakeup import claims_after_messages

RUNS: Final = 200
LONGEST_PAUSE_SECONDS: Final = 0.06
"""Runs come at times that have nothing to do with each other, and long enough apart to find everything asleep."""
BY_HAND: Final = "a message to a process that claims through sqlite3"

Rings = asyncio.Queue[tuple[int, Ring]]


async def measure(bench: Bench) -> list[Figure]:
    count = bench.scale.size(RUNS, least=3)
    path = bench.place.new_database()
    try:
        async with (
            child.api(path) as server,
            child.worker(url_of(path), "noop", directory=path.parent),
            child.rings(run_directory_of(path)) as heard,
            open_stamping(path) as (database, backend),
        ):
            contenders: dict[str, Contender] = {
                "commit": _from_commit(count, heard, database, backend),
                "request": _from_request(count, heard, database, server.port),
                BY_HAND: _by_hand(bench, count),
            }
            measured = await interleaved(contenders, bench.scale.repeats)
    finally:
        bench.place.forget(path)
    targets = {"p50": 1.5, "p99": 5.0}
    return [
        Figure(
            what=f"commit → agent starts, {metric}",
            unit="ms",
            values=measured.values("commit", metric),
            at_most=at_most,
            beside={BY_HAND: measured.median(BY_HAND, metric)},
        )
        for metric, at_most in targets.items()
    ] + [
        Figure(what=f"POST /runs sent → agent starts, {metric}", unit="ms", values=measured.values("request", metric))
        for metric in targets
    ]


def _from_commit(count: int, heard: Rings, database: Database, backend: StampingBackend) -> Contender:
    """This process inserts as the API does, and knows when its commit was done."""

    async def contender() -> Sample:
        times: list[float] = []
        for _ in range(count):
            await pause()
            created = await database.write_together(create_runs, new_run())
            committed_at = backend.committed_at_ns
            times.append(await began_at(database, heard, created.id) - committed_at)
        return _sample(times)

    return contender


def _from_request(count: int, heard: Rings, database: Database, port: int) -> Contender:
    """The same as a client of the API sees it."""

    async def contender() -> Sample:
        times: list[float] = []
        for _ in range(count):
            await pause()
            sent_at = time.monotonic_ns()
            await put_load(port, post_run(port), connections=1, count=1, status=201)
            (newest,) = await database.read(list_runs, RunFilter(), after_id=None, limit=1)
            times.append(await began_at(database, heard, newest.id) - sent_at)
        return _sample(times)

    return contender


def _by_hand(bench: Bench, count: int) -> Contender:
    async def contender() -> Sample:
        path = bench.place.new_database()
        try:
            return _sample(await asyncio.to_thread(_claims, path, count))
        finally:
            bench.place.forget(path)

    return contender


def _claims(path: Path, count: int) -> list[float]:
    return claims_after_messages(path, count, lambda: random.uniform(0.02, LONGEST_PAUSE_SECONDS))


async def pause() -> None:
    await asyncio.sleep(random.uniform(0.02, LONGEST_PAUSE_SECONDS))


async def began_at(database: Database, heard: Rings, run_id: int) -> int:
    """When the run's agent began (monotonic, ns): its result says so."""
    async with asyncio.timeout(child.PATIENCE_SECONDS):
        while True:
            run = await database.read(get_run, run_id)
            if RunStatus(run.status) in FINAL_STATUSES:
                assert run.result is not None, f"run {run_id} ended {run.status}: {run.error}"
                return json.loads(run.result)["began_ns"]
            await heard.get()


def _sample(nanoseconds: list[float]) -> Sample:
    return {metric: percentile(nanoseconds, percent) / 1e6 for metric, percent in (("p50", 50), ("p99", 99))}
