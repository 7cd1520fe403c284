"""What an index on completed_at would cost a drain, beside what looking without it costs: docs/decisions, retention."""

import asyncio
import sqlite3
import statistics
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from agent_runner.store.database import Database
from agent_runner.store.retention import look
from scripts.bench.agents import NoopAgent
from scripts.bench.house import queue, worker
from scripts.bench.measure import Sample, interleaved
from scripts.bench.place import Place, temporary_place, url_of

RUNS: Final = 4000
REPEATS: Final = 9
KEPT: Final = 20_000
INDEX: Final = "CREATE INDEX runs_ended ON runs (completed_at) WHERE completed_at IS NOT NULL"


async def main() -> None:
    with temporary_place(Path("data")) as place:
        measured = await interleaved(
            {"without index": lambda: drained(place), "with index": lambda: drained(place, INDEX)}, REPEATS
        )
        for name in measured.samples:
            print(f"{name:<14} {measured.median(name, 'per_second'):8.0f} runs per second of CPU")
        ratios = measured.ratios("per_second", "with index", "without index")
        print(f"{'share':<14} {statistics.median(ratios):8.3f}   {', '.join(f'{ratio:.3f}' for ratio in ratios)}")
        print(f"{'the walk':<14} {await walked(place) * 1000:8.1f} ms over {KEPT} old runs that stay")


async def drained(place: Place, *statements: str) -> Sample:
    """By CPU time, which neighbours on the machine disturb least."""
    path = place.new_database()
    carry_out(path, *statements)
    database = await Database.open(url_of(path))
    try:
        await queue(database, RUNS)
        began = time.process_time()
        await worker(database, url_of(path), NoopAgent(), slots=32).drain()
        return {"per_second": RUNS / (time.process_time() - began)}
    finally:
        await database.close()
        place.forget(path)


async def walked(place: Place) -> float:
    """Seconds. The worst case: runs without end, older than the cutoff, are looked through in every round."""
    path = place.new_database()
    database = await Database.open(url_of(path))
    try:
        await queue(database, KEPT)
        carry_out(path, "UPDATE runs SET created_at = '2020-01-01 00:00:00.000000'")
        began = time.perf_counter()
        after: int | None = 0
        while after is not None:
            after = (await database.read(look, after, 1.0)).last_id
        return time.perf_counter() - began
    finally:
        await database.close()
        place.forget(path)


def carry_out(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


if __name__ == "__main__":
    asyncio.run(main())
