"""Every statement on `approvals`, the questions of runs. Whoever changes one has locked its run: run first, then this.

What a decision does to the run is in decisions.py.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, insert, literal_column, or_, select, update

from agent_runner.domain.approval import NOBODY, ApprovalStatus, Question
from agent_runner.domain.events import ApprovalRequested, NewEvent, new_event
from agent_runner.errors import NotFound
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.tables import approvals


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRecord:
    """A question and what became of it. `question` is the JSON text of domain.approval.Question."""

    id: int
    run_id: int
    key: str
    kind: str
    status: str
    question: str
    diff_sha: str | None
    comment: str | None
    revise: bool
    text: str | None
    decided_by: str | None
    asked_at: datetime
    expires_at: datetime | None
    decided_at: datetime | None


_COLUMNS: Final = [approvals.c[name] for name in ApprovalRecord.__dataclass_fields__]
_IS_OPEN: Final[ColumnElement[bool]] = approvals.c.status == literal_column("'OPEN'", approvals.c.status.type)
"""Spelled into the statement: a planner must see the value to know that a partial index fits."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on its way into the store, together with the move that suspends its run; `text` is its JSON."""

    key: str
    question: Question
    text: str

    def event(self, approval_id: int) -> NewEvent:
        """Raises InvalidInput when the question is too large to be an event."""
        asked = self.question
        return new_event(
            ApprovalRequested(
                approval_id=approval_id,
                key=self.key,
                kind=asked.kind,
                text=asked.text,
                diff=asked.diff,
                diff_sha=asked.diff_sha,
                flags=asked.flags,
                expires_in_seconds=asked.expires_in_seconds,
            )
        )


def open_question(session: WriteSession, run_id: int, asked: Asked) -> int:
    """Only for store/held.py, which has proved the fence. Returns the number of the approval."""
    seconds = asked.question.expires_in_seconds
    row: dict[Any, Any] = {
        approvals.c.run_id: run_id,
        approvals.c.key: asked.key,
        approvals.c.is_current: True,
        approvals.c.kind: asked.question.kind,
        approvals.c.status: ApprovalStatus.OPEN,
        approvals.c.question: asked.text,
        approvals.c.diff_sha: asked.question.diff_sha,
        approvals.c.revise: False,
        approvals.c.asked_at: session.now,
        approvals.c.expires_at: None if seconds is None else session.now + timedelta(seconds=seconds),
    }
    return session.execute(insert(approvals).values(row).returning(approvals.c.id)).scalar_one()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a question is closed with."""

    outcome: ApprovalStatus
    decided_by: str
    comment: str | None = None
    revise: bool = False
    text: str | None = None


def close_question(session: WriteSession, approval_id: int, verdict: Verdict) -> bool:
    """False when it is not open any more: of several who decide at once exactly one is told True."""
    columns: dict[Any, Any] = {
        approvals.c.status: verdict.outcome,
        approvals.c.comment: verdict.comment,
        approvals.c.revise: verdict.revise,
        approvals.c.text: verdict.text,
        approvals.c.decided_by: verdict.decided_by,
        approvals.c.decided_at: session.now,
    }
    closing = update(approvals).where(approvals.c.id == approval_id, _IS_OPEN).values(columns)
    return session.execute(closing).rowcount == 1


def void_question(session: WriteSession, run_id: int) -> None:
    """The run is cancelled while it waits: nobody need answer any more."""
    columns: dict[Any, Any] = {
        approvals.c.status: ApprovalStatus.VOID,
        approvals.c.decided_by: NOBODY,
        approvals.c.decided_at: session.now,
    }
    session.execute(update(approvals).where(approvals.c.run_id == run_id, _IS_OPEN).values(columns))


def ask_anew(session: WriteSession, run_id: int) -> None:
    """The run is queued again after it ended: what ended it is asked anew, what let it go on holds."""
    is_settled = or_(
        approvals.c.status.in_([ApprovalStatus.GRANTED, ApprovalStatus.ANSWERED]),
        (approvals.c.status == ApprovalStatus.REJECTED) & approvals.c.revise,
    )
    stale = update(approvals).where(approvals.c.run_id == run_id, approvals.c.is_current, ~is_settled)
    session.execute(stale.values(is_current=False))


def decided_questions(session: ReadSession, run_id: int) -> Mapping[str, ApprovalRecord]:
    """What a run was answered, by the key of the question; a further attempt goes on with it."""
    statement = select(*_COLUMNS).where(approvals.c.run_id == run_id, approvals.c.is_current, ~_IS_OPEN)
    return {record.key: record for record in session.records(ApprovalRecord, statement)}


def open_questions(session: ReadSession, run_ids: Collection[int]) -> Mapping[int, ApprovalRecord]:
    """The open question of each of these runs that has one."""
    statement = select(*_COLUMNS).where(approvals.c.run_id.in_(list(run_ids)), _IS_OPEN)
    return {record.run_id: record for record in session.records(ApprovalRecord, statement)}


def count_open(session: ReadSession) -> int:
    """How many questions wait for somebody."""
    row = session.first(select(func.count()).select_from(approvals).where(_IS_OPEN))
    return int(row[0]) if row else 0


def get_approval(session: ReadSession, run_id: int, approval_id: int | None) -> ApprovalRecord:
    """The approval of this number, or else the run's latest. Raises NotFound when the run has no such."""
    statement = select(*_COLUMNS).where(approvals.c.run_id == run_id).order_by(approvals.c.id.desc()).limit(1)
    if approval_id is not None:
        statement = statement.where(approvals.c.id == approval_id)
    found = session.record(ApprovalRecord, statement)
    if found is None:
        which = "has asked nothing" if approval_id is None else f"has no approval {approval_id}"
        raise NotFound(f"run {run_id} {which}", next_step=f"see GET /approvals?run_id={run_id}")
    return found


def latest_diff(session: ReadSession, run_id: int) -> ApprovalRecord | None:
    """The run's latest question that is about a diff, whether it is decided or not."""
    about = select(*_COLUMNS).where(approvals.c.run_id == run_id, approvals.c.diff_sha.is_not(None))
    return session.record(ApprovalRecord, about.order_by(approvals.c.id.desc()).limit(1))


def list_approvals(
    session: ReadSession, *, status: ApprovalStatus | None, run_id: int | None, after_id: int | None, limit: int
) -> Sequence[ApprovalRecord]:
    """Newest first; `after_id` is the last id of the page before."""
    statement = select(*_COLUMNS).order_by(approvals.c.id.desc()).limit(limit)
    if status is not None:
        statement = statement.where(_IS_OPEN if status is ApprovalStatus.OPEN else approvals.c.status == status)
    if run_id is not None:
        statement = statement.where(approvals.c.run_id == run_id)
    if after_id is not None:
        statement = statement.where(approvals.c.id < after_id)
    return session.records(ApprovalRecord, statement)
