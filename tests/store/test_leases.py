"""Renewing leases and taking back those of lost workers."""

import pytest

from agent_runner.domain.run import ABANDON, EXPIRE, STOP
from agent_runner.store.database import Database
from agent_runner.store.events import events_after
from agent_runner.store.leases import Heartbeat, renew, return_lost
from agent_runner.store.run_queries import get_run
from agent_runner.store.runs import cancel
from tests.store.conftest import Claim, HandClock, Queue


def beat(*run_ids: int, worker_id: str = "worker-1") -> Heartbeat:
    return Heartbeat(worker_id=worker_id, run_ids=run_ids, lease_seconds=30)


async def test_a_renewed_lease_is_not_returned(
    database: Database, queue: Queue, claim_runs: Claim, clock: HandClock
) -> None:
    run_id = await queue()
    await claim_runs()
    for _ in range(3):
        clock.advance(20)
        [held] = await database.write(renew, beat(run_id))
        assert (held.run_id, held.is_cancel_requested) == (run_id, False)
    assert await database.write(return_lost, []) == []


async def test_an_expired_lease_goes_back_into_the_queue_with_a_higher_fence(
    database: Database, queue: Queue, claim_runs: Claim, clock: HandClock
) -> None:
    run_id = await queue()
    await claim_runs()
    clock.advance(31)
    assert await database.write(return_lost, []) == [(run_id, EXPIRE)]
    run = await database.read(get_run, run_id)
    assert (run.status, run.fence, run.attempt) == ("QUEUED", 2, 1)
    assert '"worker":"worker-1"' in (await database.read(events_after, run_id, 2, 10)).events[0][1]
    assert await database.write(renew, beat(run_id)) == []


async def test_a_run_the_worker_never_heard_of_is_not_renewed(
    database: Database, queue: Queue, claim_runs: Claim, clock: HandClock
) -> None:
    """The claim was committed, its answer lost: renewing it would keep it RUNNING for ever."""
    known, _unknown = await queue(), await queue()
    await claim_runs(slots=2)
    clock.advance(20)
    assert [held.run_id for held in await database.write(renew, beat(known))] == [known]
    clock.advance(15)
    assert len(await database.write(return_lost, [])) == 1


async def test_nobody_renews_the_lease_of_another_worker(database: Database, queue: Queue, claim_runs: Claim) -> None:
    run_id = await queue()
    await claim_runs("worker-1")
    assert await database.write(renew, beat(run_id, worker_id="worker-2")) == []


async def test_the_runs_of_a_dead_worker_are_returned_before_their_lease_ends(
    database: Database, queue: Queue, claim_runs: Claim
) -> None:
    dead_run, _ = await queue(), await queue()
    await claim_runs("dead")
    await claim_runs("alive")
    assert await database.write(return_lost, ["dead"]) == [(dead_run, EXPIRE)]


async def test_a_run_that_lost_its_last_attempt_is_abandoned(
    database: Database, queue: Queue, claim_runs: Claim, clock: HandClock
) -> None:
    run_id = await queue(max_attempts=2)
    for move in (EXPIRE, ABANDON):
        await claim_runs()
        clock.advance(31)
        assert await database.write(return_lost, []) == [(run_id, move)]
    run = await database.read(get_run, run_id)
    assert (run.status, run.error) == ("FAILED", "the worker was lost in attempt 2 of 2")
    assert await claim_runs() == []


@pytest.mark.parametrize("attempts", [1, 3])
async def test_a_pending_cancel_comes_before_any_return(
    database: Database, queue: Queue, claim_runs: Claim, clock: HandClock, attempts: int
) -> None:
    run_id = await queue(max_attempts=attempts)
    await claim_runs()
    await database.write(cancel, run_id, None)
    [held] = await database.write(renew, beat(run_id))
    assert held.is_cancel_requested
    clock.advance(31)
    assert await database.write(return_lost, []) == [(run_id, STOP)]
    assert (await database.read(get_run, run_id)).status == "CANCELLED"
