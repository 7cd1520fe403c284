"""Questions to people: opened with the move that suspends the run, decided once, with the move that lets it go on."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from agent_runner.domain.approval import ApprovalKind, ApprovalStatus, Question, question_text
from agent_runner.domain.events import Log, RunCompleted, RunFailed, new_event
from agent_runner.domain.run import COMPLETE, EXPIRE, FAIL, STOP, SUSPEND
from agent_runner.errors import Conflict, IllegalMove, LeaseLost, NotFound
from agent_runner.store.approvals import (
    ApprovalRecord,
    Asked,
    decided_questions,
    get_approval,
    list_approvals,
    open_questions,
)
from agent_runner.store.database import Database
from agent_runner.store.decisions import Grant, Rejection, answer, grant, lapse, reject
from agent_runner.store.events import events_after
from agent_runner.store.held import Ending, HeldWrite, begin_commit, write_held
from agent_runner.store.leases import return_lost
from agent_runner.store.run_queries import get_run
from agent_runner.store.runs import ClaimedRun, cancel, delete_final, rerun
from agent_runner.store.verify import verify
from tests.store.conftest import Claim, HandClock, Queue

SHA, OTHER_SHA = "a" * 64, "b" * 64


def asked(key: str = "approve/1", **fields: Any) -> Asked:
    given: dict[str, Any] = {"kind": ApprovalKind.COMMIT, "text": "Commit this?", "diff_sha": SHA} | fields
    question = Question(**given)
    return Asked(key, question, question_text(key, question))


def suspending(run: ClaimedRun, asks: Asked, number: int = 1) -> HeldWrite:
    ending = Ending(move=SUSPEND, event=asks.event(0), asks=asks, active_seconds=2.0)
    return HeldWrite(run_id=run.id, fence=run.fence, number=number, ending=ending)


Suspend = Callable[..., Awaitable[ClaimedRun]]


@pytest.fixture
def suspend(database: Database, queue: Queue, claim_runs: Claim) -> Suspend:
    """A new run that waits for an answer."""

    async def suspend(**fields: Any) -> ClaimedRun:
        run_id = await queue()
        [run] = [run for run in await claim_runs(slots=10) if run.id == run_id]
        assert await database.write_together(write_held, suspending(run, asked(**fields))) is SUSPEND
        return run

    return suspend


async def types(database: Database, run_id: int) -> list[str]:
    page = await database.read(events_after, run_id, 0, 500)
    return [json.loads(text)["event_type"] for _, text in page.events]


async def status(database: Database, run_id: int) -> str:
    return (await database.read(get_run, run_id)).status


async def question(database: Database, run_id: int) -> ApprovalRecord:
    return await database.read(get_approval, run_id, None)


@pytest.fixture(autouse=True)
async def nothing_is_wrong(database: Database) -> Any:
    yield
    assert await database.read(verify) == []


def yes(**fields: Any) -> Grant:
    given: dict[str, Any] = {"decided_by": "local", "diff_sha": SHA}
    return Grant(**(given | fields))


def no(**fields: Any) -> Rejection:
    given: dict[str, Any] = {"decided_by": "local", "comment": "not like this"}
    return Rejection(**(given | fields))


async def test_a_suspended_run_waits_without_a_lease_and_its_attempt_is_not_charged(
    database: Database, suspend: Suspend, clock: HandClock
) -> None:
    run = await suspend(expires_in_seconds=60, flags=(".envrc",))
    row = await database.read(get_run, run.id)
    assert (row.status, row.lease_owner, row.attempt, row.active_seconds) == ("WAITING", None, 0, 2.0)
    opened = (await database.read(open_questions, [run.id]))[run.id]
    assert (opened.key, opened.kind, opened.status, opened.diff_sha) == ("approve/1", "COMMIT", "OPEN", SHA)
    assert opened.expires_at is not None
    assert (opened.expires_at - clock.now).total_seconds() == 60
    last = json.loads((await database.read(events_after, run.id, 2, 10)).events[0][1])
    assert last["event_type"] == "APPROVAL_REQUESTED"
    assert (last["payload"]["approval_id"], last["payload"]["flags"]) == (opened.id, [".envrc"])


async def test_a_suspending_write_whose_answer_was_lost_asks_once(
    database: Database, queue: Queue, claim_runs: Claim
) -> None:
    await queue()
    [run] = await claim_runs()
    for _ in range(2):
        assert await database.write_together(write_held, suspending(run, asked())) is SUSPEND
    found = await database.read(list_approvals, status=None, run_id=run.id, after_id=None, limit=10)
    assert len(found) == 1


async def test_who_lost_the_lease_asks_nobody(
    database: Database, queue: Queue, claim_runs: Claim, clock: HandClock
) -> None:
    await queue()
    [run] = await claim_runs()
    clock.advance(31)
    assert await database.write(return_lost, []) == [(run.id, EXPIRE)]
    with pytest.raises(LeaseLost):
        await database.write_together(write_held, suspending(run, asked()))
    assert await database.read(open_questions, [run.id]) == {}


async def test_a_run_that_is_asked_to_cancel_stops_instead_of_asking(
    database: Database, queue: Queue, claim_runs: Claim
) -> None:
    await queue()
    [run] = await claim_runs()
    await database.write(cancel, run.id, None)
    assert await database.write_together(write_held, suspending(run, asked())) is STOP
    assert await database.read(open_questions, [run.id]) == {}


async def test_a_granted_run_is_due_at_once_and_its_next_attempt_is_told(
    database: Database, suspend: Suspend, claim_runs: Claim
) -> None:
    run = await suspend()
    decided = await database.write(grant, run.id, yes(comment="fine", decided_by="ada"))
    assert (decided.status, decided.decided_by, decided.comment) == ("GRANTED", "ada", "fine")
    [again] = await claim_runs("worker-2")
    assert (again.id, again.attempt, again.fence, again.active_seconds) == (run.id, 1, 2, 2.0)
    assert (await database.read(decided_questions, run.id))["approve/1"].comment == "fine"
    assert (await types(database, run.id))[2:] == ["APPROVAL_REQUESTED", "APPROVAL_GRANTED", "RUN_STARTED"]


@pytest.mark.parametrize("named", [None, OTHER_SHA])
async def test_approving_wants_the_hash_of_the_diff_and_says_both(
    database: Database, suspend: Suspend, named: str | None
) -> None:
    run = await suspend()
    with pytest.raises(Conflict) as refused:
        await database.write(grant, run.id, yes(diff_sha=named))
    assert SHA in str(refused.value)
    assert (named or "no diff_sha was named") in str(refused.value)
    assert await status(database, run.id) == "WAITING"


async def test_a_hash_is_refused_where_there_is_no_diff(database: Database, suspend: Suspend) -> None:
    run = await suspend(kind=ApprovalKind.PLAN, diff_sha=None)
    with pytest.raises(Conflict, match="is about no diff"):
        await database.write(grant, run.id, yes())
    assert (await database.write(grant, run.id, yes(diff_sha=None))).status == "GRANTED"


async def test_every_flag_needs_its_own_tick(database: Database, suspend: Suspend) -> None:
    run = await suspend(flags=(".gitmodules", ".vscode/tasks.json"))
    with pytest.raises(Conflict, match=r"tick of its own: \.vscode/tasks\.json"):
        await database.write(grant, run.id, yes(accept_flags=(".gitmodules",)))
    assert await status(database, run.id) == "WAITING"
    accepted = yes(accept_flags=(".vscode/tasks.json", ".gitmodules"))
    assert (await database.write(grant, run.id, accepted)).status == "GRANTED"


async def test_the_same_answer_twice_changes_nothing_and_another_one_is_refused(
    database: Database, suspend: Suspend
) -> None:
    run = await suspend()
    first = await database.write(grant, run.id, yes())
    before = await types(database, run.id)
    assert await database.write(grant, run.id, yes(comment="again", decided_by="bob")) == first
    for other in (no(), no(revise=True)):
        with pytest.raises(Conflict, match="is GRANTED by local at"):
            await database.write(reject, run.id, other)
    with pytest.raises(Conflict, match="was named"):
        await database.write(grant, run.id, yes(diff_sha=OTHER_SHA))
    assert await types(database, run.id) == before


async def test_of_two_who_decide_at_once_exactly_one_wins(database: Database, suspend: Suspend) -> None:
    for _ in range(5):
        run = await suspend()
        results = await asyncio.gather(
            database.write(grant, run.id, yes()),
            database.write(reject, run.id, no(revise=True)),
            database.write(cancel, run.id, None),
            return_exceptions=True,
        )
        refused = [result for result in results if isinstance(result, Exception)]
        assert all(isinstance(result, Conflict) for result in refused)
        decided = [
            event for event in await types(database, run.id) if event in {"APPROVAL_GRANTED", "APPROVAL_REJECTED"}
        ]
        assert len(decided) <= 1
        assert (await question(database, run.id)).status != "OPEN"


async def test_a_rejection_cancels_the_run_with_the_comment(database: Database, suspend: Suspend) -> None:
    run = await suspend()
    await database.write(reject, run.id, no())
    assert (await types(database, run.id))[-2:] == ["APPROVAL_REJECTED", "RUN_CANCELLED"]
    page = await database.read(events_after, run.id, 4, 10)
    assert json.loads(page.events[-1][1])["payload"]["reason"] == "not like this"
    assert page.is_the_end


async def test_a_rejection_to_revise_sends_the_comment_back(
    database: Database, suspend: Suspend, claim_runs: Claim
) -> None:
    run = await suspend()
    await database.write(reject, run.id, no(revise=True))
    [again] = await claim_runs()
    told = (await database.read(decided_questions, run.id))["approve/1"]
    assert (told.status, told.revise, told.comment) == ("REJECTED", True, "not like this")
    assert await database.write_together(write_held, suspending(again, asked("approve/2", diff_sha=OTHER_SHA)))
    assert (await database.write(grant, run.id, yes(diff_sha=OTHER_SHA))).key == "approve/2"


async def test_an_input_is_given_and_not_approved(database: Database, suspend: Suspend) -> None:
    run = await suspend(kind=ApprovalKind.INPUT, diff_sha=None)
    with pytest.raises(Conflict, match="cannot be approved"):
        await database.write(grant, run.id, yes(diff_sha=None))
    assert (await database.write(answer, run.id, "blue", "local")).text == "blue"
    assert (await database.write(answer, run.id, "blue", "local")).text == "blue"
    with pytest.raises(Conflict, match="is ANSWERED by local"):
        await database.write(answer, run.id, "red", "local")
    other = await suspend()
    with pytest.raises(Conflict, match="not for an input"):
        await database.write(answer, other.id, "blue", "local")


async def test_a_question_can_be_named_and_must_be_of_the_run(database: Database, suspend: Suspend) -> None:
    first, second = await suspend(), await suspend()
    of_second = (await question(database, second.id)).id
    with pytest.raises(NotFound, match=f"run {first.id} has no approval {of_second}"):
        await database.write(grant, first.id, yes(), of_second)
    with pytest.raises(NotFound, match="run 999 does not exist"):
        await database.write(grant, 999, yes())
    assert (await database.write(grant, second.id, yes(), of_second)).id == of_second


async def test_a_run_that_has_asked_nothing_cannot_be_answered(database: Database, queue: Queue) -> None:
    run_id = await queue()
    with pytest.raises(NotFound, match=f"run {run_id} has asked nothing"):
        await database.write(grant, run_id, yes())


async def test_a_question_expires_by_the_clock_of_the_database(
    database: Database, suspend: Suspend, claim_runs: Claim, clock: HandClock
) -> None:
    run, patient = await suspend(expires_in_seconds=60), await suspend()
    clock.advance(59)
    assert await database.write(lapse) == []
    clock.advance(1)
    with pytest.raises(Conflict, match="has expired at"):
        await database.write(grant, run.id, yes())
    assert await database.write(lapse) == [run.id]
    assert await database.write(lapse) == []
    assert [again.id for again in await claim_runs(slots=5)] == [run.id]
    told = (await database.read(decided_questions, run.id))["approve/1"]
    assert (told.status, told.decided_by) == ("EXPIRED", "nobody")
    assert await status(database, patient.id) == "WAITING"


async def test_cancelling_a_run_that_waits_voids_its_question(database: Database, suspend: Suspend) -> None:
    run = await suspend(expires_in_seconds=0.5)
    assert await database.write(cancel, run.id, "enough") == "CANCELLED"
    assert (await question(database, run.id)).status == "VOID"
    with pytest.raises(Conflict, match="is VOID by nobody"):
        await database.write(grant, run.id, yes())
    assert await database.write(lapse) == []


@pytest.mark.parametrize("end", ["cancel", "reject", "expire"])
async def test_a_run_that_is_queued_again_asks_anew_what_nobody_has_granted(
    database: Database, suspend: Suspend, claim_runs: Claim, clock: HandClock, end: str
) -> None:
    run = await suspend(expires_in_seconds=60)
    if end == "expire":
        clock.advance(60)
        await database.write(lapse)
        [again] = await claim_runs()
        failed = Ending(move=FAIL, event=new_event(RunFailed(error="expired", attempt=1)), error="expired")
        await database.write_together(write_held, HeldWrite(run_id=run.id, fence=2, number=1, ending=failed))
    elif end == "reject":
        await database.write(reject, run.id, no())
    else:
        await database.write(cancel, run.id, None)
    await database.write(rerun, run.id, 3)
    [again] = await claim_runs()
    assert await database.read(decided_questions, run.id) == {}
    assert await database.write_together(write_held, suspending(again, asked())) is SUSPEND
    assert (await database.write(grant, run.id, yes())).status == "GRANTED"


async def test_what_was_granted_still_holds_when_the_run_is_queued_again(
    database: Database, suspend: Suspend, claim_runs: Claim
) -> None:
    run = await suspend()
    await database.write(grant, run.id, yes())
    [again] = await claim_runs()
    failed = Ending(move=FAIL, event=new_event(RunFailed(error="e", attempt=1)), error="e")
    await database.write_together(write_held, HeldWrite(run_id=run.id, fence=again.fence, number=1, ending=failed))
    await database.write(rerun, run.id, 3)
    assert set(await database.read(decided_questions, run.id)) == {"approve/1"}


async def test_questions_are_listed_newest_first_and_go_with_their_run(database: Database, suspend: Suspend) -> None:
    runs = [await suspend() for _ in range(3)]
    await database.write(reject, runs[0].id, no())
    opened = await database.read(list_approvals, status=ApprovalStatus.OPEN, run_id=None, after_id=None, limit=10)
    assert [record.run_id for record in opened] == [runs[2].id, runs[1].id]
    older = await database.read(list_approvals, status=None, run_id=None, after_id=opened[0].id, limit=1)
    assert [record.run_id for record in older] == [runs[1].id]
    await database.write(delete_final, runs[0].id)
    assert await database.read(list_approvals, status=None, run_id=runs[0].id, after_id=None, limit=10) == []


# ---- commit or cancel


@pytest.fixture
async def held(queue: Queue, claim_runs: Claim) -> ClaimedRun:
    await queue()
    [run] = await claim_runs()
    return run


async def test_after_the_commit_point_a_cancel_comes_too_late(
    database: Database, held: ClaimedRun, claim_runs: Claim, clock: HandClock
) -> None:
    assert await database.write(begin_commit, held.id, held.fence)
    assert await database.write(begin_commit, held.id, held.fence)
    with pytest.raises(Conflict, match=f"too late: run {held.id} is committing"):
        await database.write(cancel, held.id, None)
    clock.advance(31)
    await database.write(return_lost, [])  # its commit may be there already
    with pytest.raises(Conflict, match="too late"):
        await database.write(cancel, held.id, None)
    [again] = await claim_runs()
    ending = Ending(move=COMPLETE, event=new_event(RunCompleted()), result="{}")
    done = HeldWrite(run_id=held.id, fence=again.fence, number=1, ending=ending, events=(new_event(Log(message="x")),))
    assert await database.write_together(write_held, done) is COMPLETE
    with pytest.raises(IllegalMove):
        await database.write(cancel, held.id, None)


async def test_after_a_cancel_there_is_no_commit_point(database: Database, held: ClaimedRun) -> None:
    await database.write(cancel, held.id, None)
    assert not await database.write(begin_commit, held.id, held.fence)


async def test_of_a_cancel_and_a_commit_at_once_exactly_one_wins(
    database: Database, queue: Queue, claim_runs: Claim
) -> None:
    for _ in range(10):
        await queue()
    for run in await claim_runs(slots=10):
        may_commit, cancelled = await asyncio.gather(
            database.write(begin_commit, run.id, run.fence),
            database.write(cancel, run.id, None),
            return_exceptions=True,
        )
        assert may_commit == isinstance(cancelled, Conflict)


async def test_who_lost_the_lease_reaches_no_commit_point(
    database: Database, held: ClaimedRun, claim_runs: Claim, clock: HandClock
) -> None:
    clock.advance(31)
    await database.write(return_lost, [])
    for _ in range(2):
        with pytest.raises(LeaseLost):
            await database.write(begin_commit, held.id, held.fence)
        await claim_runs()
    assert await database.write(cancel, held.id, None) == "RUNNING"
