"""What a worker writes on a run it holds, and what the fence keeps out."""

import asyncio
from typing import Any

import pytest

from agent_runner.domain.events import (
    Log,
    RunCancelled,
    RunCompleted,
    RunFailed,
    RunReleased,
    RunRetryScheduled,
    new_event,
)
from agent_runner.domain.run import COMPLETE, EXPIRE, FAIL, RELEASE, RETRY, STOP
from agent_runner.errors import LeaseLost
from agent_runner.store.database import Database
from agent_runner.store.events import events_after
from agent_runner.store.held import Ending, HeldWrite, Usage, write_held
from agent_runner.store.leases import return_lost
from agent_runner.store.run_queries import get_run
from agent_runner.store.runs import ClaimedRun, cancel
from agent_runner.store.steps import FinishedStep, journal
from tests.store.conftest import Claim, HandClock, Queue

LOG = new_event(Log(message="hello"))
COMPLETED = Ending(move=COMPLETE, event=new_event(RunCompleted()), result='{"x": 1}')


def write(run: ClaimedRun, number: int, **fields: Any) -> HeldWrite:
    return HeldWrite(run_id=run.id, fence=run.fence, number=number, **fields)


def step(run: ClaimedRun, key: str = "plan") -> FinishedStep:
    return FinishedStep(
        key=key, position=1, input_hash="h", output='"o"', started_at=run.created_at, finished_at=run.created_at
    )


@pytest.fixture
async def held(queue: Queue, claim_runs: Claim) -> ClaimedRun:
    await queue()
    [run] = await claim_runs()
    return run


async def numbers(database: Database, run_id: int) -> list[int]:
    return [event_id for event_id, _ in (await database.read(events_after, run_id, 0, 500)).events]


async def test_events_of_many_runs_written_together_are_numbered_within_each_run(
    database: Database, queue: Queue, claim_runs: Claim
) -> None:
    for _ in range(20):
        await queue()
    runs = await claim_runs(slots=20)
    for number in (1, 2):
        await asyncio.gather(
            *(database.write_together(write_held, write(run, number, events=(LOG, LOG))) for run in runs)
        )
    for run in runs:
        assert await numbers(database, run.id) == [1, 2, 3, 4, 5, 6]


async def test_a_completed_run_keeps_its_result_and_gives_back_its_lease(database: Database, held: ClaimedRun) -> None:
    assert await database.write_together(write_held, write(held, 1, events=(LOG,), ending=COMPLETED)) is COMPLETE
    run = await database.read(get_run, held.id)
    assert (run.status, run.result, run.progress, run.lease_owner) == ("COMPLETED", '{"x": 1}', 1.0, None)
    assert run.completed_at is not None
    assert (await database.read(events_after, held.id, 0, 10)).is_the_end


async def test_a_write_shows_progress_adds_usage_and_records_steps(database: Database, held: ClaimedRun) -> None:
    used = Usage(model_calls=1, input_tokens=10, output_tokens=5, cost_usd=0.25)
    shown: dict[str, Any] = {"iteration": 2, "progress": 0.5, "current_agent": "simple", "last_message": "it's"}
    await database.write_together(write_held, write(held, 1, steps=(step(held),), usage=used, **shown))
    await database.write_together(write_held, write(held, 2, events=(LOG,), usage=used))
    run = await database.read(get_run, held.id)
    assert {name: getattr(run, name) for name in shown} == shown
    assert (run.model_calls, run.input_tokens, run.output_tokens, run.cost_usd) == (2, 20, 10, 0.5)
    assert (await database.read(journal, held.id))["plan"].output == '"o"'


async def test_a_worker_that_lost_its_lease_writes_nothing(
    database: Database, held: ClaimedRun, claim_runs: Claim, clock: HandClock
) -> None:
    clock.advance(31)
    assert await database.write(return_lost, []) == [(held.id, EXPIRE)]
    before = await numbers(database, held.id)
    with pytest.raises(LeaseLost, match=f"run {held.id} is no longer held under fence 1"):
        await database.write_together(write_held, write(held, 1, events=(LOG,), steps=(step(held),)))
    [again] = await claim_runs("worker-2")
    assert again.fence > held.fence
    with pytest.raises(LeaseLost):
        await database.write_together(write_held, write(held, 1, ending=COMPLETED))
    assert await numbers(database, held.id) == [*before, before[-1] + 1]
    assert await database.read(journal, held.id) == {}
    assert (await database.read(get_run, held.id)).status == "RUNNING"


