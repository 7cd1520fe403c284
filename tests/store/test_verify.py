"""Each invariant is broken by hand, and `verify` names exactly that one."""

import pytest
from sqlalchemy import Engine, create_engine, select, update

from agent_runner.domain.events import Message, RunCompleted, RunFailed, RunReleased, RunRetryScheduled, new_event
from agent_runner.domain.run import COMPLETE, FAIL, RELEASE, RETRY, Move
from agent_runner.store.database import Database
from agent_runner.store.held import Ending, HeldWrite, Usage, write_held
from agent_runner.store.leases import return_lost
from agent_runner.store.runs import ClaimedRun, cancel, delete_final, rerun
from agent_runner.store.sqlite import sqlite_library
from agent_runner.store.steps import FinishedStep
from agent_runner.store.tables import events, runs
from agent_runner.store.task_runs import create_running_task
from agent_runner.store.verify import INVARIANTS, MOST_LISTED, verify
from tests.store.conftest import Claim, HandClock, Queue, new_run

ENDED = {
    COMPLETE: RunCompleted(),
    FAIL: RunFailed(error="e", attempt=1),
    RETRY: RunRetryScheduled(error="e", attempt=1, delay_seconds=0),
    RELEASE: RunReleased(reason="drain"),
}


def step(key: str, position: int) -> FinishedStep:
    now = HandClock().now
    return FinishedStep(key=key, position=position, input_hash="h", output='"o"', started_at=now, finished_at=now)


def work(run: ClaimedRun, number: int, *done: FinishedStep, move: Move | None = None) -> HeldWrite:
    return HeldWrite(
        run_id=run.id,
        fence=run.fence,
        number=number,
        events=(new_event(Message(content="m")),),
        steps=done,
        usage=Usage(model_calls=1, input_tokens=3),
        ending=Ending(move=move, event=new_event(ENDED[move])) if move else None,
    )


@pytest.fixture
async def rich(database: Database, queue: Queue, claim_runs: Claim, clock: HandClock) -> Database:
    """Every way that a run can go. 1 COMPLETED with two steps · 2 and 3 RUNNING, 3 asked to cancel · 4 QUEUED."""

    async def write(write: HeldWrite) -> None:
        await database.write_together(write_held, write)

    for _ in range(3):
        await queue()
    first, second, third = await claim_runs(slots=3)
    await write(work(first, 1, step("one", 1)))
    await write(work(first, 2, move=RELEASE))
    [first] = await claim_runs()
    await write(work(first, 1, step("two", 2), move=COMPLETE))
    await write(work(second, 1, step("one", 1)))
    await queue(available_at=clock.now.replace(year=2027), idempotency_key="k", request_hash="h")
    await database.write(cancel, third.id, None)
    await other_ways(database, queue, claim_runs, clock)
    return database


async def other_ways(database: Database, queue: Queue, claim_runs: Claim, clock: HandClock) -> None:
    """5 cancelled and rerun, failed, retried, expired and abandoned · 6 of a task · 7 deleted."""
    for move in (RETRY, FAIL):
        if move is RETRY:
            await queue(max_attempts=2)
        [run] = await claim_runs("worker-2")
        await database.write_together(write_held, work(run, 1, move=move))
    await database.write(rerun, 5, 2)
    for _ in range(2):
        await claim_runs("worker-2")
        await database.write(return_lost, ["worker-2"])
    await database.write(rerun, 5, 1)
    await database.write(cancel, 5, None)
    clock.advance(1)
    await database.write(create_running_task, "title", new_run(task_id="t"))
    gone = await queue()
    await database.write(cancel, gone, None)
    await database.write(delete_final, gone)


async def test_a_healthy_database_has_no_violations(rich: Database) -> None:
    statuses = await rich.read(lambda session: [row.status for row in session.rows(select(runs.c.status))])
    assert sorted(statuses) == ["CANCELLED", "COMPLETED", "QUEUED", "QUEUED", "RUNNING", "RUNNING"]
    assert await rich.read(verify, acknowledged=[1, 2, 3, 4, 5, 6]) == []


def move_event(run_id: int, old: int, new: int) -> str:
    return f"UPDATE events SET event_id = {new} WHERE run_id = {run_id} AND event_id = {old}"


