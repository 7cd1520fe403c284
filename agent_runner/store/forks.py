"""Forks: a new run that goes on from another one's journal. The old run is never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, and_, bindparam, insert, literal, select

from agent_runner.domain.approval import ApprovalKind
from agent_runner.domain.budget import RunBudget
from agent_runner.errors import NotFound
from agent_runner.store.new_runs import CreatedRun, NewRun, create_runs
from agent_runner.store.run_queries import RunRecord, composition_of, get_run
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.steps import COPIED, RecordedStep, journal
from agent_runner.store.tables import approvals, steps

MOST_NAMED: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkWanted:
    """`from_step` is the first step that is done again; None keeps all that are finished, the goal, and the model."""

    run_id: int
    max_attempts: int
    from_step: str | None = None
    goal: str | None = None
    model: str | None = None
    idempotency_key: str | None = None
    request_hash: str | None = None


_IS_ABOUT_BUDGET: Final = approvals.c.kind == ApprovalKind.BUDGET
"""What was granted changes no later step, and is for the run that asked: the fork begins with the first limits."""
_COPIED_AS_THEY_ARE: Final = ("key", "position", "input_hash", "output", "within", "started_at", "finished_at")
_COPY: Final = insert(steps).from_select(
    ["run_id", "fence", *_COPIED_AS_THEY_ARE],
    select(
        bindparam("new_id", type_=BigInteger()),
        literal(COPIED, BigInteger()),
        *(steps.c[name] for name in _COPIED_AS_THEY_ARE),
    ).where(
        steps.c.run_id == bindparam("old_id"),
        steps.c.position < bindparam("before"),
        steps.c.key.not_in(select(approvals.c.key).where(approvals.c.run_id == bindparam("old_id"), _IS_ABOUT_BUDGET)),
    ),
)
_ANSWERED: Final = (
    select(steps.c.key)
    .select_from(steps.join(approvals, and_(approvals.c.run_id == steps.c.run_id, approvals.c.key == steps.c.key)))
    .where(steps.c.run_id == bindparam("run_id"), ~_IS_ABOUT_BUDGET)
)


def fork(session: WriteSession, wanted: ForkWanted) -> CreatedRun:
    """Queues the new run, with the finished steps that it keeps, up to the first that a person has answered.

    It belongs to no task: a task has one run at a time.

    Raises NotFound without such a run or step, and IdempotencyMismatch as create_runs.
    """
    old = get_run(session, wanted.run_id)
    before = _first_not_kept(session, wanted)
    [answer] = create_runs(session, [_new_run(old, wanted, composition_of(session, old.id))])
    if isinstance(answer, Exception):
        raise answer
    if answer.is_new:
        session.execute(_COPY, {"new_id": answer.id, "old_id": old.id, "before": before})
    return answer


def _first_not_kept(session: ReadSession, wanted: ForkWanted) -> int:
    """The position of that step. What people have answered is theirs to answer again, for the new run."""
    finished = journal(session, wanted.run_id)
    done_again = {row.key for row in session.rows(_ANSWERED, run_id=wanted.run_id)}
    if wanted.from_step in finished:
        done_again.add(wanted.from_step)
    elif wanted.from_step is not None:
        known = ", ".join([*finished][:MOST_NAMED]) or "none"
        raise NotFound(
            f"run {wanted.run_id} has no finished step {wanted.from_step!r}; it has: {known}",
            next_step=f"see GET /runs/{wanted.run_id}/steps",
        )
    outermost = {_outermost(finished, key) for key in done_again}
    positions = [step.position for key, step in finished.items() if _outermost(finished, key) in outermost]
    return min(positions, default=max((step.position for step in finished.values()), default=0) + 1)


def _outermost(finished: Mapping[str, RecordedStep], key: str) -> str:
    """The step within whose work this one was begun, or itself. Replayed, it would ask for none of those within."""
    around = finished[key].within
    return key if around is None or around not in finished else _outermost(finished, around)


def _new_run(old: RunRecord, wanted: ForkWanted, composition: str | None) -> NewRun:
    return NewRun(
        goal=wanted.goal or old.goal,
        model=wanted.model or old.model,
        agent=old.agent,
        input=old.input,
        config=old.config,
        max_attempts=wanted.max_attempts,
        time_limit_seconds=old.time_limit_seconds,
        priority=old.priority,
        project_id=old.project_id,
        budget=RunBudget.read(old.budget).as_begun().text,
        policy=old.policy,
        composition=composition,
        runner=old.runner,
        idempotency_key=wanted.idempotency_key,
        request_hash=wanted.request_hash,
        forked_from=old.id,
    )
