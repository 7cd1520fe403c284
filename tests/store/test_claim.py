"""The claim: who gets which run, and that nobody gets one twice."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite

from agent_runner.store.database import Database
from agent_runner.store.events import events_after
from agent_runner.store.run_queries import get_run
from agent_runner.store.runs import Claimed, ClaimWanted, claim, claim_statement, make_due_statement
from agent_runner.store.session import WriteSession
from tests.store.conftest import Claim, HandClock, Queue

ANYTHING = ClaimWanted(worker_id="worker-1", model="demo", slots=3, lease_seconds=30)


async def test_a_claim_takes_the_most_urgent_due_runs_first(queue: Queue, claim_runs: Claim, clock: HandClock) -> None:
    low, high = await queue(priority=0), await queue(priority=5)
    await queue(priority=9, available_at=clock.now + timedelta(seconds=60))
    middle, older = await queue(priority=3), await queue(priority=3, available_at=clock.now - timedelta(seconds=1))
    assert [run.id for run in await claim_runs(slots=2)] == [high, older]
    assert [run.id for run in await claim_runs(slots=10)] == [middle, low]


async def test_a_claim_charges_an_attempt_raises_the_fence_and_tells_it(
    database: Database, queue: Queue, claim_runs: Claim
) -> None:
    run_id = await queue()
    [claimed] = await claim_runs()
    assert (claimed.attempt, claimed.fence) == (1, 1)
    run = await database.read(get_run, run_id)
    assert (run.status, run.lease_owner, run.last_event_id) == ("RUNNING", "worker-1", 2)
    page = await database.read(events_after, run_id, 1, 10)
    assert '"event_type":"RUN_STARTED"' in page.events[0][1]
    assert '"model":"demo"' in page.events[0][1]


async def test_a_claimed_run_is_not_claimed_again(queue: Queue, claim_runs: Claim) -> None:
    await queue()
    assert len(await claim_runs("worker-1")) == 1
    assert await claim_runs("worker-2") == []


async def test_two_claimers_never_share_a_run(url: str, database: Database, queue: Queue, clock: HandClock) -> None:
    await asyncio.gather(*(queue() for _ in range(200)))
    other = await Database.open(url, clock=clock)
    await other.write(claim, replace(ANYTHING, slots=0))  # it is connected, and has not to catch up

    async def take_all(owner: str, of: Database) -> list[int]:
        taken: list[int] = []
        wanted = ClaimWanted(worker_id=owner, model="demo", slots=3, lease_seconds=30)
        while got := (await of.write(claim, wanted)).runs:
            taken += [run.id for run in got]
        return taken

    first, second = await asyncio.gather(take_all("worker-1", database), take_all("worker-2", other))
    await other.close()
    assert len(first) + len(second) == 200
    assert set(first).isdisjoint(second)
    assert first
    assert second


async def test_a_delayed_run_is_claimed_when_its_time_has_come(
    database: Database, queue: Queue, clock: HandClock
) -> None:
    await queue(available_at=clock.now + timedelta(seconds=60))
    await queue(available_at=clock.now + timedelta(seconds=90))
    assert await database.write(claim, ANYTHING) == Claimed([], 60)
    clock.advance(61)
    claimed = await database.write(claim, ANYTHING)
    assert (len(claimed.runs), claimed.next_due_in) == (1, 29)
    clock.advance(60)
    claimed = await database.write(claim, ANYTHING)
    assert (len(claimed.runs), claimed.next_due_in) == (1, None)


def plan_of(session: WriteSession, statement: str) -> str:
    explain = "EXPLAIN QUERY PLAN"
    if session.dialect == "postgresql":
        explain = "EXPLAIN"
        session.execute(text("SET LOCAL enable_seqscan = off"))  # it would read a table this small as a whole
        session.execute(text("SET LOCAL enable_bitmapscan = off"))
    return " ".join(str(row) for row in session.execute(text(f"{explain} {statement}")))


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("SELECT id FROM runs WHERE status = 'QUEUED' AND is_due = {true} ORDER BY {order} LIMIT 5", "runs_due"),
        ("SELECT id FROM runs WHERE {delayed} AND available_at <= {now} ORDER BY available_at LIMIT 9", "runs_delayed"),
        ("SELECT count(*) FROM runs WHERE status = 'QUEUED'", "runs_queued"),
        ("SELECT id FROM runs WHERE status = 'QUEUED' ORDER BY id DESC LIMIT 50", "runs_queued"),
        ("SELECT min(available_at) FROM runs WHERE {delayed}", "runs_delayed"),
    ],
)
async def test_a_claim_reads_only_partial_indexes_and_sorts_nothing(
    database: Database, statement: str, index: str
) -> None:
    """Without them a claim would cost more with every finished or delayed run."""

    def plan(session: WriteSession) -> str:
        lite = session.dialect == "sqlite"
        words = {
            "true": "1" if lite else "true",
            "delayed": "status = 'QUEUED' AND " + ("is_due = 0" if lite else "NOT is_due"),
            "order": "priority DESC, available_at, id",
            "now": "'2026-01-01'" if lite else "clock_timestamp()",
        }
        return plan_of(session, statement.format(**words))

    shown = await database.write(plan)
    assert index in shown
    assert "TEMP B-TREE" not in shown
    assert "Sort" not in shown


def test_the_statements_of_a_claim_are_those_that_were_looked_at() -> None:
    """Their conditions, as the planner sees them."""
    for dialect, is_due, is_delayed in (
        (sqlite.dialect(), "runs.is_due = 1", "runs.is_due = 0"),
        (postgresql.dialect(), "runs.is_due ", "NOT runs.is_due"),
    ):
        assert f"runs.status = 'QUEUED' AND {is_due}" in str(claim_statement().compile(dialect=dialect))
        assert f"runs.status = 'QUEUED' AND {is_delayed}" in str(make_due_statement().compile(dialect=dialect))


async def test_a_delayed_run_comes_in_its_turn_once_it_is_due(
    queue: Queue, claim_runs: Claim, clock: HandClock
) -> None:
    urgent = await queue(priority=5, available_at=clock.now + timedelta(seconds=10))
    first = await queue()
    second = await queue()
    assert [run.id for run in await claim_runs()] == [first]
    clock.advance(10)
    assert [run.id for run in await claim_runs(slots=2)] == [urgent, second]


def test_on_postgresql_the_claim_skips_what_others_are_claiming() -> None:
    statement = str(claim_statement().compile(dialect=postgresql.dialect()))
    assert "FOR UPDATE SKIP LOCKED" in statement
    assert "MATERIALIZED" in statement


async def test_a_run_never_starts_before_it_was_made(
    database: Database, queue: Queue, claim_runs: Claim, clock: HandClock
) -> None:
    """A claim asks for the time and then for the runs: on PostgreSQL one may have come in between."""
    run_id = await queue()
    clock.advance(-1)
    await claim_runs()
    run = await database.read(get_run, run_id)
    assert run.started_at == run.created_at
