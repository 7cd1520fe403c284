"""The overview against what a reader of the whole table would say, on both databases."""

import asyncio
import random
import threading
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from agent_runner.domain.run import FINAL_STATUSES, RunStatus
from agent_runner.store.database import Database
from agent_runner.store.new_runs import create_runs
from agent_runner.store.overview import Overview, Window, overview
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.tables import runs
from tests.store.conftest import HandClock, new_run
from tests.store.test_claim import plan_of

HOURS, BUCKETS = 6, 12


def made_up(now: datetime, number: int, chance: random.Random) -> dict[str, Any]:
    """A run with times around the window, in the order that times have."""
    created = now - timedelta(hours=9) + timedelta(minutes=number)
    created = min(created, now)
    available = created + timedelta(minutes=chance.choice([0, 0, 0, 5, 200, 900]))
    status = chance.choice([*RunStatus])
    has_started = status in {RunStatus.RUNNING, RunStatus.COMPLETED, RunStatus.FAILED} or chance.random() < 0.3
    started = min(max(available, created) + timedelta(minutes=chance.random() * 60), now) if has_started else None
    if started is not None:
        available = min(available, started) if chance.random() < 0.8 else now + timedelta(minutes=9)
    ended = None
    if status in FINAL_STATUSES:
        ended = min((started or created) + timedelta(minutes=chance.random() * 100), now)
    is_running = status is RunStatus.RUNNING
    return {
        "goal": f"{number}",
        "agent": "simple",
        "input": "{}",
        "config": "{}",
        "time_limit_seconds": 1.0,
        "status": status,
        "created_at": created,
        "available_at": available,
        "is_due": available <= now and chance.random() < 0.7,
        "started_at": started,
        "completed_at": ended,
        "error": f"error {number}" if status is RunStatus.FAILED else None,
        "lease_owner": "w" if is_running else None,
        "lease_expires_at": now if is_running else None,
    }


async def fill(database: Database, rows: Sequence[dict[str, Any]]) -> None:
    def work(session: WriteSession) -> None:
        session.execute(insert(runs), rows)

    await database.write(work)


def due_at(row: dict[str, Any]) -> datetime:
    created, available, started = row["created_at"], row["available_at"], row["started_at"]
    return created if started is not None and available > started else max(created, available)


def is_in(moment: datetime | None, begin: datetime, end: datetime) -> bool:
    return moment is not None and begin <= moment < end


def expected(rows: Sequence[dict[str, Any]], window: Window, now: datetime) -> list[dict[str, Any]]:
    buckets: list[dict[str, Any]] = []
    for number in range(window.buckets):
        begin, end = window.begin_of(number), window.begin_of(number + 1)
        is_last = number == window.buckets - 1

        def ended(status: RunStatus, begin: datetime = begin, end: datetime = end) -> int:
            return sum(row["status"] is status and is_in(row["completed_at"], begin, end) for row in rows)

        def queued(row: dict[str, Any], end: datetime = end) -> bool:
            left = row["started_at"] or row["completed_at"]
            return due_at(row) < end and (left is None or left >= end)

        def running(row: dict[str, Any], end: datetime = end) -> bool:
            started, left = row["started_at"], row["completed_at"]
            return started is not None and started < end and (left is None or left >= end)

        if is_last:
            in_queue = sum(
                row["status"] is RunStatus.QUEUED and (row["is_due"] or row["available_at"] <= now) for row in rows
            )
            at_work = sum(row["status"] is RunStatus.RUNNING for row in rows)
        else:
            in_queue, at_work = sum(map(queued, rows)), sum(map(running, rows))
        buckets.append(
            {
                "begins_at": begin,
                "created": sum(is_in(row["created_at"], begin, end) for row in rows),
                "started": sum(is_in(row["started_at"], begin, end) for row in rows),
                "completed": ended(RunStatus.COMPLETED),
                "failed": ended(RunStatus.FAILED),
                "cancelled": ended(RunStatus.CANCELLED),
                "queued": in_queue,
                "running": at_work,
            }
        )
    return buckets


