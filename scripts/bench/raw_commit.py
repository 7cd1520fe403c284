"""The raw limit of the disk: rows into the tables of agent-runner through sqlite3 alone, durable as ours."""

import time
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from agent_runner.domain.clock import utc_now
from agent_runner.store.sqlite import pragmas, sqlite_library
from agent_runner.store.tables import Run

NOW: Final = "2026-01-01 00:00:00.000000"

INSERT_EVENT: Final = "INSERT INTO events (run_id, event_id, type, payload, created_at) VALUES (?, ?, ?, ?, ?)"
INSERT_STEP: Final = """
INSERT INTO steps (run_id, key, position, input_hash, output, fence, started_at, finished_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""


def row_of_run(**changes: Any) -> dict[str, Any]:
    """The columns of a queued run that are not NULL, as the driver takes them."""
    run = Run(
        goal="Test execution",
        agent="simple",
        input="{}",
        config="{}",
        status="QUEUED",
        time_limit_seconds=3600,
        created_at=utc_now(),
        available_at=utc_now(),
    )
    times = {"created_at": NOW, "available_at": NOW}
    return run.model_dump(exclude_none=True) | times | changes


def names_and_places(row: Mapping[str, Any]) -> tuple[str, str]:
    """`a, b` and `?, ?`: both halves of an INSERT."""
    return ", ".join(row), ", ".join("?" for _ in row)


def connect(path: Path, *, from_any_thread: bool = False) -> Any:
    """A connection without transactions of its own, with the pragmas of the store's writer."""
    connection = sqlite_library().connect(str(path), isolation_level=None, check_same_thread=not from_any_thread)
    for pragma in pragmas(busy_timeout_seconds=30, read_only=False):
        connection.execute(pragma)
    return connection


@cache
def _insert_run() -> tuple[str, tuple[Any, ...]]:
    row = row_of_run()
    names, places = names_and_places(row)
    return f"INSERT INTO runs ({names}) VALUES ({places})", tuple(row.values())


def queue_runs(connection: Any, count: int) -> list[int]:
    """Queues runs in one transaction and returns their ids."""
    statement, values = _insert_run()
    connection.execute("BEGIN IMMEDIATE")
    ids = [connection.execute(statement, values).lastrowid for _ in range(count)]
    events: Iterable[tuple[Any, ...]] = ((run_id, 1, "RUN_CREATED", "{}", NOW) for run_id in ids)
    connection.executemany(INSERT_EVENT, events)
    connection.execute("COMMIT")
    return ids


def commits_a_second(path: Path, count: int) -> float:
    """One queued run with its event a commit, one after the other: what a POST must make durable."""
    connection = connect(path)
    try:
        began = time.perf_counter()
        for _ in range(count):
            queue_runs(connection, 1)
        return count / (time.perf_counter() - began)
    finally:
        connection.close()


def events_a_second(path: Path, count: int, *, a_commit: int) -> float:
    """Events of one run, so many a commit."""
    connection = connect(path)
    try:
        (run_id,) = queue_runs(connection, 1)
        began = time.perf_counter()
        for start in range(2, count + 2, a_commit):
            numbers = range(start, min(start + a_commit, count + 2))
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(INSERT_EVENT, ((run_id, number, "MESSAGE", "{}", NOW) for number in numbers))
            connection.execute("COMMIT")
        return count / (time.perf_counter() - began)
    finally:
        connection.close()
