"""What the events of a run may say: the invariants of a run's history as queries, for verify.py.

Which change may follow which is derived from MOVES, the one table of legal moves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import (
    JSON,
    ColumnElement,
    Executable,
    Subquery,
    and_,
    case,
    cast,
    func,
    or_,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.selectable import Select, TextualSelect

from agent_runner.domain.events import EventType
from agent_runner.domain.run import FINAL_STATUSES, MOVES, RunStatus
from agent_runner.store.runs import has_status
from agent_runner.store.steps import COPIED
from agent_runner.store.tables import events, runs, steps

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Check:
    """A query for what breaks an invariant, and the sentence about each row of it."""

    statement: Select[*tuple[Any, ...]] | TextualSelect
    sentence: str
    is_broken: Callable[[Said], bool] = lambda _: True
    """For what a query cannot say."""

    def limited(self, count: int) -> "Check":
        return replace(self, statement=self.statement.limit(count)) if isinstance(self.statement, Select) else self

    def asked(self, parameters: Said) -> Executable:
        return self.statement.params(dict(parameters)) if parameters else self.statement


_ASKED: Final = EventType.RUN_CANCEL_REQUESTED
_LEAVES: Final = {move.event: move.target for move in MOVES} | {_ASKED: RunStatus.RUNNING}
"""The status of a run after each event that can change it; being asked to cancel is no move, and only RUNNING is."""
_FIRST: Final = [move.event for move in MOVES if not move.sources]
_CHANGES: Final = sorted(_LEAVES)
_NOT_CHARGED: Final = [EventType.RUN_RELEASED, EventType.APPROVAL_REQUESTED]
_MOVED: Final = sorted({move.event for move in MOVES})


def _legal_pairs() -> Sequence[tuple[str, str]]:
    """Which change may follow which."""
    followers = {(status, move.event) for move in MOVES for status in move.sources} | {(RunStatus.RUNNING, _ASKED)}
    return sorted((before, after) for before, left in _LEAVES.items() for status, after in followers if left is status)


def _after(*statuses: RunStatus) -> Sequence[str]:
    """The events after which a run has one of these statuses."""
    return [event for event in _CHANGES if _LEAVES[event] in statuses]


def _changes() -> Subquery:
    """The events that change a run, each with the one before it."""
    before = func.lag(events.c.type).over(partition_by=events.c.run_id, order_by=events.c.event_id)
    return (
        select(events.c.run_id, events.c.event_id, events.c.type, events.c.payload, before.label("before"))
        .where(events.c.type.in_(_CHANGES))
        .subquery("changes")
    )


def _claims(dialect: str) -> Subquery:
    """Every claim of a run, with its fence and worker, and the fence of the claim before it."""
    change = _changes()
    fence = of_payload(dialect, change.c.payload)["fence"].as_integer()
    fence_before = func.lag(fence).over(partition_by=change.c.run_id, order_by=change.c.event_id)
    return (
        select(
            change.c.run_id,
            change.c.event_id,
            change.c.before,
            fence.label("fence"),
            func.coalesce(fence_before, 0).label("fence_before"),
        )
        .where(change.c.type == EventType.RUN_STARTED)
        .subquery("claims")
    )


def of_payload(dialect: str, payload: ColumnElement[str]) -> ColumnElement[Any]:
    """The payload is JSON text: PostgreSQL reads it after a cast, SQLite as it is."""
    return cast(payload, JSONB) if dialect == "postgresql" else type_coerce(payload, JSON)


def history_checks(dialect: str) -> dict[str, Sequence[Check]]:
    return {
        "I1": [_fold()],
        "I2": _moves()[0],
        "I3": [_numbers()],
        "I4": [*_fences(dialect), _written_while_not_held()],
        "I5": _moves()[1],
        "I7": _attempts(),
        "I8": _steps(dialect),
        "I11": _cancels(),
    }


def _last(kinds: Sequence[str]) -> Subquery:
    """The newest event of these kinds of each run."""
    newest = (
        select(events.c.run_id, func.max(events.c.event_id).label("event_id"))
        .where(events.c.type.in_(kinds))
        .group_by(events.c.run_id)
        .subquery("newest")
    )
    is_newest = and_(events.c.run_id == newest.c.run_id, events.c.event_id == newest.c.event_id)
    return (
        select(events.c.run_id, events.c.event_id, events.c.type, events.c.payload)
        .select_from(newest.join(events, is_newest))
        .subquery("last")
    )


def _fold() -> Check:
    last = _last(_MOVED)
    told = case(_LEAVES, value=last.c.type)
    statement = (
        select(runs.c.id.label("run_id"), runs.c.status, func.coalesce(told, "nothing").label("told"))
        .select_from(runs.outerjoin(last, last.c.run_id == runs.c.id))
        .where(or_(last.c.type.is_(None), told != runs.c.status))
    )
    return Check(statement, "is {status}, but its events lead to {told}")


def _moves() -> tuple[Sequence[Check], Sequence[Check]]:
    """What is wrong between statuses of a run under way, and what left a final one."""
    change = _changes()
    shown = select(change.c.run_id, change.c.event_id, change.c.type, change.c.before)
    illegal = tuple_(change.c.before, change.c.type).not_in(_legal_pairs())
    ended = change.c.before.in_(_after(*FINAL_STATUSES))
    first = and_(change.c.before.is_(None), change.c.type.not_in(_FIRST))
    return (
        [
            Check(shown.where(first), "its first change, event {event_id}, is {type}"),
            Check(shown.where(~ended, illegal), "event {event_id}, {type}, cannot follow {before}"),
        ],
        [Check(shown.where(ended, illegal), "was final by {before}, then came event {event_id}, {type}")],
    )


def _numbers() -> Check:
    counted = (
        select(
            events.c.run_id,
            func.count().label("number"),
            func.min(events.c.event_id).label("first"),
            func.max(events.c.event_id).label("last"),
        )
        .group_by(events.c.run_id)
        .subquery("counted")
    )
    statement = (
        select(runs.c.id.label("run_id"), runs.c.last_event_id, counted.c.number, counted.c.first, counted.c["last"])
        .select_from(runs.outerjoin(counted, counted.c.run_id == runs.c.id))
        .where(
            or_(
                counted.c.number.is_(None),
                counted.c.number != runs.c.last_event_id,
                counted.c["last"] != runs.c.last_event_id,
                counted.c.first != 1,
            )
        )
    )
    return Check(statement, "has {number} events from {first} to {last}, and counts {last_event_id}")


def _fences(dialect: str) -> Sequence[Check]:
    claim = _claims(dialect)
    returned = case((claim.c.before == EventType.RUN_LEASE_EXPIRED, 1), else_=0)
    rising = select(claim.c.run_id, claim.c.event_id, claim.c.fence, claim.c.fence_before).where(
        or_(claim.c.fence.is_(None), claim.c.fence <= claim.c.fence_before + returned)
    )
    highest = (
        select(claim.c.run_id, func.max(claim.c.fence).label("fence")).group_by(claim.c.run_id).subquery("highest")
    )
    behind = (
        select(runs.c.id.label("run_id"), runs.c.fence, highest.c.fence.label("claimed"))
        .select_from(runs.join(highest, highest.c.run_id == runs.c.id))
        .where(runs.c.fence < highest.c.fence)
    )
    last = _last([EventType.RUN_STARTED])
    said = of_payload(dialect, last.c.payload)
    owner, fence = said["worker"].as_string(), said["fence"].as_integer()
    owned = (
        select(
            runs.c.id.label("run_id"), runs.c.lease_owner, runs.c.fence, owner.label("worker"), fence.label("claimed")
        )
        .select_from(runs.join(last, last.c.run_id == runs.c.id))
        .where(has_status(RunStatus.RUNNING), or_(runs.c.lease_owner != owner, runs.c.fence > fence))
    )
    return [
        Check(rising, "was claimed under fence {fence} by event {event_id}, after fence {fence_before}"),
        Check(behind, "has fence {fence}, and was claimed under {claimed}"),
        Check(owned, "is held by {lease_owner} under {fence}, and was claimed by {worker} under {claimed}"),
    ]


def _written_while_not_held() -> Check:
    """Between an event that ends an attempt and the next claim, nobody may write."""
    ended, written = events.alias("ended"), events.alias("written")
    statement = (
        select(written.c.run_id, written.c.event_id, written.c.type, ended.c.type.label("before"))
        .select_from(
            ended.join(written, and_(written.c.run_id == ended.c.run_id, written.c.event_id == ended.c.event_id + 1))
        )
        .where(
            ended.c.type.in_(_after(*(status for status in RunStatus if status is not RunStatus.RUNNING))),
            written.c.type.not_in(_CHANGES),
        )
    )
    return Check(statement, "event {event_id}, {type}, was written after {before}, when nobody held the run")


def _attempts() -> Sequence[Check]:
    charged = case((events.c.type == EventType.RUN_STARTED, 1), else_=-1)
    counted = (
        select(events.c.run_id, func.sum(charged).label("number"))
        .where(events.c.type.in_([EventType.RUN_STARTED, *_NOT_CHARGED]))
        .group_by(events.c.run_id)
        .subquery("counted")
    )
    number = func.coalesce(counted.c.number, 0)
    differs = (
        select(runs.c.id.label("run_id"), runs.c.attempt, number.label("number"))
        .select_from(runs.outerjoin(counted, counted.c.run_id == runs.c.id))
        .where(runs.c.attempt != number)
    )
    over = select(runs.c.id.label("run_id"), runs.c.attempt, runs.c.max_attempts).where(
        runs.c.attempt > runs.c.max_attempts
    )
    return [
        Check(differs, "counts {attempt} attempts, and its events {number} charged claims"),
        Check(over, "is in attempt {attempt} of {max_attempts}"),
    ]


def _steps(dialect: str) -> Sequence[Check]:
    twice = (
        select(steps.c.run_id, steps.c.position, func.count().label("number"))
        .group_by(steps.c.run_id, steps.c.position)
        .having(func.count() > 1)
    )
    claim = _claims(dialect)
    forked = select(runs.c.id).where(runs.c.forked_from.is_not(None)).subquery("forked")
    by_nobody = (
        select(steps.c.run_id, steps.c.key, steps.c.fence)
        .select_from(steps.outerjoin(claim, and_(claim.c.run_id == steps.c.run_id, claim.c.fence == steps.c.fence)))
        .outerjoin(forked, forked.c.id == steps.c.run_id)
        .where(claim.c.run_id.is_(None), or_(steps.c.fence != COPIED, forked.c.id.is_(None)))
    )
    return [
        Check(twice, "{number} steps have the position {position}"),
        Check(by_nobody, "its step {key!r} was written under fence {fence}, which no claim had"),
    ]


def _cancels() -> Sequence[Check]:
    change = _changes()
    passed_by = select(change.c.run_id, change.c.event_id, change.c.type).where(
        change.c.before == _ASKED, change.c.type != EventType.RUN_CANCELLED
    )
    of_row = select(runs.c.id.label("run_id"), runs.c.status)
    kept = of_row.where(
        runs.c.cancel_requested_at.is_not(None),
        runs.c.status.not_in([RunStatus.RUNNING, RunStatus.CANCELLED]),
    )
    last = _last(_CHANGES)
    of_running = of_row.select_from(runs.join(last, last.c.run_id == runs.c.id)).where(has_status(RunStatus.RUNNING))
    return [
        Check(passed_by, "was asked to cancel, then came event {event_id}, {type}"),
        Check(kept, "is {status} with a cancel that nobody will heed"),
        Check(
            of_running.where(last.c.type == _ASKED, runs.c.cancel_requested_at.is_(None)),
            "was asked to cancel, and its row does not know it",
        ),
        Check(
            of_running.where(last.c.type != _ASKED, runs.c.cancel_requested_at.is_not(None)),
            "is asked to cancel, and no event says so",
        ),
        Check(
            of_row.where(runs.c.committing_at.is_not(None), runs.c.cancel_requested_at.is_not(None)),
            "is {status}: it has passed its commit point, and a cancel was taken",
        ),
        Check(
            of_row.where(has_status(RunStatus.CANCELLED), runs.c.committing_at.is_not(None)),
            "is CANCELLED, and had passed its commit point",
        ),
    ]