@pytest.mark.parametrize("seed", range(3))
async def test_it_says_what_a_reader_of_the_whole_table_would(database: Database, clock: HandClock, seed: int) -> None:
    clock.advance(1234.5)
    chance = random.Random(seed)
    rows = [made_up(clock.now, number, chance) for number in range(500)]
    await fill(database, rows)
    found: Overview = await database.read(overview, HOURS, BUCKETS)
    assert found.now == clock.now
    assert found.counts == {status: sum(row["status"] is status for row in rows) for status in RunStatus}
    window = Window.until(clock.now, HOURS, BUCKETS)
    assert [asdict(bucket) for bucket in found.buckets] == expected(rows, window, clock.now)
    waiting = [
        row for row in rows if row["status"] is RunStatus.QUEUED and (row["is_due"] or row["available_at"] <= clock.now)
    ]
    assert found.due == len(waiting)
    assert found.oldest_due_seconds == (clock.now - min(row["available_at"] for row in waiting)).total_seconds()
    failed = [row for row in rows if row["status"] is RunStatus.FAILED]
    latest = sorted((row["completed_at"] for row in failed), reverse=True)[:10]
    assert [failure.completed_at for failure in found.failures] == latest
    assert all(failure.error == f"error {failure.goal}" for failure in found.failures)


async def test_the_first_runs_of_the_window_are_found_whatever_is_missing_between(
    database: Database, clock: HandClock
) -> None:
    rows = [made_up(clock.now, number, random.Random(9)) | {"id": 7 + number * 13} for number in range(200)]
    await fill(database, rows)
    found: Overview = await database.read(overview, 1, 4)
    assert [asdict(bucket) for bucket in found.buckets] == expected(rows, Window.until(clock.now, 1, 4), clock.now)


async def test_an_empty_database_has_an_overview(database: Database) -> None:
    found: Overview = await database.read(overview, 24, 48)
    assert set(found.counts.values()) == {0}
    assert (found.due, found.oldest_due_seconds, found.open_approvals, len(found.buckets)) == (0, None, 0, 48)
    assert all(bucket.created == bucket.queued == bucket.running == 0 for bucket in found.buckets)
    assert (found.workers, found.failures) == ([], [])


async def test_buckets_stay_where_they_are_while_time_goes_on(clock: HandClock) -> None:
    first = Window.until(clock.now, 24, 48)
    clock.advance(1799)
    assert Window.until(clock.now, 24, 48) == first
    assert first.begin_of(47) <= clock.now < first.begin_of(48)
    clock.advance(1)
    assert Window.until(clock.now, 24, 48).start == first.begin_of(1)


def written_beside(url: str) -> None:
    """A run, by another process as it were, and committed when this returns."""

    async def write() -> None:
        other = await Database.open(url)
        await other.write_together(create_runs, new_run())
        await other.close()

    writer = threading.Thread(target=lambda: asyncio.run(write()))
    writer.start()
    writer.join(20)
    assert not writer.is_alive()


def count(session: ReadSession) -> int:
    return len(session.rows(select(runs.c.id)))


async def test_a_snapshot_sees_one_commit(database: Database, url: str) -> None:
    def twice(session: ReadSession) -> tuple[int, int]:
        before = count(session)
        written_beside(url)
        return before, count(session)

    def in_snapshot(session: ReadSession) -> tuple[int, int]:
        with session.snapshot():
            return twice(session)

    assert await database.read(in_snapshot) == (0, 0)
    assert await database.read(twice) == (1, 2)


async def test_a_snapshot_that_fails_leaves_nothing_open(database: Database, url: str) -> None:
    def broken(session: ReadSession) -> None:
        with session.snapshot():
            count(session)
            raise KeyError

    for _ in range(9):
        with pytest.raises(KeyError):
            await database.read(broken)
    written_beside(url)
    for _ in range(9):
        assert await database.read(count) == 1
        found: Overview = await database.read(overview, 24, 48)
        assert found.counts[RunStatus.QUEUED] == 1


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM runs WHERE status = 'COMPLETED' AND completed_at IS NOT NULL",
        "SELECT id FROM runs WHERE status = 'FAILED' AND completed_at IS NOT NULL ORDER BY completed_at DESC LIMIT 9",
    ],
)
async def test_what_has_ended_is_found_in_its_index_and_nothing_is_sorted(database: Database, statement: str) -> None:
    shown = await database.write(plan_of, statement)
    assert "runs_final" in shown
    assert "TEMP B-TREE" not in shown
    assert "Sort" not in shown


async def test_a_page_of_what_has_ended_is_not_sorted_either(database: Database) -> None:
    """It reads runs in the order of their ids, and stops when it has enough."""
    statement = "SELECT id FROM runs WHERE status = 'COMPLETED' ORDER BY id DESC LIMIT 50"
    shown = await database.write(plan_of, statement)
    assert "runs_final" not in shown
    assert "TEMP B-TREE" not in shown
    assert "Sort" not in shown