DAMAGES: dict[str, list[tuple[str, int | None, tuple[str, ...]]]] = {
    "I1": [
        ("FAILED, but its events lead to COMPLETED", 1, ("UPDATE runs SET status = 'FAILED' WHERE id = 1",)),
    ],
    "I2": [
        (
            "cannot follow RUN_CREATED",
            4,
            (
                "INSERT INTO events SELECT 4, 2, 'RUN_RETRIED', NULL, '{}', created_at FROM runs WHERE id = 4",
                "UPDATE runs SET last_event_id = 2 WHERE id = 4",
            ),
        ),
        ("its first change", 4, ("UPDATE events SET type = 'RUN_RETRIED' WHERE run_id = 4",)),
    ],
    "I3": [
        ("has 7 events", 1, ("DELETE FROM events WHERE run_id = 1 AND type = 'MESSAGE' AND event_id = 3",)),
        ("counts 99", 1, ("UPDATE runs SET last_event_id = 99 WHERE id = 1",)),
        ("from 1 to 20", 1, (move_event(1, 8, 20), "UPDATE runs SET last_event_id = 20 WHERE id = 1")),
    ],
    "I4": [
        (
            "claimed under fence 1 by event 6, after fence 1",
            1,
            (
                "UPDATE events SET payload = replace(payload, '\"fence\":2', '\"fence\":1') WHERE run_id = 1",
                "DELETE FROM steps WHERE key = 'two'",
            ),
        ),
        ("has fence 1", 1, ("UPDATE runs SET fence = 1 WHERE id = 1",)),
        ("is held by worker-9", 2, ("UPDATE runs SET lease_owner = 'worker-9' WHERE id = 2",)),
        ("is held by worker-1 under 9", 2, ("UPDATE runs SET fence = 9 WHERE id = 2",)),
        (
            "when nobody held the run",
            4,
            (
                "INSERT INTO events SELECT 4, 2, 'LOG', NULL, '{}', created_at FROM runs WHERE id = 4",
                "UPDATE runs SET last_event_id = 2 WHERE id = 4",
            ),
        ),
    ],
    "I5": [
        (
            "was final by RUN_COMPLETED",
            1,
            (
                "INSERT INTO events SELECT 1, 9, 'RUN_RETRIED', NULL, '{}', created_at FROM runs WHERE id = 1",
                "UPDATE runs SET last_event_id = 9, status = 'QUEUED', completed_at = NULL WHERE id = 1",
            ),
        ),
    ],
    "I7": [
        ("counts 2 attempts", 1, ("UPDATE runs SET attempt = 2 WHERE id = 1",)),
        ("is in attempt 1 of 0", 1, ("UPDATE runs SET max_attempts = 0 WHERE id = 1",)),
    ],
    "I8": [
        ("2 steps have the position 1", 1, ("UPDATE steps SET position = 1 WHERE run_id = 1",)),
        ("which no claim had", 1, ("UPDATE steps SET fence = 3 WHERE run_id = 1 AND key = 'two'",)),
    ],
    "I11": [
        (
            "was asked to cancel, then came",
            3,
            (
                "INSERT INTO events SELECT 3, 4, 'RUN_COMPLETED', NULL, '{}', created_at FROM runs WHERE id = 3",
                "UPDATE runs SET last_event_id = 4, status = 'COMPLETED', completed_at = started_at WHERE id = 3",
                "UPDATE runs SET lease_owner = NULL, lease_expires_at = NULL, cancel_requested_at = NULL WHERE id = 3",
            ),
        ),
        ("nobody will heed", 4, ("UPDATE runs SET cancel_requested_at = created_at WHERE id = 4",)),
        ("its row does not know it", 3, ("UPDATE runs SET cancel_requested_at = NULL WHERE id = 3",)),
        ("no event says so", 2, ("UPDATE runs SET cancel_requested_at = created_at WHERE id = 2",)),
        ("a cancel was taken", 3, ("UPDATE runs SET committing_at = created_at WHERE id = 3",)),
    ],
    "I16": [
        (
            "was acknowledged and does not exist",
            4,
            ("DELETE FROM events WHERE run_id = 4", "DELETE FROM runs WHERE id = 4"),
        ),
    ],
    "I17": [
        (
            "a row of events refers to runs",
            None,
            ("INSERT INTO events VALUES (9, 1, 'LOG', NULL, '{}', '2026-01-01')",),
        ),
    ],
    "I18": [
        (
            "'k' has created 2 runs",
            1,
            ("DROP INDEX runs_idempotency_key", "UPDATE runs SET idempotency_key = 'k' WHERE id = 1"),
        ),
    ],
    "C1": [
        ("without a whole lease", 2, ("UPDATE runs SET lease_expires_at = NULL WHERE id = 2",)),
        ("and has a lease", 4, ("UPDATE runs SET lease_owner = 'worker-1' WHERE id = 4",)),
        ("has no time of its end", 1, ("UPDATE runs SET completed_at = NULL WHERE id = 1",)),
        ("has a time of its end", 4, ("UPDATE runs SET completed_at = created_at WHERE id = 4",)),
        (
            "task t has 2 runs under way",
            6,
            ("DROP INDEX runs_one_active_per_task", "UPDATE runs SET task_id = 't' WHERE id = 4"),
        ),
    ],
    "C2": [
        ("before it began", 1, ("UPDATE runs SET completed_at = '2025-01-01 00:00:00.000000' WHERE id = 1",)),
        ("started at", 2, ("UPDATE runs SET created_at = '2026-06-01 00:00:00.000000' WHERE id = 2",)),
        ("was finished at", 1, ("UPDATE steps SET finished_at = '2025-01-01 00:00:00.000000' WHERE key = 'two'",)),
    ],
    "C3": [
        ("is negative", 1, ("UPDATE runs SET input_tokens = -1 WHERE id = 1",)),
    ],
}
CASES = [(name, *damage) for name, damages in DAMAGES.items() for damage in damages]


