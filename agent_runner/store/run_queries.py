"""Reading runs: one, a page of many or their number, and why one does not run yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, false, func, or_, select, union_all

from agent_runner.domain.catalog import agents_with, host_of
from agent_runner.domain.clock import to_wire
from agent_runner.domain.run import FINAL_STATUSES, RunStatus
from agent_runner.errors import NotFound
from agent_runner.store.runs import has_status
from agent_runner.store.session import ReadSession
from agent_runner.store.tables import runs
from agent_runner.store.workers import host_reports, live_workers


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A run as it is. `input`, `config`, `budget`, `policy` and `result` are JSON text."""

    id: int
    project_id: int | None
    task_id: str | None
    goal: str
    agent: str
    model: str | None
    runner: str | None
    input: str
    config: str
    status: str
    priority: int
    attempt: int
    max_attempts: int
    time_limit_seconds: float
    budget: str | None
    policy: str | None
    fence: int
    last_event_id: int
    lease_owner: str | None
    cancel_requested_at: datetime | None
    iteration: int
    progress: float
    current_agent: str | None
    last_message: str | None
    result: str | None
    error: str | None
    model_calls: int
    estimated_calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    active_seconds: float
    created_at: datetime
    available_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    request_hash: str | None
    forked_from: int | None


_COLUMNS: Final = [runs.c[name] for name in RunRecord.__dataclass_fields__]


def composition_of(session: ReadSession, run_id: int) -> str | None:
    """JSON text of the topology that the run is, with all that it is made of; None for every other agent."""
    found = session.first(select(runs.c.composition).where(runs.c.id == run_id))
    return None if found is None else found.composition


def get_run(session: ReadSession, run_id: int) -> RunRecord:
    found = session.record(RunRecord, select(*_COLUMNS).where(runs.c.id == run_id))
    if found is None:
        raise NotFound(f"run {run_id} does not exist", next_step="see GET /runs")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Which runs are meant; what is None or empty is left open. `text` is looked for in the goal, whatever its case."""

    statuses: frozenset[RunStatus] = frozenset()
    project_id: int | None = None
    task_id: str | None = None
    agent: str | None = None
    runner: str | None = None
    text: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    newer_than: int | None = None
    """Only those with a greater id."""
    is_asked_to_stop: bool | None = None
    is_nobody: bool = False
    """Nothing is meant, whatever else it says."""


def list_runs(session: ReadSession, wanted: RunFilter, *, after_id: int | None, limit: int) -> Sequence[RunRecord]:
    """Newest first; `after_id` is the last id of the page before."""
    statement = select(*_COLUMNS).where(*conditions(session, wanted)).order_by(runs.c.id.desc()).limit(limit)
    if after_id is not None:
        statement = statement.where(runs.c.id < after_id)
    return session.records(RunRecord, statement)


def run_ids(session: ReadSession, wanted: RunFilter, limit: int) -> Sequence[int]:
    """Newest first."""
    statement = select(runs.c.id).where(*conditions(session, wanted)).order_by(runs.c.id.desc()).limit(limit)
    return [row.id for row in session.rows(statement)]


def count_runs(session: ReadSession, wanted: RunFilter, most: int) -> int:
    """How many there are, but not more than `most`: where many match, the newest of them are looked through at most."""
    found = select(runs.c.id).where(*conditions(session, wanted)).order_by(runs.c.id.desc()).limit(most)
    row = session.first(select(func.count()).select_from(found.subquery()))
    return int(row[0]) if row else 0


def conditions(session: ReadSession, wanted: RunFilter) -> Sequence[ColumnElement[bool]]:
    """What holds for the runs that are meant."""
    found: list[ColumnElement[bool]] = [false()] if wanted.is_nobody else []
    if wanted.is_asked_to_stop is not None:
        found.append(runs.c.cancel_requested_at.is_not(None) == wanted.is_asked_to_stop)
    if wanted.statuses:
        found.append(_is_one_of(wanted.statuses))
    equal = {name: getattr(wanted, name) for name in ("project_id", "task_id", "agent", "runner")}
    found += [runs.c[name] == value for name, value in equal.items() if value is not None]
    if wanted.text:
        found.append(runs.c.goal.icontains(wanted.text, autoescape=True))
    if wanted.newer_than is not None:
        found.append(runs.c.id > wanted.newer_than)
    if wanted.created_after is not None:
        found += [runs.c.created_at >= wanted.created_after, runs.c.id >= first_since(session, wanted.created_after)]
    if wanted.created_before is not None:
        found += [runs.c.created_at < wanted.created_before, runs.c.id < first_since(session, wanted.created_before)]
    return found


def _is_one_of(statuses: frozenset[RunStatus]) -> ColumnElement[bool]:
    """Several that are all active are found in the partial index of each: with one IN all runs would be read."""
    if len(statuses) == 1 or statuses & FINAL_STATUSES:
        return has_status(*statuses)
    return runs.c.id.in_(union_all(*(select(runs.c.id).where(has_status(status)) for status in sorted(statuses))))


def first_since(session: ReadSession, moment: datetime) -> int:
    """The id from which on runs were made at this time or later. Twenty looks find one in a million.

    Ids rise with time. Where two processes or a clock that was set back disagree, it is one of the ids around.
    """
    newest = session.first(select(func.max(runs.c.id)))
    low, high = 1, 1 + (int(newest[0] or 0) if newest else 0)
    while low < high:
        middle = (low + high) // 2
        next_one = select(runs.c.id, runs.c.created_at).where(runs.c.id >= middle).order_by(runs.c.id).limit(1)
        found = session.first(next_one)
        if found is None or found.created_at >= moment:
            high = middle
        else:
            low = found.id + 1
    return low


def why_not_running(session: ReadSession, run: RunRecord) -> str | None:
    """One sentence for a queued run: not before a time, nobody there, no free slot, or so many before it."""
    if run.status != RunStatus.QUEUED:
        return None
    if run.available_at > session.now:
        return f"not before {to_wire(run.available_at)}"
    alive = live_workers(session)
    if not alive:
        return "no worker is alive: start one with make start-agent or agent-runner worker"
    if lacking := _what_they_lack(session, run.agent, len(alive)):
        return lacking
    ahead = session.first(
        select(func.count())
        .select_from(runs)
        .where(
            has_status(RunStatus.QUEUED),
            runs.c.available_at <= session.now,
            or_(
                runs.c.priority > run.priority,
                and_(runs.c.priority == run.priority, runs.c.available_at < run.available_at),
                and_(runs.c.priority == run.priority, runs.c.available_at == run.available_at, runs.c.id < run.id),
            ),
        )
    )
    position = 1 + (int(ahead[0]) if ahead else 0)
    busy, slots = sum(worker.busy for worker in alive), sum(worker.slots for worker in alive)
    if busy >= slots:
        return f"all {slots} slots of {len(alive)} workers are busy; position {position} in the queue"
    return f"position {position} in the queue"


def _what_they_lack(session: ReadSession, agent: str, workers: int) -> str | None:
    """Why none of the live workers can do it; None as long as one may, or has not told yet which hosts it has."""
    host = host_of(agent)
    if host is None:
        return None
    reports = host_reports(session)
    if len(reports) < workers or any(host in report.names for report in reports):
        return None
    if broken := [found.reason for report in reports for found in report.hosts if found.name == host]:
        return f"no live worker can use the agent {agent}: {broken[0]}"
    have = sorted(agents_with(frozenset[str]().union(*(report.names for report in reports))))
    return f"no live worker has the agent {agent}, and the next free one fails the run; they have: {', '.join(have)}"
