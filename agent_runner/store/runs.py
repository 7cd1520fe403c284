"""Every change of a run's status, and the claim (`claim_statement`).

A move is one guarded UPDATE, which also takes the number of its event from the run's row, plus that event, in one
transaction. The guard names the statuses that the move may start from. No other module assigns a status: what a worker
writes on a run it holds (held.py) and what the janitor returns (leases.py) go through `moved_columns` too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, case, delete, func, literal_column, not_, select, update
from sqlalchemy.sql.dml import ReturningUpdate, Update

from agent_runner.domain.events import Payload, RunCancelled, RunCancelRequested, RunRetried, RunStarted, new_event
from agent_runner.domain.run import ACTIVE_STATUSES, CANCEL, CLAIM, FINAL_STATUSES, RERUN, Move, RunStatus, why_illegal
from agent_runner.errors import Conflict, IllegalMove, NotFound
from agent_runner.store.approvals import ask_anew, void_question
from agent_runner.store.events import insert_events
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.tables import runs

_NOW: Final = bindparam("now", type_=runs.c.available_at.type)


def moved_columns(move: Move, *, event_count: Any = 1) -> dict[str, Any]:
    """What a move sets on the run's row, whoever makes it: status, event number, end and lease.

    Wants `now` bound to the session's clock when the move ends the run.
    """
    columns: dict[str, Any] = {"status": move.target, "last_event_id": runs.c.last_event_id + event_count}
    if move is not CLAIM:
        columns |= {"lease_owner": None, "lease_expires_at": None}
    if move.is_final:
        columns["completed_at"] = _NOW
    return columns


def has_status(*statuses: RunStatus) -> ColumnElement[bool]:
    """Spelled into the statement: a planner must see the value to know that a partial index fits."""
    spelled: list[ColumnElement[str]] = [literal_column(f"'{status}'") for status in sorted(statuses)]
    return runs.c.status == spelled[0] if len(spelled) == 1 else runs.c.status.in_(spelled)


def may_start(move: Move) -> ColumnElement[bool]:
    """The guard of a move: the run is in a status that the move may start from."""
    return has_status(*move.sources)


# ---- the claim


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimWanted:
    """What a worker asks for: up to `slots` runs, leased for `lease_seconds`; the rest is for the event.

    `only` is the one run that it wants, and may then have before its time has come.
    """

    worker_id: str
    model: str
    slots: int
    lease_seconds: float
    sandbox: str | None = None
    only: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedRun:
    """A run that this worker now owns, as long as its lease lasts and under this fence."""

    id: int
    fence: int
    attempt: int
    max_attempts: int
    goal: str
    agent: str
    input: str
    config: str
    project_id: int | None
    task_id: str | None
    time_limit_seconds: float
    active_seconds: float
    created_at: datetime
    forked_from: int | None = None
    model: str | None = None
    """None: the worker's own."""
    committing_at: datetime | None = None
    """When an earlier attempt has passed the commit point."""
    budget: str | None = None
    """JSON text, as `policy`."""
    policy: str | None = None
    composition: str | None = None
    """JSON text of a Composition, where its agent is a topology."""
    model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim found, most urgent first, and when it is worth to look again."""

    runs: Sequence[ClaimedRun]
    next_due_in: float | None
    """Seconds until the next delayed run becomes due; None when there is none."""


_CLAIMED: Final = (
    "id",
    "fence",
    "attempt",
    "max_attempts",
    "goal",
    "agent",
    "input",
    "config",
    "project_id",
    "task_id",
    "forked_from",
    "model",
    "policy",
    "composition",
)
_CLAIMED_TIMES: Final = ("time_limit_seconds", "active_seconds", "created_at", "committing_at")
_CLAIMED_USAGE: Final = ("budget", "model_calls", "input_tokens", "output_tokens", "cost_usd")


def claim_statement() -> ReturningUpdate[*tuple[Any, ...]]:
    """The claim query: the best due runs, in one statement.

    PostgreSQL skips rows that other workers are claiming. SQLite has one writer at a time and drops FOR UPDATE. The
    partial index `runs_due` has this order, so the cost grows neither with the finished nor with the delayed runs.
    """
    due = (
        select(runs.c.id)
        .where(has_status(RunStatus.QUEUED), runs.c.is_due)
        .order_by(runs.c.priority.desc(), runs.c.available_at, runs.c.id)
        .limit(bindparam("slots"))
        .with_for_update(skip_locked=True)
        .cte("due")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    return _claiming(runs.c.id.in_(select(due.c.id)))


def _claiming(which: ColumnElement[bool]) -> ReturningUpdate[*tuple[Any, ...]]:
    return (
        update(runs)
        .where(which, may_start(CLAIM))
        .values(
            **moved_columns(CLAIM),
            attempt=runs.c.attempt + 1,
            fence=runs.c.fence + 1,
            write_number=0,
            lease_owner=bindparam("worker_id"),
            lease_expires_at=bindparam("lease_until", type_=runs.c.lease_expires_at.type),
            started_at=func.coalesce(runs.c.started_at, _not_before_it_was_made()),
        )
        .returning(
            *(runs.c[name] for name in (*_CLAIMED, *_CLAIMED_TIMES, *_CLAIMED_USAGE)),
            runs.c.last_event_id,
            runs.c.priority,
            runs.c.available_at,
        )
    )


def _not_before_it_was_made() -> ColumnElement[datetime]:
    """On PostgreSQL a run may come between the look at the clock and the claim."""
    return case((runs.c.created_at > _NOW, runs.c.created_at), else_=_NOW)


_CLAIM: Final = claim_statement()
_CLAIM_ONE: Final = _claiming(runs.c.id == bindparam("only"))


MOST_MADE_DUE: Final = 1000


def make_due_statement() -> Update:
    """Runs whose time has come: noted on the row, so that a claim need not step over those whose time has not."""
    come = (
        select(runs.c.id)
        .where(has_status(RunStatus.QUEUED), not_(runs.c.is_due), runs.c.available_at <= _NOW)
        .order_by(runs.c.available_at)
        .limit(MOST_MADE_DUE)
        .with_for_update(skip_locked=True)
        .cte("come")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    return update(runs).where(runs.c.id.in_(select(come.c.id)), has_status(RunStatus.QUEUED)).values(is_due=True)


_MAKE_DUE: Final = make_due_statement()


def claim(session: WriteSession, wanted: ClaimWanted) -> Claimed:
    """The best due runs, now RUNNING and owned by this worker; none when nothing is due."""
    parameters: dict[str, Any] = {
        "now": session.now,
        "worker_id": wanted.worker_id,
        "lease_until": session.now + timedelta(seconds=wanted.lease_seconds),
    }
    if wanted.only is not None:
        return Claimed(_claimed(session, wanted, _CLAIM_ONE, parameters | {"only": wanted.only}), None)
    next_due_in = _seconds_until_due(session)
    if next_due_in is not None and next_due_in <= 0:
        session.execute(_MAKE_DUE, {"now": session.now})
        next_due_in = _seconds_until_due(session)
    return Claimed(_claimed(session, wanted, _CLAIM, parameters | {"slots": wanted.slots}), next_due_in)


def _claimed(
    session: WriteSession, wanted: ClaimWanted, statement: Update, parameters: Mapping[str, Any]
) -> Sequence[ClaimedRun]:
    rows = sorted(
        session.execute(statement, parameters).mappings(),
        key=lambda row: (-row["priority"], row["available_at"], row["id"]),
    )
    insert_events(
        session,
        (
            (
                row["id"],
                row["last_event_id"],
                new_event(
                    RunStarted(
                        attempt=row["attempt"],
                        worker=wanted.worker_id,
                        model=row["model"] or wanted.model,
                        sandbox=wanted.sandbox,
                        fence=row["fence"],
                    )
                ),
            )
            for row in rows
        ),
    )
    return [ClaimedRun(**{name: row[name] for name in (*_CLAIMED, *_CLAIMED_TIMES, *_CLAIMED_USAGE)}) for row in rows]


_NEXT_DUE: Final = select(func.min(runs.c.available_at, type_=runs.c.available_at.type)).where(
    has_status(RunStatus.QUEUED), not_(runs.c.is_due)
)


def _seconds_until_due(session: ReadSession) -> float | None:
    """How long until the next delayed run may be claimed; None when there is none.

    Not above 0 when its time has come and no claim has noticed yet.
    """
    row = session.first(_NEXT_DUE)
    return None if row is None or row[0] is None else (row[0] - session.now).total_seconds()


# ---- what people change


def move_run(session: WriteSession, move: Move, run_id: int, payload: Payload, **columns: Any) -> None:
    """Makes one move on one run. Raises NotFound or IllegalMove, and then nothing has changed."""
    statement = (
        update(runs)
        .where(runs.c.id == run_id, may_start(move))
        .values(**moved_columns(move), **columns)
        .returning(runs.c.last_event_id)
    )
    row = session.execute(statement, {"now": session.now}).first()
    if row is None:
        raise IllegalMove(why_illegal(run_id, move, status_of(session, run_id)))
    insert_events(session, [(run_id, row.last_event_id, new_event(payload))])


def status_of(session: ReadSession, run_id: int, *, lock: bool = False) -> RunStatus:
    """With `lock` it stays so until the transaction ends. On SQLite the only writer has nobody to lock out."""
    statement = select(runs.c.status).where(runs.c.id == run_id)
    row = session.first(statement.with_for_update() if lock else statement)
    if row is None:
        raise NotFound(f"run {run_id} does not exist")
    return RunStatus(row.status)


def cancel(session: WriteSession, run_id: int, reason: str | None) -> RunStatus:
    """Cancels at once a run that waits, and asks the worker of a running one to stop; asking twice changes nothing.

    Returns the status after it. Raises NotFound, IllegalMove for a run that is final, and Conflict for one that has
    reached its commit point: its commit may be there already.
    """
    status = status_of(session, run_id, lock=True)
    if status in ACTIVE_STATUSES and _is_committing(session, run_id):
        raise Conflict(f"too late: run {run_id} is committing", next_step=f"see GET /runs/{run_id}")
    if status is not RunStatus.RUNNING:
        move_run(session, CANCEL, run_id, RunCancelled(reason=reason))
        void_question(session, run_id)
        return RunStatus.CANCELLED
    statement = (
        update(runs)
        .where(runs.c.id == run_id, has_status(RunStatus.RUNNING), runs.c.cancel_requested_at.is_(None))
        .values(cancel_requested_at=session.now, last_event_id=runs.c.last_event_id + 1)
        .returning(runs.c.last_event_id)
    )
    row = session.execute(statement).first()
    if row is not None:
        insert_events(session, [(run_id, row.last_event_id, new_event(RunCancelRequested(reason=reason)))])
        session.ring.cancel = True
    return RunStatus.RUNNING


def is_asked_to_stop(session: ReadSession, run_id: int) -> bool:
    """Whether it is RUNNING, and only its worker has still to stop it."""
    row = session.first(select(runs.c.cancel_requested_at).where(runs.c.id == run_id, has_status(RunStatus.RUNNING)))
    return row is not None and row.cancel_requested_at is not None


def _is_committing(session: ReadSession, run_id: int) -> bool:
    row = session.first(select(runs.c.committing_at).where(runs.c.id == run_id))
    return row is not None and row.committing_at is not None


def rerun(session: WriteSession, run_id: int, attempts: int, **limits: Any) -> None:
    """Queues a FAILED or CANCELLED run again with so many further attempts; its finished steps are not repeated.

    `limits` are the columns `budget` and `time_limit_seconds`, as far as they change.
    """
    move_run(
        session,
        RERUN,
        run_id,
        RunRetried(),
        available_at=session.now,
        is_due=True,
        completed_at=None,
        cancel_requested_at=None,
        max_attempts=runs.c.attempt + attempts,
        active_seconds=0.0,
        result=None,
        error=None,
        **limits,
    )
    ask_anew(session, run_id)
    session.ring.work = True


def edit_queued(session: WriteSession, run_id: int, columns: dict[str, Any]) -> None:
    """Changes goal, priority or available_at of a run that is still queued. Raises NotFound or Conflict."""
    if "available_at" in columns:
        columns = {**columns, "is_due": columns["available_at"] <= session.now}
    statement = update(runs).where(runs.c.id == run_id, has_status(RunStatus.QUEUED)).values(**columns)
    if session.execute(statement).rowcount == 0:
        status = status_of(session, run_id)
        raise Conflict(f"run {run_id} is {status}: only a QUEUED run can be changed")
    session.ring.work = True


def delete_final(session: WriteSession, run_id: int) -> None:
    """Removes a finished run with its events, journal, approvals and artifacts. Raises NotFound or Conflict."""
    statement = delete(runs).where(runs.c.id == run_id, has_status(*FINAL_STATUSES))
    if session.execute(statement).rowcount == 0:
        status = status_of(session, run_id)
        raise Conflict(
            f"run {run_id} is {status}: only a final run can be deleted", next_step=f"POST /runs/{run_id}/cancel first"
        )
