"""What a worker writes on a run it holds: all of it under the fence, or nothing.

One UPDATE serves all runs of a worker that write at the same moment, and all kinds of writes are this one: events,
finished steps, progress, usage, and at last the move that ends the attempt.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import BigInteger, Float, Integer, Text, bindparam, func, select, update
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.types import TypeEngine

from agent_runner.domain.artifact import NewArtifact
from agent_runner.domain.events import NewEvent, RunCancelled, new_event
from agent_runner.domain.run import COMPLETE, RELEASE, RETRY, STOP, SUSPEND, Move, RunStatus
from agent_runner.errors import LeaseLost
from agent_runner.store.approvals import Asked, open_question
from agent_runner.store.artifacts import put_artifacts
from agent_runner.store.batch import parameter_rows
from agent_runner.store.events import insert_events
from agent_runner.store.runs import has_status, may_start, moved_columns
from agent_runner.store.session import WriteSession
from agent_runner.store.steps import FinishedStep, forget_copied_steps, insert_steps
from agent_runner.store.stored_time import STORED_TIME, UtcDateTime
from agent_runner.store.tables import runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What was consumed since the last write. `estimated_calls`: of how many the server did not say the tokens."""

    model_calls: int = 0
    estimated_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How an attempt ends: the move, its event, and what it leaves on the run. `result` is JSON text."""

    move: Move
    event: NewEvent
    result: str | None = None
    error: str | None = None
    delay_seconds: float = 0.0
    """A RETRY waits this long."""
    active_seconds: float = 0.0
    asks: Asked | None = None
    """A SUSPEND asks this. Its event is completed with the number that the approval is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldWrite:
    """One write on one held run. None means: leave as it is. `number` counts 1, 2, 3 … within the claim."""

    run_id: int
    fence: int
    number: int
    events: tuple[NewEvent, ...] = ()
    steps: tuple[FinishedStep, ...] = ()
    forgotten_steps: frozenset[str] = frozenset()
    """Keys of copied steps that a fork does again."""
    artifacts: tuple[NewArtifact, ...] = ()
    iteration: int | None = None
    progress: float | None = None
    current_agent: str | None = None
    last_message: str | None = None
    usage: Usage = field(default_factory=Usage)
    ending: Ending | None = None

    @property
    def claim(self) -> tuple[int, int]:
        """A worker that lost a run and claimed it again may still write for both claims at once."""
        return self.run_id, self.fence

    def all_events(self) -> tuple[NewEvent, ...]:
        return self.events if self.ending is None else (*self.events, self.ending.event)


_COLUMNS: Final[Mapping[str, TypeEngine[Any]]] = {
    "run_id": BigInteger(),
    "fence": BigInteger(),
    "number": BigInteger(),
    "event_count": BigInteger(),
    "iteration": Integer(),
    "progress": Float(),
    "current_agent": Text(),
    "last_message": Text(),
    "model_calls": Integer(),
    "estimated_calls": Integer(),
    "input_tokens": BigInteger(),
    "output_tokens": BigInteger(),
    "cost_usd": Float(),
    "result": Text(),
    "error": Text(),
    "available_at": UtcDateTime(),
    "active_seconds": Float(),
}


_NOW: Final = bindparam("now", type_=UtcDateTime())


def write_held(session: WriteSession, writes: Sequence[HeldWrite]) -> Sequence[Move | Exception | None]:
    """Writes for many held runs at once, at most one write per claim.

    Answers per write: the move that was made, None without one, or LeaseLost when the run is no longer the writer's.
    A run that is asked to cancel is stopped, whatever its ending was meant to be: an acknowledged cancel never ends
    COMPLETED, and no way back into the queue passes by it. A write that is already there is not written again, so a
    caller that never heard the answer may ask once more.
    """
    by_move: defaultdict[Move | None, list[HeldWrite]] = defaultdict(list)
    for write in writes:
        by_move[write.ending.move if write.ending else None].append(write)
    answers: dict[tuple[int, int], Move | Exception | None] = {}
    for move, group in by_move.items():
        answers |= _write_alike(session, move, group)
    return [answers[write.claim] for write in writes]


def _write_alike(
    session: WriteSession, move: Move | None, group: list[HeldWrite]
) -> dict[tuple[int, int], Move | Exception | None]:
    parameters = {"rows": json.dumps([_as_row(session, write) for write in group]), "now": session.now}
    last_event_ids = {
        (row.id, row.fence): row.last_event_id for row in session.execute(_statement(session.dialect, move), parameters)
    }
    written = [_with_question(session, write) for write in group if write.claim in last_event_ids]
    insert_events(
        session,
        (
            (write.run_id, event_id, event)
            for write in written
            for event_id, event in enumerate(
                write.all_events(), start=last_event_ids[write.claim] - len(write.all_events()) + 1
            )
        ),
    )
    for write in written:
        forget_copied_steps(session, write.run_id, write.forgotten_steps)
    insert_steps(session, ((write.run_id, write.fence, step) for write in written for step in write.steps))
    put_artifacts(session, ((write.run_id, artifact) for write in written for artifact in write.artifacts))
    session.ring.work |= bool(written) and move in {RETRY, RELEASE}
    answers: dict[tuple[int, int], Move | Exception | None] = {write.claim: move for write in written}
    for write in group:
        if write.claim not in last_event_ids:
            answers[write.claim] = _refused(session, write)
    return answers


