"""What people and time decide on the question of a waiting run: the approval and the run's move, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import literal_column, select

from agent_runner.domain.approval import NOBODY, ApprovalKind, ApprovalStatus, Question
from agent_runner.domain.budget import Reached, RunBudget
from agent_runner.domain.clock import to_wire
from agent_runner.domain.events import (
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRejected,
    InputReceived,
    Payload,
    RunCancelled,
)
from agent_runner.domain.run import ANSWER, CANCEL, GRANT, LAPSE, REJECT, Move, RunStatus
from agent_runner.errors import Conflict
from agent_runner.store.approvals import ApprovalRecord, Verdict, close_question, get_approval
from agent_runner.store.runs import has_status, move_run, status_of
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.tables import approvals, runs

SHOWN_TEXT: Final = 2000
"""So much of a comment or an input stands in the event; the whole is on the approval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Yes, to exactly this: `diff_sha` and `accept_flags` must name what the question holds."""

    decided_by: str
    diff_sha: str | None = None
    accept_flags: Sequence[str] = ()
    comment: str | None = None


def grant(session: WriteSession, run_id: int, wanted: Grant, approval_id: int | None = None) -> ApprovalRecord:
    """Lets the run go on. Raises NotFound, or Conflict for another diff, a flag not accepted, or a question decided.

    The same answer a second time changes nothing.
    """
    asked = _locked(session, run_id, approval_id)
    _check_diff(asked, wanted.diff_sha)
    verdict = Verdict(outcome=ApprovalStatus.GRANTED, decided_by=wanted.decided_by, comment=wanted.comment)
    if _is_said_already(asked, verdict):
        return asked
    if asked.kind == ApprovalKind.INPUT:
        raise Conflict(
            f"run {run_id} asks for an input, which cannot be approved",
            next_step=f"answer it with POST /runs/{run_id}/input",
        )
    _check_flags(asked, wanted.accept_flags)
    payload = ApprovalGranted(
        approval_id=asked.id,
        key=asked.key,
        decided_by=wanted.decided_by,
        comment=_shown(wanted.comment),
        diff_sha=asked.diff_sha,
    )
    columns = {"budget": _raised(session, asked)} if asked.kind == ApprovalKind.BUDGET else {}
    return _decide(session, asked, verdict, GRANT, payload, **columns)


def _raised(session: ReadSession, asked: ApprovalRecord) -> str | None:
    """What the run may consume from now on: as much again as it could at first, from what it has used."""
    [row] = session.rows(select(runs.c.budget).where(runs.c.id == asked.run_id))
    reached = Reached.asked_in(Question.model_validate_json(asked.question))
    return RunBudget.read(row.budget).raised(reached).text


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """No. With `revise` the agent tries again with the comment, without it the run is cancelled."""

    decided_by: str
    comment: str
    revise: bool = False


def reject(session: WriteSession, run_id: int, wanted: Rejection, approval_id: int | None = None) -> ApprovalRecord:
    """Raises NotFound, or Conflict for a question that was decided otherwise."""
    asked = _locked(session, run_id, approval_id)
    verdict = Verdict(
        outcome=ApprovalStatus.REJECTED,
        decided_by=wanted.decided_by,
        comment=wanted.comment,
        revise=wanted.revise,
    )
    if _is_said_already(asked, verdict):
        return asked
    if asked.kind == ApprovalKind.BUDGET and wanted.revise:
        raise Conflict(
            f"run {run_id} asks for a larger budget, which cannot be revised",
            next_step=f"approve it, or reject it without revise, which cancels run {run_id}",
        )
    payload = ApprovalRejected(
        approval_id=asked.id,
        key=asked.key,
        decided_by=wanted.decided_by,
        comment=_shown(wanted.comment),
        revise=wanted.revise,
    )
    decided = _decide(session, asked, verdict, REJECT, payload)
    if not wanted.revise:
        move_run(session, CANCEL, run_id, RunCancelled(reason=_shown(wanted.comment)))
    return decided


def answer(
    session: WriteSession, run_id: int, text: str, decided_by: str, approval_id: int | None = None
) -> ApprovalRecord:
    """Gives the agent what it asked for. Raises NotFound, or Conflict when the question wants another answer."""
    asked = _locked(session, run_id, approval_id)
    verdict = Verdict(outcome=ApprovalStatus.ANSWERED, decided_by=decided_by, text=text)
    if _is_said_already(asked, verdict):
        return asked
    if asked.kind != ApprovalKind.INPUT:
        raise Conflict(
            f"run {run_id} asks for a decision on {asked.kind}, not for an input",
            next_step=f"decide it with POST /runs/{run_id}/approve or POST /runs/{run_id}/reject",
        )
    payload = InputReceived(approval_id=asked.id, key=asked.key, decided_by=decided_by, text=text[:SHOWN_TEXT])
    return _decide(session, asked, verdict, ANSWER, payload)


def lapse(session: WriteSession) -> Sequence[int]:
    """Queues the runs whose question nobody answered in time: their agents are told. Returns their numbers.

    A run that somebody is just deciding is left to the next round.
    """
    late = session.rows(
        select(approvals.c.id, approvals.c.run_id, approvals.c.key)
        .select_from(approvals.join(runs, runs.c.id == approvals.c.run_id))
        .where(
            approvals.c.status == literal_column("'OPEN'", approvals.c.status.type),
            approvals.c.expires_at <= session.now,
            has_status(RunStatus.WAITING),
        )
        .order_by(approvals.c.run_id)
        .with_for_update(of=runs, skip_locked=True)
    )
    verdict = Verdict(outcome=ApprovalStatus.EXPIRED, decided_by=NOBODY)
    lapsed = [row for row in late if close_question(session, row.id, verdict)]
    for row in lapsed:
        _go_on(session, LAPSE, row.run_id, ApprovalExpired(approval_id=row.id, key=row.key))
    return [row.run_id for row in lapsed]


def _locked(session: WriteSession, run_id: int, approval_id: int | None) -> ApprovalRecord:
    status_of(session, run_id, lock=True)
    return get_approval(session, run_id, approval_id)


def _is_said_already(asked: ApprovalRecord, verdict: Verdict) -> bool:
    """Raises Conflict when the question is closed with another answer."""
    if asked.status == ApprovalStatus.OPEN:
        return False
    if (asked.status, asked.revise, asked.text) == (verdict.outcome, verdict.revise, verdict.text):
        return True
    moment = "" if asked.decided_at is None else f" at {to_wire(asked.decided_at)}"
    raise Conflict(
        f"approval {asked.id} of run {asked.run_id} is {asked.status} by {asked.decided_by}{moment}",
        next_step=f"see GET /runs/{asked.run_id}",
    )


def _check_diff(asked: ApprovalRecord, named: str | None) -> None:
    if asked.diff_sha == named:
        return
    if asked.diff_sha is None:
        raise Conflict(f"approval {asked.id} of run {asked.run_id} is about no diff, and {named} was named")
    said = "no diff_sha was named" if named is None else f"{named} was named"
    raise Conflict(
        f"run {asked.run_id} asks to approve the diff {asked.diff_sha}, and {said}",
        next_step=f"look at GET /runs/{asked.run_id}/diff and name its diff_sha",
    )


def _check_flags(asked: ApprovalRecord, accepted: Sequence[str]) -> None:
    left = [flag for flag in Question.model_validate_json(asked.question).flags if flag not in accepted]
    if left:
        raise Conflict(
            f"approval {asked.id} of run {asked.run_id} touches what needs a tick of its own: {', '.join(left)}",
            next_step="name each of them in accept_flags",
        )


def _decide(
    session: WriteSession, asked: ApprovalRecord, verdict: Verdict, move: Move, payload: Payload, **columns: Any
) -> ApprovalRecord:
    if asked.expires_at is not None and asked.expires_at <= session.now:
        raise Conflict(f"approval {asked.id} of run {asked.run_id} has expired at {to_wire(asked.expires_at)}")
    if not close_question(session, asked.id, verdict):
        raise Conflict(f"approval {asked.id} of run {asked.run_id} was decided just now")
    _go_on(session, move, asked.run_id, payload, **columns)
    return get_approval(session, asked.run_id, asked.id)


def _go_on(session: WriteSession, move: Move, run_id: int, payload: Payload, **columns: Any) -> None:
    move_run(session, move, run_id, payload, available_at=session.now, is_due=True, **columns)
    session.ring.work = True


def _shown(text: str | None) -> str | None:
    return None if text is None else text[:SHOWN_TEXT]
