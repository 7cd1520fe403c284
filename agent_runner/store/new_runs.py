"""Queueing runs: the only INSERT into `runs`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any, Final

from sqlalchemy import bindparam, insert, select

from agent_runner.domain.budget import Budget, RunBudget
from agent_runner.domain.catalog import needs_project, runner_of, topology_of
from agent_runner.domain.events import RunCreated, new_event
from agent_runner.domain.policy import ProjectPolicy
from agent_runner.domain.run import CREATE
from agent_runner.errors import AgentRunnerError, AlreadyActive, IdempotencyMismatch, InvalidInput, NotFound
from agent_runner.store.catalog import Wanted, compositions
from agent_runner.store.events import insert_events
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.tables import projects, runs, tasks

SHOWN_GOAL: Final = 500
"""So much of the goal stands in the RUN_CREATED event; the whole is on the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run to queue. Budgets, `input`, `config`, `policy`, `composition` are JSON text; no `available_at`: at once."""

    goal: str
    agent: str
    input: str
    config: str
    max_attempts: int
    time_limit_seconds: float
    budget: str | None = None
    """Its own limits; its project's and then the default ones stand in for those that it does not name."""
    default_budget: str | None = None
    policy: str | None = None
    """How it narrows what its project allows; None where it does not."""
    composition: str | None = None
    """Of a topology, with all that it is made of; None looks it up in the catalog, and for every other agent."""
    runner: str | None = None
    """What schedules the agents of a topology, and stands in its composition; None for the default one."""
    model: str | None = None
    priority: int = 0
    project_id: int | None = None
    task_id: str | None = None
    available_at: datetime | None = None
    idempotency_key: str | None = None
    request_hash: str | None = None
    forked_from: int | None = None
    """The run whose finished steps it keeps; store/forks.py copies them."""


@dataclass(frozen=True, slots=True)
class CreatedRun:
    """`is_new` is False when the idempotency key had created this run before; `budget` is what a new one has."""

    id: int
    created_at: datetime
    is_new: bool
    budget: str | None = None


_INSERT: Final = insert(runs).returning(runs.c.id, sort_by_parameter_order=True)
_KNOWN_PROJECTS: Final = select(projects.c.id, projects.c.policy).where(
    projects.c.id.in_(bindparam("ids", expanding=True))
)
_KNOWN_TASKS: Final = select(tasks.c.id).where(tasks.c.id.in_(bindparam("ids", expanding=True)))
_ACTIVE_TASKS: Final = select(runs.c.task_id, runs.c.id).where(
    runs.c.task_id.in_(bindparam("ids", expanding=True)), runs.c.completed_at.is_(None)
)
_KNOWN_KEYS: Final = select(runs.c.idempotency_key, runs.c.request_hash, runs.c.id, runs.c.created_at).where(
    runs.c.idempotency_key.in_(bindparam("ids", expanding=True))
)

Answer = CreatedRun | Exception


def create_runs(session: WriteSession, wanted: Sequence[NewRun]) -> Sequence[Answer]:
    """Queues many runs at once and answers each: the run, or why it cannot be.

    NotFound: its project, task or topology does not exist. AlreadyActive: its task has a run under way.
    IdempotencyMismatch: its key has created a run from another request. One key twice among them violates its index;
    the writer then serves each alone, and the second meets the first one's row.
    """
    surroundings = _Surroundings.of(session, wanted)
    answers: list[Answer | None] = [surroundings.refusal_or_known(run) for run in wanted]
    new = [(place, run) for place, run in enumerate(wanted) if answers[place] is None]
    if new:
        budgets = [surroundings.budget_of(run) for _, run in new]
        rows = [
            _as_row(session, run, budget, surroundings.composition_of(run))
            for (_, run), budget in zip(new, budgets, strict=True)
        ]
        ids = [row.id for row in session.execute(_INSERT, rows)]
        insert_events(
            session,
            ((run_id, 1, new_event(_created(run))) for run_id, (_, run) in zip(ids, new, strict=True)),
        )
        session.ring.work = True
        for run_id, (place, _), budget in zip(ids, new, budgets, strict=True):
            answers[place] = CreatedRun(run_id, session.now, is_new=True, budget=budget)
    return [answer for answer in answers if answer is not None]