def _with_question(session: WriteSession, write: HeldWrite) -> HeldWrite:
    """A write that suspends its run opens the approval, and its event says which."""
    if write.ending is None or write.ending.asks is None:
        return write
    asks = write.ending.asks
    event = asks.event(open_question(session, write.run_id, asks))
    return replace(write, ending=replace(write.ending, event=event))


def _refused(session: WriteSession, write: HeldWrite) -> Move | Exception | None:
    """Why the guard let a write not pass: it is there already, a cancel comes first, or the lease is lost."""
    row = session.first(
        select(runs.c.status, runs.c.fence, runs.c.write_number, runs.c.cancel_requested_at).where(
            runs.c.id == write.run_id
        )
    )
    if row is None or row.fence != write.fence:
        return _lost(write)
    if row.write_number == write.number:
        return _move_to(RunStatus(row.status), write)
    is_stopped = write.ending is not None and write.ending.move is STOP
    if row.status == RunStatus.RUNNING and row.cancel_requested_at is not None and write.ending and not is_stopped:
        stop = replace(write.ending, move=STOP, event=new_event(RunCancelled()), result=None, error=None, asks=None)
        return _write_alike(session, STOP, [replace(write, ending=stop)])[write.claim]
    return _lost(write)


def _move_to(status: RunStatus, write: HeldWrite) -> Move | None:
    """The move that an earlier, unanswered try of this very write made."""
    if write.ending is None:
        return None
    return STOP if status is RunStatus.CANCELLED else write.ending.move


def _lost(write: HeldWrite) -> LeaseLost:
    return LeaseLost(f"run {write.run_id} is no longer held under fence {write.fence}")


def _as_row(session: WriteSession, write: HeldWrite) -> dict[str, Any]:
    row: dict[str, Any] = {
        "run_id": write.run_id,
        "fence": write.fence,
        "number": write.number,
        "event_count": len(write.all_events()),
        "iteration": write.iteration,
        "progress": write.progress,
        "current_agent": write.current_agent,
        "last_message": write.last_message,
        "model_calls": write.usage.model_calls,
        "estimated_calls": write.usage.estimated_calls,
        "input_tokens": write.usage.input_tokens,
        "output_tokens": write.usage.output_tokens,
        "cost_usd": write.usage.cost_usd,
    }
    if write.ending:
        until = session.now + timedelta(seconds=write.ending.delay_seconds)
        row |= {
            "result": write.ending.result,
            "error": write.ending.error,
            "available_at": until.strftime(STORED_TIME),
            "active_seconds": write.ending.active_seconds,
        }
    return row


@lru_cache
def _statement(dialect: str, move: Move | None) -> ReturningUpdate[*tuple[Any, ...]]:
    """The guarded UPDATE for all writes that end in `move`, or that go on."""
    row = parameter_rows(dialect, _COLUMNS).c
    columns: dict[str, Any] = {
        "write_number": row.number,
        "iteration": func.coalesce(row.iteration, runs.c.iteration),
        "progress": func.coalesce(row.progress, runs.c.progress),
        "current_agent": func.coalesce(row.current_agent, runs.c.current_agent),
        "last_message": func.coalesce(row.last_message, runs.c.last_message),
    }
    for counter in ("model_calls", "estimated_calls", "input_tokens", "output_tokens", "cost_usd"):
        columns[counter] = runs.c[counter] + row[counter]
    held = [runs.c.id == row.run_id, runs.c.fence == row.fence, runs.c.write_number == row.number - 1]
    if move is None:
        columns["last_event_id"] = runs.c.last_event_id + row.event_count
        held.append(has_status(RunStatus.RUNNING))
    else:
        columns |= moved_columns(move, event_count=row.event_count) | _left_behind(move, row)
        held.append(may_start(move))
        if move is not STOP:
            held.append(runs.c.cancel_requested_at.is_(None))
    return update(runs).where(*held).values(**columns).returning(runs.c.id, runs.c.fence, runs.c.last_event_id)


def _left_behind(move: Move, row: Any) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "result": row.result,
        "error": row.error,
        "active_seconds": runs.c.active_seconds + row.active_seconds,
    }
    if move is COMPLETE:
        columns["progress"] = 1.0
    if move is RETRY:
        columns |= {"available_at": row.available_at, "is_due": row.available_at <= _NOW}
    if move in {RELEASE, SUSPEND}:
        columns |= {"attempt": runs.c.attempt - 1, "error": runs.c.error}
    if move is RELEASE:
        columns |= {"available_at": _NOW, "is_due": True}
    return columns


_COMMITTING: Final = (
    update(runs)
    .where(
        runs.c.id == bindparam("run_id"),
        runs.c.fence == bindparam("held_under"),
        has_status(RunStatus.RUNNING),
        runs.c.cancel_requested_at.is_(None),
    )
    .values(committing_at=func.coalesce(runs.c.committing_at, _NOW))
    .returning(runs.c.id)
)


def begin_commit(session: WriteSession, run_id: int, fence: int) -> bool:
    """Decides between a commit and a cancel: from here on no cancel is taken. False when one came first.

    Raises LeaseLost. Asking again changes nothing.
    """
    parameters = {"run_id": run_id, "held_under": fence, "now": session.now}
    if session.execute(_COMMITTING, parameters).first() is not None:
        return True
    row = session.first(select(runs.c.status, runs.c.fence).where(runs.c.id == run_id))
    if row is None or row.fence != fence or row.status != RunStatus.RUNNING:
        raise LeaseLost(f"run {run_id} is no longer held under fence {fence}")
    return False
