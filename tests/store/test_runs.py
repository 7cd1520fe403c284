"""What people change: cancel, rerun, edit and delete, each only where the table of moves allows it."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from agent_runner.domain.events import RunCompleted, RunFailed, new_event
from agent_runner.domain.run import COMPLETE, FAIL, RunStatus
from agent_runner.errors import Conflict, IllegalMove, NotFound
from agent_runner.store.database import Database
from agent_runner.store.events import events_after
from agent_runner.store.held import Ending, HeldWrite, write_held
from agent_runner.store.run_queries import RunFilter, get_run, list_runs, why_not_running
from agent_runner.store.runs import cancel, delete_final, edit_queued, rerun
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.workers import NewWorker, live_workers, register
from tests.store.conftest import Claim, HandClock, Queue

COMPLETED = Ending(move=COMPLETE, event=new_event(RunCompleted()), result="{}")
FAILED = Ending(move=FAIL, event=new_event(RunFailed(error="e", attempt=1)), error="e", active_seconds=9)


async def end(database: Database, claim_runs: Claim, ending: Ending) -> int:
    [run] = await claim_runs()
    await database.write_together(write_held, HeldWrite(run_id=run.id, fence=run.fence, number=1, ending=ending))
    return run.id


async def test_a_queued_run_is_cancelled_at_once(database: Database, queue: Queue, claim_runs: Claim) -> None:
    run_id = await queue()
    assert await database.write(cancel, run_id, "not needed") is RunStatus.CANCELLED
    run = await database.read(get_run, run_id)
    assert run.completed_at is not None
    assert '"reason":"not needed"' in (await database.read(events_after, run_id, 1, 10)).events[0][1]
    assert await claim_runs() == []


async def test_asking_a_running_run_to_cancel_twice_is_recorded_once(
    database: Database, queue: Queue, claim_runs: Claim
) -> None:
    run_id = await queue()
    await claim_runs()
    for _ in range(2):
        assert await database.write(cancel, run_id, None) is RunStatus.RUNNING
    run = await database.read(get_run, run_id)
    assert run.cancel_requested_at is not None
    assert run.last_event_id == 3


async def test_a_final_run_cannot_be_cancelled(database: Database, queue: Queue, claim_runs: Claim) -> None:
    await queue()
    run_id = await end(database, claim_runs, COMPLETED)
    with pytest.raises(
        IllegalMove, match=f"run {run_id} is COMPLETED; only a run that is QUEUED, RUNNING or WAITING can be cancelled"
    ):
        await database.write(cancel, run_id, None)
    with pytest.raises(NotFound, match="run 99 does not exist"):
        await database.write(cancel, 99, None)


async def test_a_failed_run_is_queued_again_with_its_journal_and_new_attempts(
    database: Database, queue: Queue, claim_runs: Claim
) -> None:
    await queue(max_attempts=1)
    run_id = await end(database, claim_runs, FAILED)
    await database.write(rerun, run_id, 2)
    run = await database.read(get_run, run_id)
    assert (run.status, run.attempt, run.max_attempts, run.error, run.completed_at) == ("QUEUED", 1, 3, None, None)
    assert run.active_seconds == 0
    [claimed] = await claim_runs()
    assert claimed.attempt == 2


async def test_a_rerun_forgets_the_cancel_that_ended_the_run(
    database: Database, queue: Queue, claim_runs: Claim
) -> None:
    await queue()
    [run] = await claim_runs()
    await database.write(cancel, run.id, None)
    await database.write_together(write_held, HeldWrite(run_id=run.id, fence=run.fence, number=1, ending=COMPLETED))
    await database.write(rerun, run.id, 3)
    assert await end(database, claim_runs, COMPLETED) == run.id
    assert (await database.read(get_run, run.id)).status == "COMPLETED"


async def test_nothing_leaves_completed(database: Database, queue: Queue, claim_runs: Claim) -> None:
    await queue()
    run_id = await end(database, claim_runs, COMPLETED)
    with pytest.raises(IllegalMove):
        await database.write(rerun, run_id, 3)
    assert (await database.read(get_run, run_id)).last_event_id == 3


async def test_only_a_queued_run_can_be_edited_and_only_a_final_one_deleted(
    database: Database, queue: Queue, claim_runs: Claim
) -> None:
    run_id = await queue()
    await database.write(edit_queued, run_id, {"priority": 7})
    assert (await database.read(get_run, run_id)).priority == 7
    with pytest.raises(Conflict, match="only a final run can be deleted"):
        await database.write(delete_final, run_id)
    await end(database, claim_runs, COMPLETED)
    with pytest.raises(Conflict, match="only a QUEUED run can be changed"):
        await database.write(edit_queued, run_id, {"priority": 1})
    await database.write(delete_final, run_id)
    with pytest.raises(NotFound):
        await database.read(events_after, run_id, 0, 10)


async def test_a_deleted_run_takes_its_events_with_it(database: Database, queue: Queue) -> None:
    run_id = await queue()
    await database.write(cancel, run_id, None)
    await database.write(delete_final, run_id)

    def count(session: ReadSession) -> int:
        return session.rows(text("SELECT count(*) FROM events"))[0][0]  # pyright: ignore[reportArgumentType]

    assert await database.read(count) == 0
    assert await queue() > run_id  # an id is never given out twice


@pytest.mark.parametrize(
    "impossible",
    [
        "status = 'bogus'",
        "status = 'COMPLETED'",
        "status = 'RUNNING'",
        "lease_owner = 'worker-1'",
        "completed_at = created_at",
        "fence = -1",
    ],
)
async def test_the_table_refuses_impossible_rows(database: Database, queue: Queue, impossible: str) -> None:
    run_id = await queue()

    def change(session: WriteSession) -> None:
        session.execute(text(f"UPDATE runs SET {impossible} WHERE id = {run_id}"))

    with pytest.raises(Conflict) as refused:
        await database.write(change)
    assert isinstance(refused.value.__cause__, IntegrityError)


async def test_runs_are_listed_newest_first_by_pages_and_filters(database: Database, queue: Queue) -> None:
    ids = [await queue(goal=f"goal {number}", agent="simple" if number % 2 else "other") for number in range(6)]
    first = await database.read(list_runs, RunFilter(), after_id=None, limit=4)
    assert [run.id for run in first] == ids[:1:-1]
    rest = await database.read(list_runs, RunFilter(), after_id=first[-1].id, limit=4)
    assert [run.id for run in rest] == [ids[1], ids[0]]
    found = await database.read(list_runs, RunFilter(agent="simple", text="GOAL 3"), after_id=None, limit=4)
    assert [run.id for run in found] == [ids[3]]
    assert await database.read(list_runs, RunFilter(text="%"), after_id=None, limit=4) == []
    assert (
        await database.read(list_runs, RunFilter(statuses=frozenset({RunStatus.RUNNING})), after_id=None, limit=4) == []
    )


async def test_a_queued_run_says_why_it_does_not_run(
    database: Database, queue: Queue, claim_runs: Claim, clock: HandClock
) -> None:
    async def why(run_id: int) -> str | None:
        return await database.read(why_not_running, await database.read(get_run, run_id))

    first, second = await queue(), await queue()
    assert "no worker is alive" in str(await why(first))
    worker = NewWorker(id="worker-1", host="h", boot_id="", pid=1, slots=1, model="demo", check_interval=5)
    await database.write(register, worker)
    assert await why(second) == "position 2 in the queue"
    later = await queue(available_at=clock.now + timedelta(hours=1))
    assert await why(later) == "not before 2026-01-01T01:00:00.000000Z"
    await claim_runs()
    assert await why(first) is None
    assert await why(second) == "all 1 slots of 1 workers are busy; position 1 in the queue"
    [alive] = await database.read(live_workers)
    assert alive.busy == 1


async def test_cancelling_and_claiming_at_once_leaves_one_of_both(
    database: Database, queue: Queue, claim_runs: Claim
) -> None:
    for _ in range(20):
        run_id = await queue()
        status, claimed = await asyncio.gather(database.write(cancel, run_id, None), claim_runs())
        run = await database.read(get_run, run_id)
        assert (status is RunStatus.CANCELLED) == (not claimed)
        assert (run.status == "CANCELLED") == (not claimed)
