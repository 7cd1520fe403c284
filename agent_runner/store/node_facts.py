"""What the rows of a run tell of the nodes of its graph."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, func, or_, select

from agent_runner.domain.events import EventType
from agent_runner.domain.graph_life import TOLD, Fact
from agent_runner.store.session import ReadSession
from agent_runner.store.steps import COPIED
from agent_runner.store.tables import events, steps

_LAST_MESSAGES: Final = (
    select(func.max(events.c.event_id))
    .where(events.c.run_id == bindparam("run_id"), events.c.type == EventType.MESSAGE)
    .group_by(events.c.agent_role)
)
_FACTS: Final = (
    select(events.c.type, events.c.created_at, events.c.agent_role, events.c.payload)
    .where(
        events.c.run_id == bindparam("run_id"),
        or_(events.c.type.in_(sorted(TOLD - {EventType.MESSAGE})), events.c.event_id.in_(_LAST_MESSAGES)),
    )
    .order_by(events.c.event_id)
)
_COPIED: Final = (
    select(steps.c.finished_at, steps.c.output)
    .where(steps.c.run_id == bindparam("run_id"), steps.c.fence == COPIED)
    .order_by(steps.c.position)
)


def node_facts(session: ReadSession, run_id: int) -> Sequence[Fact]:
    """In their order. Messages may be many and long: of those, each agent's last one."""
    told = [
        Fact(EventType(row.type), row.created_at, row.agent_role, json.loads(row.payload))
        for row in session.rows(_FACTS, run_id=run_id)
    ]
    return [*_kept(session, run_id), *told]


def _kept(session: ReadSession, run_id: int) -> Iterator[Fact]:
    """The answers that a fork has from the run it was made of, of which its own events say nothing."""
    for row in session.rows(_COPIED, run_id=run_id):
        reply: Any = json.loads(row.output)
        match reply:
            case {"node": str(node), "agent": str(), "text": str(text)}:
                payload = {"node": node, "message": text}
                yield Fact(EventType.AGENT_COMPLETE, row.finished_at, node, payload)
            case _:
                pass
