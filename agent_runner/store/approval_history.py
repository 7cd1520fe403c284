"""What questions, their answers and commits may say: the invariants I9 and I10 as queries, for verify.py."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Subquery, and_, func, or_, select

from agent_runner.domain.approval import ApprovalStatus
from agent_runner.domain.events import EventType
from agent_runner.domain.run import RunStatus
from agent_runner.store.history import Check, of_payload
from agent_runner.store.runs import has_status
from agent_runner.store.tables import approvals, events, runs

_TOLD_BY: Final[Mapping[ApprovalStatus, EventType]] = {
    ApprovalStatus.GRANTED: EventType.APPROVAL_GRANTED,
    ApprovalStatus.REJECTED: EventType.APPROVAL_REJECTED,
    ApprovalStatus.ANSWERED: EventType.INPUT_RECEIVED,
    ApprovalStatus.EXPIRED: EventType.APPROVAL_EXPIRED,
}
"""The event of each decision; a cancel that voids a question is told as a cancel."""


def approval_checks(dialect: str) -> dict[str, Sequence[Check]]:
    return {
        "I9": [*_decisions(dialect), *_waiting(), _commits_of_something_else(dialect)],
        "I10": [_commits()],
    }


def _told(dialect: str, *kinds: EventType) -> Subquery:
    """The events of these kinds, with the approval and the diff they name."""
    said = of_payload(dialect, events.c.payload)
    return (
        select(
            events.c.run_id,
            events.c.event_id,
            events.c.type,
            said["approval_id"].as_integer().label("approval_id"),
            said["diff_sha"].as_string().label("diff_sha"),
        )
        .where(events.c.type.in_(kinds))
        .subquery()
    )


def _decisions(dialect: str) -> Sequence[Check]:
    told = _told(dialect, *_TOLD_BY.values())
    twice = (
        select(told.c.run_id, told.c.approval_id, func.count().label("number"))
        .group_by(told.c.run_id, told.c.approval_id)
        .having(func.count() > 1)
    )
    of_approval = and_(told.c.run_id == approvals.c.run_id, told.c.approval_id == approvals.c.id)
    fits = or_(*(and_(approvals.c.status == status, told.c.type == kind) for status, kind in _TOLD_BY.items()))
    row = select(approvals.c.run_id, approvals.c.id.label("approval_id"), approvals.c.status)
    untold = row.select_from(approvals.outerjoin(told, and_(of_approval, fits))).where(
        approvals.c.status.in_(list(_TOLD_BY)), told.c.run_id.is_(None)
    )
    otherwise = row.add_columns(told.c.type).select_from(approvals.join(told, of_approval)).where(~fits)
    asked = _told(dialect, EventType.APPROVAL_REQUESTED)
    unasked = row.select_from(
        approvals.outerjoin(asked, and_(asked.c.run_id == approvals.c.run_id, asked.c.approval_id == approvals.c.id))
    ).where(asked.c.run_id.is_(None))
    return [
        Check(twice, "its approval {approval_id} was decided {number} times"),
        Check(untold, "its approval {approval_id} is {status}, and no event says so"),
        Check(otherwise, "its approval {approval_id} is {status}, and was told as {type}"),
        Check(unasked, "its approval {approval_id} is {status}, and no event has asked it"),
    ]


def _waiting() -> Sequence[Check]:
    is_open = and_(approvals.c.run_id == runs.c.id, approvals.c.status == ApprovalStatus.OPEN)
    nothing_asked = (
        select(runs.c.id.label("run_id"))
        .select_from(runs.outerjoin(approvals, is_open))
        .where(has_status(RunStatus.WAITING), approvals.c.id.is_(None))
    )
    nobody_waits = (
        select(runs.c.id.label("run_id"), runs.c.status, approvals.c.id.label("approval_id"))
        .select_from(runs.join(approvals, is_open))
        .where(runs.c.status != RunStatus.WAITING)
    )
    return [
        Check(nothing_asked, "is WAITING, and asks nothing"),
        Check(nobody_waits, "is {status}, and its approval {approval_id} is open"),
    ]


def _commits_of_something_else(dialect: str) -> Check:
    """A commit that names an approval comes after it was granted, for the same diff."""
    commit, granted = _told(dialect, EventType.COMMIT_CREATED), _told(dialect, EventType.APPROVAL_GRANTED)
    allowed = and_(
        granted.c.run_id == commit.c.run_id,
        granted.c.approval_id == commit.c.approval_id,
        granted.c.diff_sha == commit.c.diff_sha,
        granted.c.event_id < commit.c.event_id,
    )
    statement: Any = (
        select(commit.c.run_id, commit.c.event_id, commit.c.approval_id, commit.c.diff_sha)
        .select_from(commit.outerjoin(granted, allowed))
        .where(commit.c.approval_id.is_not(None), granted.c.run_id.is_(None))
    )
    return Check(
        statement, "event {event_id} commits the diff {diff_sha}, which approval {approval_id} has not granted"
    )


def _commits() -> Check:
    statement = (
        select(events.c.run_id, func.count().label("number"))
        .where(events.c.type == EventType.COMMIT_CREATED)
        .group_by(events.c.run_id)
        .having(func.count() > 1)
    )
    return Check(statement, "has made {number} commits")
