"""Renewing leases (the heartbeat) and taking back those of lost workers (the janitor)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Row, bindparam, select, update

from agent_runner.domain.events import Payload, RunCancelled, RunFailed, RunLeaseExpired, new_event
from agent_runner.domain.run import ABANDON, EXPIRE, STOP, Move, RunStatus
from agent_runner.store.events import insert_events
from agent_runner.store.runs import has_status, may_start, moved_columns
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.tables import runs
from agent_runner.store.workers import beat_worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A sign of life, for exactly the runs that the worker knows it holds: one it never heard of must expire."""

    worker_id: str
    run_ids: Collection[int]
    lease_seconds: float


@dataclass(frozen=True, slots=True)
class HeldRun:
    run_id: int
    is_cancel_requested: bool
    is_renewed: bool = True
    """False when somebody was just writing the run: it is still held, and wants another beat soon."""


_STILL_HELD: Final = (
    runs.c.lease_owner == bindparam("worker_id"),
    has_status(RunStatus.RUNNING),
    runs.c.id.in_(bindparam("run_ids", expanding=True)),
)
_FREE: Final = select(runs.c.id).where(*_STILL_HELD).with_for_update(skip_locked=True).cte("free")
_RENEW: Final = (
    update(runs)
    .where(runs.c.id.in_(select(_FREE.c.id)), *_STILL_HELD)
    .values(lease_expires_at=bindparam("lease_until", type_=runs.c.lease_expires_at.type))
    .returning(runs.c.id, runs.c.cancel_requested_at)
)
_HELD: Final = select(runs.c.id, runs.c.cancel_requested_at).where(*_STILL_HELD)


def renew(session: WriteSession, beat: Heartbeat) -> Sequence[HeldRun]:
    """Renews the leases and says which runs are still held; those that are missing are lost.

    It waits for no run: the worker's own writes hold several of them at once, and PostgreSQL would end one of two
    transactions that wait for each other.
    """
    beat_worker(session, beat.worker_id)
    if not beat.run_ids:
        return []
    held = {"worker_id": beat.worker_id, "run_ids": list(beat.run_ids)}
    until = session.now + timedelta(seconds=beat.lease_seconds)
    renewed = [
        HeldRun(row.id, row.cancel_requested_at is not None)
        for row in session.execute(_RENEW, {**held, "lease_until": until})
    ]
    if len(renewed) == len(beat.run_ids) or session.dialect == "sqlite":
        return renewed
    known = {run.run_id for run in renewed}
    return renewed + [
        HeldRun(row.id, row.cancel_requested_at is not None, is_renewed=False)
        for row in session.rows(_HELD, **held)
        if row.id not in known
    ]


def still_held(session: ReadSession, claims: Collection[tuple[int, int]]) -> Collection[tuple[int, int]]:
    """Of these claims (run_id, fence) those under which a run is RUNNING, whoever holds it."""
    wanted = runs.c.id.in_([run_id for run_id, _ in claims])
    rows = session.rows(select(runs.c.id, runs.c.fence).where(wanted, has_status(RunStatus.RUNNING)))
    return {(row.id, row.fence) for row in rows} & set(claims)


def not_ended(session: ReadSession, run_ids: Collection[int]) -> Collection[int]:
    """Of these runs those that are there and go on, or will."""
    wanted = runs.c.id.in_(run_ids)
    return {row.id for row in session.rows(select(runs.c.id).where(wanted, runs.c.completed_at.is_(None)))}


def return_lost(session: WriteSession, dead_workers: Collection[str]) -> Sequence[tuple[int, Move]]:
    """Takes back the runs whose lease has expired or whose worker is known to be dead.

    A pending cancel comes first, else the run would go on for ever. A run that has used up its attempts is abandoned.
    The fence is raised, so that a worker that was only paused writes nothing more. A run that somebody is just writing
    is left to the next round.
    """
    is_lost = runs.c.lease_expires_at < session.now
    if dead_workers:
        is_lost |= runs.c.lease_owner.in_(list(dead_workers))
    lost = session.rows(
        select(
            runs.c.id, runs.c.fence, runs.c.lease_owner, runs.c.attempt, runs.c.max_attempts, runs.c.cancel_requested_at
        )
        .where(has_status(RunStatus.RUNNING), is_lost)
        .order_by(runs.c.id)
        .with_for_update(skip_locked=True)
    )
    return [(row.id, move) for row in lost if (move := _return(session, row)) is not None]


def _return(session: WriteSession, row: Row[*tuple[Any, ...]]) -> Move | None:
    """None when the run was not lost any more."""
    move, payload = _what_becomes_of(row)
    columns: dict[str, Any] = {"fence": runs.c.fence + 1}
    if move is EXPIRE:
        columns |= {"available_at": session.now, "is_due": True}
    if isinstance(payload, RunFailed):
        columns["error"] = payload.error
    returned = session.execute(
        update(runs)
        .where(runs.c.id == row.id, runs.c.fence == row.fence, may_start(move))
        .values(**moved_columns(move), **columns)
        .returning(runs.c.last_event_id),
        {"now": session.now},
    ).first()
    if returned is None:
        return None
    insert_events(session, [(row.id, returned.last_event_id, new_event(payload))])
    session.ring.work |= move is EXPIRE
    return move


def _what_becomes_of(row: Row[*tuple[Any, ...]]) -> tuple[Move, Payload]:
    if row.cancel_requested_at is not None:
        return STOP, RunCancelled(reason="cancelled while its worker was lost")
    if row.attempt >= row.max_attempts:
        reason = f"the worker was lost in attempt {row.attempt} of {row.max_attempts}"
        return ABANDON, RunFailed(error=reason, attempt=row.attempt)
    return EXPIRE, RunLeaseExpired(worker=row.lease_owner, attempt=row.attempt)