CHECKS = ("status_is_known", "completed_when_final", "lease_when_running", "counters_count_up")
LET_PASS = {
    "sqlite": ["PRAGMA foreign_keys = OFF", "PRAGMA ignore_check_constraints = ON"],
    "postgresql": [
        "SET session_replication_role = replica",
        *(f"ALTER TABLE runs DROP CONSTRAINT IF EXISTS {name}" for name in CHECKS),
    ],
}


def engine_of(url: str) -> Engine:
    if url.startswith("postgresql"):
        return create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    return create_engine(url.replace("sqlite:", "sqlite+pysqlite:"), module=sqlite_library())


def break_by_hand(url: str, statements: tuple[str, ...]) -> None:
    engine = engine_of(url)
    with engine.begin() as connection:
        for statement in LET_PASS[engine.dialect.name]:
            connection.exec_driver_sql(statement)
        for statement in statements:
            changed = connection.exec_driver_sql(statement)
            assert changed.rowcount or statement.startswith(("DROP", "PRAGMA")), f"nothing was broken by {statement}"
    engine.dispose()


@pytest.mark.parametrize(("invariant", "sentence", "run_id", "statements"), CASES, ids=lambda value: str(value)[:40])
async def test_what_is_broken_is_named_and_nothing_else(
    rich: Database, url: str, invariant: str, sentence: str, run_id: int | None, statements: tuple[str, ...]
) -> None:
    break_by_hand(url, statements)
    found = await rich.read(verify, acknowledged=[1, 2, 3, 4])
    assert [violation.invariant for violation in found] == [invariant]
    if invariant == "I17" and found[0].run_id is not None:
        assert found[0].sentence == "run 9: does not exist, but has 1 events"  # PostgreSQL knows which run is missing
        return
    assert found[0].run_id == run_id
    assert sentence in found[0].sentence
    assert run_id is None or found[0].sentence.startswith(f"run {run_id}: ")


async def test_a_status_that_is_none_is_named(rich: Database, url: str) -> None:
    """It cannot be what the events lead to either."""
    break_by_hand(url, ("UPDATE runs SET status = 'LOST' WHERE id = 4",))
    found = await rich.read(verify)
    assert [violation.invariant for violation in found] == ["I1", "C1"]
    assert found[1].sentence == "run 4: its status 'LOST' is none"


async def test_a_return_that_does_not_raise_the_fence_is_named(rich: Database, url: str, clock: HandClock) -> None:
    await rich.write(return_lost, ["worker-1"])
    assert await rich.read(verify) == []
    break_by_hand(url, ("UPDATE runs SET fence = 1 WHERE id = 2",))
    engine = engine_of(url)
    with engine.begin() as connection:
        last = connection.execute(select(runs.c.last_event_id).where(runs.c.id == 2)).scalar_one()
        payload = '{"attempt":2,"worker":"worker-1","model":"demo","fence":2}'
        connection.execute(
            events.insert().values(
                run_id=2, event_id=last + 1, type="RUN_STARTED", payload=payload, created_at=clock.now
            )
        )
        connection.execute(
            update(runs)
            .where(runs.c.id == 2)
            .values(
                status="RUNNING",
                fence=2,
                attempt=2,
                last_event_id=last + 1,
                lease_owner="worker-1",
                lease_expires_at=clock.now,
            )
        )
    engine.dispose()
    assert [violation.invariant for violation in await rich.read(verify)] == ["I4"]


async def test_what_is_left_over_counts_only_when_all_are_idle(rich: Database) -> None:
    assert await rich.read(verify) == []
    found = await rich.read(verify, idle=True)
    assert [(violation.invariant, violation.run_id) for violation in found] == [("I6", 2), ("I6", 3), ("I6", 6)]


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
async def test_a_damaged_index_is_named(rich: Database, url: str) -> None:
    elsewhere = "UPDATE sqlite_schema SET sql = replace(sql, '(task_id)', '(goal)') WHERE name = 'runs_by_task'"
    break_by_hand(url, ("PRAGMA writable_schema = ON", elsewhere))
    again = await Database.open(url)
    found = await again.read(verify)
    await again.close()
    assert [violation.invariant for violation in found] == ["I17"]
    assert "index runs_by_task" in found[0].sentence


async def test_only_so_many_violations_of_one_invariant_are_listed(database: Database, queue: Queue, url: str) -> None:
    for _ in range(MOST_LISTED + 5):
        await queue()
    break_by_hand(url, ("UPDATE runs SET max_attempts = -1, attempt = 1",))
    found = await database.read(verify)
    assert [violation.invariant for violation in found] == ["I7"] * MOST_LISTED


def test_every_invariant_has_a_case_that_breaks_it() -> None:
    of_approvals = {"I9", "I10"}  # in test_verify_approvals.py
    assert {*DAMAGES, "I6"} | of_approvals == set(INVARIANTS)
