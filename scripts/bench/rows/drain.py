"""Row c: how many no-op runs one worker carries from the queue to their end in a second."""

import logging
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from agent_runner.telemetry.logging import TextFormatter
from scripts.bench.agents import NoopAgent
from scripts.bench.bench import Bench
from scripts.bench.figure import Figure
from scripts.bench.house import queue, worker
from scripts.bench.measure import Contender, Sample, interleaved
from scripts.bench.place import url_of
from scripts.bench.raw_commit import commits_a_second, connect, queue_runs
from scripts.bench.raw_pipeline import Carry, each_event_awaited, events_with_the_end, runs_a_second

SLOTS: Final = (8, 32, 128)
RUNS: Final = 10_000
AWAITED: Final = "by hand, each event awaited"
TOGETHER: Final = "by hand, events with the end"
COMMITS: Final = "sqlite3, one run a commit"
TEN_A_CLAIM: Final = "32 slots, WORKER_BATCH_SIZE at its default of 10"


async def measure(bench: Bench) -> list[Figure]:
    contenders: dict[str, Contender] = {f"{slots} slots": _ours(bench, slots) for slots in SLOTS}
    contenders[TEN_A_CLAIM] = _ours(bench, 32, batch_size=10)
    contenders[AWAITED] = _by_hand(bench, each_event_awaited)
    contenders[TOGETHER] = _by_hand(bench, events_with_the_end)
    contenders[COMMITS] = _commits(bench)
    measured = await interleaved(contenders, bench.scale.repeats)
    limits = {name: measured.median(name, "per_second") for name in (AWAITED, TOGETHER, COMMITS)}
    figures = [
        Figure(
            what=f"no-op runs drained, {name}",
            unit="/s",
            values=measured.values(name, "per_second"),
            at_least=5000 if name == "32 slots" else None,
            beside=limits,
        )
        for name in [*(f"{slots} slots" for slots in SLOTS), TEN_A_CLAIM]
    ]
    for limit, at_least in ((AWAITED, 33), (TOGETHER, None)):
        shares = tuple(100 * ratio for ratio in measured.ratios("per_second", "32 slots", limit))
        figures.append(Figure(what=f"32 slots as a share of: {limit}", unit="%", values=shares, at_least=at_least))
    return figures


def _ours(bench: Bench, slots: int, *, batch_size: int | None = None) -> Contender:
    count = bench.scale.size(RUNS)

    async def contender() -> Sample:
        async with bench.database() as (path, database):
            await queue(database, count)
            with logging_to(path.with_suffix(".log")):
                began = time.perf_counter()
                await worker(database, url_of(path), NoopAgent(), slots=slots, batch_size=batch_size).drain()
                elapsed = time.perf_counter() - began
            check_all_completed(path, count)
            return {"per_second": count / elapsed}

    return contender


def _by_hand(bench: Bench, carry: Carry) -> Contender:
    count = bench.scale.size(RUNS)

    async def contender() -> Sample:
        path = bench.place.new_database()
        try:
            connection = connect(path)
            queue_runs(connection, count)
            connection.close()
            per_second = await runs_a_second(path, count, 32, carry)
            check_all_completed(path, count)
            return {"per_second": per_second}
        finally:
            bench.place.forget(path)

    return contender


def _commits(bench: Bench) -> Contender:
    count = bench.scale.size(5000)

    async def contender() -> Sample:
        return {"per_second": bench.with_new_file(lambda path: commits_a_second(path, count))}

    return contender


def check_all_completed(path: Path, count: int) -> None:
    """A benchmark that loses work is no benchmark: every run ended, with seven events numbered without gap."""
    connection = connect(path)
    found = connection.execute(
        "SELECT count(*) FROM runs WHERE status = 'COMPLETED' AND last_event_id = 7 AND 7 ="
        " (SELECT count(*) FROM events WHERE run_id = runs.id)"
    ).fetchone()[0]
    connection.close()
    if found != count:
        raise RuntimeError(f"{found} of {count} runs ended COMPLETED with their seven events")


@contextmanager
def logging_to(path: Path) -> Generator[None]:
    """A line for every run, as a worker writes it."""
    handler = logging.FileHandler(path)
    handler.setFormatter(TextFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()
        path.unlink()
