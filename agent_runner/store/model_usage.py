"""What a run has consumed, by who asked and by which model answered, from what is recorded of its model calls."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from sqlalchemy import bindparam, select

from agent_runner.domain.events import EventType
from agent_runner.store.run_queries import RunRecord, get_run
from agent_runner.store.session import ReadSession
from agent_runner.store.tables import events

LEAST_COST: Final = 1e-9
"""In dollars. Sums of fractions differ by less, in whatever order they are made."""
_CALLS: Final = (
    select(events.c.agent_role, events.c.payload)
    .where(events.c.run_id == bindparam("run_id"), events.c.type == EventType.MODEL_CALL)
    .order_by(events.c.event_id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumed:
    """Of some model calls; `cached_calls` are those that a cache answered, `estimated_calls` those nobody counted."""

    model_calls: int = 0
    estimated_calls: int = 0
    cached_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0

    def __add__(self, other: "Consumed") -> "Consumed":
        mine, more = asdict(self), asdict(other)
        return Consumed(**{name: mine[name] + more[name] for name in mine})

    def without(self, other: "Consumed") -> "Consumed":
        mine, less = asdict(self), asdict(other)
        left = Consumed(**{name: mine[name] - less[name] for name in mine})
        return replace(left, cost_usd=0.0) if abs(left.cost_usd) < LEAST_COST else left


@dataclass(frozen=True, slots=True)
class UsageOfRun:
    """Both parts sum up to what the run has consumed. None is whoever is not named, and what no event tells."""

    run: RunRecord
    by_agent: Mapping[str | None, Consumed]
    by_model: Mapping[str | None, Consumed]


def usage_of_run(session: ReadSession, run_id: int) -> UsageOfRun:
    """Raises NotFound."""
    with session.snapshot():
        run = get_run(session, run_id)
        calls = [(row.agent_role, json.loads(row.payload)) for row in session.rows(_CALLS, run_id=run_id)]
    return UsageOfRun(
        run,
        by_agent=_parts(run, calls, lambda role, _: role),
        by_model=_parts(run, calls, lambda _, call: call["model"]),
    )


_Call = tuple[str | None, Mapping[str, Any]]


def _parts(
    run: RunRecord, calls: Sequence[_Call], key: Callable[[str | None, Mapping[str, Any]], str | None]
) -> Mapping[str | None, Consumed]:
    """In the order in which they first appear."""
    parts: dict[str | None, Consumed] = {}
    for role, call in calls:
        name = key(role, call)
        parts[name] = parts.get(name, Consumed()) + _consumed(call)
    told = sum(parts.values(), Consumed())
    all_of_it = Consumed(
        model_calls=run.model_calls,
        estimated_calls=run.estimated_calls,
        cached_calls=told.cached_calls,
        input_tokens=run.input_tokens,
        output_tokens=run.output_tokens,
        cost_usd=run.cost_usd,
        seconds=told.seconds,
    )
    untold = all_of_it.without(told)
    if untold != Consumed():
        parts[None] = parts.get(None, Consumed()) + untold
    return parts


def _consumed(call: Mapping[str, Any]) -> Consumed:
    return Consumed(
        model_calls=1,
        estimated_calls=int(call["estimated"]),
        cached_calls=int(call["cached"]),
        input_tokens=call["input_tokens"],
        output_tokens=call["output_tokens"],
        cost_usd=call["cost_usd"] or 0.0,
        seconds=call["duration_ms"] / 1000,
    )