async def test_losing_the_lease_of_one_run_fails_only_that_write(
    database: Database, queue: Queue, claim_runs: Claim
) -> None:
    await queue()
    await queue()
    first, second = await claim_runs(slots=2)
    await database.write_together(write_held, write(first, 1, ending=COMPLETED))
    results = await asyncio.gather(
        database.write_together(write_held, write(first, 2, events=(LOG,))),
        database.write_together(write_held, write(second, 1, events=(LOG,))),
        return_exceptions=True,
    )
    assert isinstance(results[0], LeaseLost)
    assert results[1] is None


@pytest.mark.parametrize("ending", [None, COMPLETED])
async def test_a_write_whose_answer_was_lost_can_be_sent_again(
    database: Database, held: ClaimedRun, ending: Ending | None
) -> None:
    again = write(held, 1, events=(LOG,), steps=(step(held),), ending=ending)
    first = await database.write_together(write_held, again)
    before = await numbers(database, held.id)
    assert await database.write_together(write_held, again) is first
    assert await numbers(database, held.id) == before


async def test_a_write_out_of_turn_is_refused(database: Database, held: ClaimedRun) -> None:
    with pytest.raises(LeaseLost):
        await database.write_together(write_held, write(held, 2, events=(LOG,)))


RETRYING = Ending(
    move=RETRY, event=new_event(RunRetryScheduled(error="e", attempt=1, delay_seconds=5)), error="e", delay_seconds=5
)
ENDINGS = [
    (COMPLETED, "COMPLETED"),
    (Ending(move=FAIL, event=new_event(RunFailed(error="e", attempt=1)), error="e"), "FAILED"),
    (RETRYING, "QUEUED"),
    (Ending(move=RELEASE, event=new_event(RunReleased(reason="drain"))), "QUEUED"),
    (Ending(move=STOP, event=new_event(RunCancelled())), "CANCELLED"),
]


@pytest.mark.parametrize(("ending", "status"), ENDINGS, ids=[status + ending.move.name for ending, status in ENDINGS])
async def test_every_ending_makes_its_move(database: Database, held: ClaimedRun, ending: Ending, status: str) -> None:
    assert await database.write_together(write_held, write(held, 1, ending=ending)) is ending.move
    assert (await database.read(get_run, held.id)).status == status


@pytest.mark.parametrize("ending", [ending for ending, _ in ENDINGS], ids=lambda ending: ending.move.name)
async def test_whatever_the_ending_an_acknowledged_cancel_wins(
    database: Database, held: ClaimedRun, ending: Ending
) -> None:
    assert await database.write(cancel, held.id, "enough") == "RUNNING"
    assert await database.write_together(write_held, write(held, 1, ending=ending)) is STOP
    run = await database.read(get_run, held.id)
    assert (run.status, run.result, run.error) == ("CANCELLED", None, None)
    assert '"event_type":"RUN_CANCELLED"' in (await database.read(events_after, held.id, 3, 10)).events[0][1]


async def test_a_retry_waits_and_a_release_is_not_charged(
    database: Database, held: ClaimedRun, claim_runs: Claim, clock: HandClock
) -> None:
    await database.write_together(write_held, write(held, 1, ending=RETRYING))
    assert await claim_runs() == []
    clock.advance(5)
    [second] = await claim_runs()
    assert second.attempt == 2
    released = Ending(move=RELEASE, event=new_event(RunReleased(reason="drain")), active_seconds=1.5)
    await database.write_together(write_held, write(second, 1, ending=released))
    [third] = await claim_runs()
    assert (third.attempt, third.fence, third.active_seconds) == (2, 3, 1.5)
