"""Row e: whether a claim costs more when many finished runs lie in the table."""

import statistics
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from agent_runner.store.database import Database
from agent_runner.store.runs import ClaimWanted, claim
from scripts.bench.bench import Bench
from scripts.bench.figure import Figure
from scripts.bench.house import queue
from scripts.bench.measure import Contender, Sample, interleaved
from scripts.bench.raw_commit import NOW, connect, names_and_places, row_of_run
from scripts.bench.raw_pipeline import claim as claim_by_hand

FEW: Final = 10_000
MANY: Final = 1_000_000
HUGE: Final = 10_000_000
QUEUED: Final = 1_000_000
CLAIMS: Final = 400
SQL: Final = "sqlite3"
WANTED: Final = ClaimWanted(worker_id="bench", model="none", slots=1, lease_seconds=3600)

NUMBERS: Final = (
    "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"
    " SELECT {row} FROM numbers"
)
FILL_EVENTS: Final = "INSERT INTO events SELECT id, 1, 'RUN_CREATED', NULL, '{}', created_at FROM runs"


async def measure(bench: Bench) -> list[Figure]:
    few, many, huge = bench.scale.size(FEW), bench.scale.size(MANY), bench.scale.size(HUGE)
    queued = bench.scale.size(QUEUED)
    contenders: dict[str, Contender] = {}
    async with AsyncExitStack() as stack:
        for name, finished in (("few", few), ("many", many)):
            path, database = await stack.enter_async_context(bench.database())
            _fill(path, finished)
            contenders[name] = _ours(bench, database)
            contenders[f"{SQL} {name}"] = _by_hand(bench, path, database)
        path, database = await stack.enter_async_context(bench.database())
        _fill(path, huge)
        _fill_queue(path, queued)
        contenders["huge"] = _ours(bench, database)
        for contender in contenders.values():
            await contender()  # the first claims read the file's pages into memory
        measured = await interleaved(contenders, bench.scale.repeats)
    return [
        Figure(
            what=f"one durable claim, {finished:,} finished runs in the table, p50",
            unit="ms",
            values=measured.values(name, "ms"),
            beside={"the same statements through sqlite3": measured.median(f"{SQL} {name}", "ms")},
        )
        for name, finished in (("few", few), ("many", many))
    ] + [
        Figure(
            what=f"{many:,} finished runs against {few:,}",
            unit="times",
            values=measured.ratios("ms", "many", "few"),
            at_most=1.1,
            beside={
                "sqlite3 alone": statistics.median(measured.ratios("ms", f"{SQL} many", f"{SQL} few")),
            },
        ),
        Figure(
            what=f"{huge:,} finished, {queued:,} queued and {queued // 10:,} delayed runs against {few:,} finished",
            unit="times",
            values=measured.ratios("ms", "huge", "few"),
            at_most=1.2,
        ),
    ]


def _ours(bench: Bench, database: Database) -> Contender:
    count = bench.scale.size(CLAIMS)

    async def contender() -> Sample:
        await queue(database, count)
        times: list[float] = []
        for _ in range(count):
            began = time.perf_counter()
            claimed = (await database.write(claim, WANTED)).runs
            times.append(time.perf_counter() - began)
            assert len(claimed) == 1
        return {"ms": 1000 * statistics.median(times)}

    return contender


def _by_hand(bench: Bench, path: Path, database: Database) -> Contender:
    count = bench.scale.size(CLAIMS)

    async def contender() -> Sample:
        await queue(database, count)
        connection = connect(path)
        connection.execute("UPDATE runs SET available_at = ? WHERE status = 'QUEUED'", (NOW,))
        times: list[float] = []
        for _ in range(count):
            began = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            claimed = claim_by_hand(1)(connection)
            connection.execute("COMMIT")
            times.append(time.perf_counter() - began)
            assert len(claimed) == 1
        connection.close()
        return {"ms": 1000 * statistics.median(times)}

    return contender


def _fill(path: Path, finished: int) -> None:
    row = row_of_run(status="COMPLETED", attempt=1, fence=1, progress=1.0, completed_at=NOW)
    names, places = names_and_places(row)
    connection = connect(path)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"INSERT INTO runs ({names}) {NUMBERS.format(count=finished, row=places)}", tuple(row.values()))
    connection.execute(FILL_EVENTS)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _fill_queue(path: Path, queued: int) -> None:
    """Delayed runs of a high priority stand before the due ones, where a careless claim would step over them."""
    connection = connect(path)
    connection.execute("BEGIN IMMEDIATE")
    for count, row in (
        (queued, row_of_run()),
        (queued // 10, row_of_run(priority=9, is_due=False, available_at="2099-01-01 00:00:00.000000")),
    ):
        names, places = names_and_places(row)
        insert = f"INSERT INTO runs ({names}) {NUMBERS.format(count=max(1, count), row=places)}"
        connection.execute(insert, tuple(row.values()))
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
