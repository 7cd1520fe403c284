"""Every statement that reads or writes `events`."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import BigInteger, Text, and_, bindparam, insert, select
from sqlalchemy.sql.dml import Insert
from sqlalchemy.types import TypeEngine

from agent_runner.domain.clock import to_wire
from agent_runner.domain.events import NewEvent
from agent_runner.domain.run import FINAL_STATUSES, RunStatus
from agent_runner.errors import NotFound
from agent_runner.store.batch import parameter_rows
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.tables import events, runs

Numbered = tuple[int, int, NewEvent]
"""run_id, event_id, event: the number comes from the run's row, by the UPDATE that proves the right to write."""

_COLUMNS: Final[Mapping[str, TypeEngine[Any]]] = {
    "run_id": BigInteger(),
    "event_id": BigInteger(),
    "type": Text(),
    "agent_role": Text(),
    "payload": Text(),
}


@lru_cache
def _insert(dialect: str) -> Insert:
    """All rows as one parameter: SQLAlchemy then handles one value instead of six for every event."""
    row = parameter_rows(dialect, _COLUMNS).c
    now = bindparam("now", type_=events.c.created_at.type)
    return insert(events).from_select([*_COLUMNS, "created_at"], select(*(row[name] for name in _COLUMNS), now))


def insert_events(session: WriteSession, numbered: Iterable[Numbered]) -> None:
    """Only for those who number them: a move, or a write on a held run."""
    listed = list(numbered)
    rows = [
        {
            "run_id": run_id,
            "event_id": event_id,
            "type": event.type,
            "agent_role": event.agent_role,
            "payload": event.payload,
        }
        for run_id, event_id, event in listed
    ]
    if rows:
        session.execute(_insert(session.dialect), {"rows": json.dumps(rows), "now": session.now})
        session.ring.runs.update(run_id for run_id, _, _ in listed)


_AFTER: Final = (
    select(
        runs.c.status,
        runs.c.last_event_id,
        runs.c.task_id,
        events.c.event_id,
        events.c.created_at,
        events.c.agent_role,
        events.c.type,
        events.c.payload,
    )
    .select_from(runs.outerjoin(events, and_(events.c.run_id == runs.c.id, events.c.event_id > bindparam("since"))))
    .where(runs.c.id == bindparam("run_id"))
    .order_by(events.c.event_id)
    .limit(bindparam("limit"))
)


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events in their order, each as the JSON object that every reader gets."""

    run_id: int
    since: int
    events: Sequence[tuple[int, str]]
    """(event_id, JSON text)"""
    is_final: bool
    last_event_id: int

    @property
    def cursor(self) -> int:
        """The `since` of the next page."""
        return self.events[-1][0] if self.events else self.since

    @property
    def is_the_end(self) -> bool:
        """Nothing will follow this page: the run was final, and its last event is on the page or before it."""
        return self.is_final and self.cursor >= self.last_event_id


def events_after(session: ReadSession, run_id: int, since: int, limit: int) -> EventPage:
    """The events with event_id > since, and the run's state, of one moment. Raises NotFound without such a run."""
    rows = session.rows(_AFTER, run_id=run_id, since=since, limit=limit)
    if not rows:
        raise NotFound(f"run {run_id} does not exist", next_step="see GET /runs")
    state = rows[0]
    found = [
        (
            row.event_id,
            event_json(run_id, row.event_id, row.created_at, row.agent_role, row.type, row.payload, row.task_id),
        )
        for row in rows
        if row.event_id is not None
    ]
    return EventPage(run_id, since, found, RunStatus(state.status) in FINAL_STATUSES, state.last_event_id)


_NUMBERS: Final = select(runs.c.id, runs.c.last_event_id).where(runs.c.id.in_(bindparam("ids", expanding=True)))


def last_event_ids(session: ReadSession, run_ids: Collection[int]) -> Mapping[int, int]:
    """The number of the newest event of each of these runs; a run that does not exist is missing."""
    return {row.id: row.last_event_id for row in session.rows(_NUMBERS, ids=list(run_ids))}


def event_json(
    run_id: int,
    event_id: int,
    created_at: datetime,
    agent_role: str | None,
    kind: str,
    payload: str,
    task_id: str | None,
) -> str:
    """One event as every reader gets it. The stored payload is JSON text already and goes out as it is."""
    task = f'"task_id":"{task_id}",' if task_id else ""
    return (
        f'{{"event_id":{event_id},"run_id":{run_id},{task}"timestamp":"{to_wire(created_at)}",'
        f'"agent_role":{json.dumps(agent_role)},"event_type":"{kind}","payload":{payload}}}'
    )