def _created(run: NewRun) -> RunCreated:
    return RunCreated(agent=run.agent, goal=run.goal[:SHOWN_GOAL], forked_from=run.forked_from)


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What the wanted runs refer to, as far as it exists."""

    projects: Mapping[int, str]
    """The policy of each, as JSON text."""
    tasks: frozenset[str]
    active: dict[str, int]
    keys: Mapping[str, Any]
    compositions: Mapping[Wanted, str | AgentRunnerError]

    @classmethod
    def of(cls, session: ReadSession, wanted: Sequence[NewRun]) -> "_Surroundings":
        def look_up(statement: Any, ids: Iterable[Any]) -> Sequence[Any]:
            named = [name for name in ids if name is not None]
            return session.rows(statement, ids=named) if named else []

        task_ids = [run.task_id for run in wanted]
        topologies = {named for run in wanted if (named := _topology_wanted(run)) is not None}
        return cls(
            {row.id: row.policy for row in look_up(_KNOWN_PROJECTS, (run.project_id for run in wanted))},
            frozenset(row.id for row in look_up(_KNOWN_TASKS, task_ids)),
            {row.task_id: row.id for row in look_up(_ACTIVE_TASKS, task_ids)},
            {row.idempotency_key: row for row in look_up(_KNOWN_KEYS, (run.idempotency_key for run in wanted))},
            compositions(session, topologies) if topologies else {},
        )

    def budget_of(self, run: NewRun) -> str | None:
        """The run's own limits; for those it does not name its project's, then the default ones. JSON text."""
        of_project = _budget_in(self.projects[run.project_id]) if run.project_id is not None else None
        named = [text for text in (run.budget, of_project, run.default_budget) if text]
        if len(named) <= 1:
            return named[0] if named else None
        defaults = [Budget.model_validate_json(text) for text in (of_project, run.default_budget) if text]
        return reduce(lambda budget, default: budget.over(default), defaults, RunBudget.read(run.budget)).text

    def refusal_or_known(self, run: NewRun) -> Answer | None:
        known = self.keys.get(run.idempotency_key) if run.idempotency_key else None
        if known is not None:
            return self._known(run, known)
        if run.project_id is not None and run.project_id not in self.projects:
            return NotFound(f"project {run.project_id} does not exist", next_step="create it with POST /projects")
        if run.project_id is None and needs_project(run.agent):
            return InvalidInput(
                f"the agent {run.agent} works in a project, and this run names none",
                next_step="name its project_id; POST /projects makes one",
            )
        if isinstance(refusal := self._composition_or_refusal(run), AgentRunnerError):
            return refusal
        return None if run.task_id is None else self._task_refusal(run.task_id)

    def composition_of(self, run: NewRun) -> str | None:
        """JSON text, of a run that is not refused; None for one that is no topology."""
        found = self._composition_or_refusal(run)
        assert not isinstance(found, AgentRunnerError), "such a run was refused"
        return found

    def _composition_or_refusal(self, run: NewRun) -> str | AgentRunnerError | None:
        named = _topology_wanted(run) if self.compositions else None
        return run.composition if named is None else self.compositions[named]

    @staticmethod
    def _known(run: NewRun, known: Any) -> Answer:
        if known.request_hash == run.request_hash:
            return CreatedRun(known.id, known.created_at, is_new=False)
        return IdempotencyMismatch(
            f"the Idempotency-Key {run.idempotency_key!r} has created run {known.id} from another request",
            next_step="use a new key for a new request",
        )

    def _task_refusal(self, task_id: str) -> Answer | None:
        if task_id not in self.tasks:
            return NotFound(f"task {task_id} does not exist", next_step="create it with POST /tasks")
        if task_id in self.active:
            return AlreadyActive(
                f"task {task_id} already has run {self.active[task_id]} under way",
                next_step=f"wait for it, or stop it with POST /tasks/{task_id}/stop",
            )
        self.active[task_id] = 0
        return None


def _topology_wanted(run: NewRun) -> Wanted | None:
    """What is to be looked up in the catalog."""
    name, runner = topology_of(run.agent), runner_of(run.agent, run.runner)
    return None if name is None or runner is None or run.composition is not None else (name, runner)


def _budget_in(policy: str) -> str | None:
    """JSON text of the limits that a project names; most have said nothing."""
    budget = ProjectPolicy.model_validate_json(policy).budget if policy != "{}" else None
    return None if budget is None or budget == Budget() else budget.model_dump_json(exclude_none=True)


def _as_row(session: WriteSession, run: NewRun, budget: str | None, composition: str | None) -> dict[str, Any]:
    return {
        "project_id": run.project_id,
        "task_id": run.task_id,
        "goal": run.goal,
        "agent": run.agent,
        "model": run.model,
        "input": run.input,
        "config": run.config,
        "status": CREATE.target,
        "priority": run.priority,
        "attempt": 0,
        "max_attempts": run.max_attempts,
        "time_limit_seconds": run.time_limit_seconds,
        "budget": budget,
        "policy": run.policy,
        "composition": composition,
        "runner": runner_of(run.agent, run.runner),
        "fence": 0,
        "write_number": 0,
        "last_event_id": 1,
        "iteration": 0,
        "progress": 0.0,
        "model_calls": 0,
        "estimated_calls": 0,
        "input_tokens": 0,
        "output_tokens": 0,
        "cost_usd": 0.0,
        "active_seconds": 0.0,
        "created_at": session.now,
        "available_at": run.available_at or session.now,
        "is_due": run.available_at is None or run.available_at <= session.now,
        "idempotency_key": run.idempotency_key,
        "request_hash": run.request_hash,
        "forked_from": run.forked_from,
    }
