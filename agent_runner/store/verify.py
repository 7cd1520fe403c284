"""Whether what the tables hold can be true: every invariant as queries, for `agent-runner verify` and for the tests.

The events tell the history of a run, so most invariants are asked of them (history.py); here is what the rows say.
Every query names what breaks an invariant, and the database does the work: nothing but violations comes into memory.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import BigInteger, bindparam, column, func, null, or_, select, text

from agent_runner.domain.run import FINAL_STATUSES, RunStatus
from agent_runner.store.approval_history import approval_checks
from agent_runner.store.batch import parameter_rows
from agent_runner.store.history import Check, history_checks
from agent_runner.store.runs import has_status
from agent_runner.store.session import ReadSession
from agent_runner.store.tables import approvals, artifacts, events, projects, reports, run_tokens, runs, steps, tasks

MOST_LISTED: Final = 20
"""So many violations of one invariant are listed."""

INVARIANTS: Final[Mapping[str, str]] = {
    "I1": "the events of a run fold to its status",
    "I2": "every change of a status is legal",
    "I3": "the events of a run are numbered 1, 2, 3 … without gap",
    "I4": "a run has one owner at a time: fences rise, and nobody writes on a run that is not held",
    "I5": "nothing leaves COMPLETED; FAILED and CANCELLED are left by a rerun only",
    "I6": "once all workers are idle, nothing is RUNNING, and nothing QUEUED is due",
    "I7": "attempts are the charged claims, and never more than allowed",
    "I8": "a step was finished once, by a claim of its run",
    "I9": "a question is decided once, open exactly while its run waits, and a commit is of what was granted",
    "I10": "a run makes at most one commit",
    "I11": "a cancel that was asked for becomes CANCELLED and nothing else",
    "I16": "every acknowledged run exists",
    "I17": "the file is sound, and every reference leads somewhere",
    "I18": "one run for one idempotency key",
    "C1": "a row says only what its status allows, and a task has at most one run under way",
    "C2": "times are in order (a clock that was set back breaks only this one, and harms nothing)",
    "C3": "what was used is never negative",
}
"""What is checked, in words. Not here is what cannot be seen in the tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """`run_id` is None for what concerns no single run."""

    invariant: str
    run_id: int | None
    sentence: str


def verify(session: ReadSession, *, idle: bool = False, acknowledged: Collection[int] = ()) -> Sequence[Violation]:
    """What cannot be true, at most MOST_LISTED of each invariant; nothing when all is well.

    `idle` says that no worker has work, so nothing may be left over. `acknowledged` are ids that somebody was promised.
    """
    checks = _checks(session.dialect)
    found: list[Violation] = []
    for invariant in INVARIANTS:
        if invariant == "I6" and not idle:
            continue
        parameters = {"I6": {"now": session.now}, "I16": {"rows": _as_rows(acknowledged)}}.get(invariant, {})
        listed = list[Violation]()
        for check in checks[invariant]:
            if len(listed) < MOST_LISTED:
                listed += _violations(session, invariant, check, parameters)
        found += listed[:MOST_LISTED]
    return found


def _violations(
    session: ReadSession, invariant: str, check: Check, parameters: Mapping[str, Any]
) -> Iterator[Violation]:
    for row in session.records(dict[str, Any], check.asked(parameters)):
        if not check.is_broken(row):
            continue
        run_id = row.get("run_id")
        said = check.sentence.format(**row)
        yield Violation(
            invariant=invariant, run_id=run_id, sentence=said if run_id is None else f"run {run_id}: {said}"
        )


def _as_rows(ids: Collection[int]) -> str:
    return json.dumps([{"id": run_id} for run_id in sorted(ids)])


@lru_cache
def _checks(dialect: str) -> Mapping[str, Sequence[Check]]:
    history = history_checks(dialect)
    checks = {
        **history,
        **approval_checks(dialect),
        "I4": [*history["I4"], *_report_checks()],
        "I6": _idle_checks(),
        "I16": [_acknowledged_check(dialect)],
        "I17": _sqlite_checks() if dialect == "sqlite" else _orphan_checks(),
        "I18": [_idempotency_check()],
        "C1": _row_checks(),
        "C2": _time_checks(),
        "C3": [_usage_check()],
    }
    return {invariant: [check.limited(MOST_LISTED) for check in listed] for invariant, listed in checks.items()}


def _idle_checks() -> Sequence[Check]:
    due = select(runs.c.id.label("run_id"), runs.c.available_at).where(
        has_status(RunStatus.QUEUED), runs.c.available_at <= bindparam("now", type_=runs.c.available_at.type)
    )
    running = select(runs.c.id.label("run_id"), runs.c.lease_owner, runs.c.fence).where(has_status(RunStatus.RUNNING))
    return [
        Check(running, "is still RUNNING under {lease_owner}, fence {fence}, though every worker is idle"),
        Check(due, "is still QUEUED and due since {available_at}, though every worker is idle"),
    ]


def _report_checks() -> Sequence[Check]:
    told = (
        (reports, reports.c.key, "its report {named!r} is of fence {fence}, and the run has had {last}"),
        (run_tokens, null(), "it has a token for fence {fence}, and has had {last}"),
    )
    return [
        Check(
            select(table.c.run_id, table.c.fence, named.label("named"), runs.c.fence.label("last"))
            .select_from(table.join(runs, runs.c.id == table.c.run_id))
            .where(table.c.fence > runs.c.fence),
            sentence,
        )
        for table, named, sentence in told
    ]


def _acknowledged_check(dialect: str) -> Check:
    wanted = parameter_rows(dialect, {"id": BigInteger()})
    missing = select(wanted.c.id.label("run_id")).select_from(wanted.outerjoin(runs, runs.c.id == wanted.c.id))
    return Check(missing.where(runs.c.id.is_(None)).order_by(wanted.c.id), "was acknowledged and does not exist")


def _sqlite_checks() -> Sequence[Check]:
    sound = text("PRAGMA integrity_check").columns(column("integrity_check"))
    references = text("PRAGMA foreign_key_check").columns(*map(column, ("table", "rowid", "parent", "fkid")))
    return [
        Check(sound, "{integrity_check}", lambda row: not _is_said_by_c1(row["integrity_check"])),
        Check(references, "a row of {table} refers to {parent} that do not exist (rowid {rowid})"),
    ]


def _is_said_by_c1(said: str) -> bool:
    """A broken CHECK is left to C1, which names the run."""
    return said == "ok" or "CHECK constraint" in said


def _orphan_checks() -> Sequence[Check]:
    constraint = text(
        "SELECT conrelid::regclass::text AS place, conname AS name FROM pg_constraint"
        " WHERE NOT convalidated AND connamespace = current_schema()::regnamespace"
    ).columns(column("place"), column("name"))
    of_no_run = [
        Check(
            select(table.c.run_id, func.count().label("number"))
            .select_from(table.outerjoin(runs, runs.c.id == table.c.run_id))
            .where(runs.c.id.is_(None))
            .group_by(table.c.run_id),
            f"does not exist, but has {{number}} {table.name}",
        )
        for table in (events, steps, approvals, artifacts, run_tokens, reports)
    ]
    nowhere = [
        Check(
            select(runs.c.id.label("run_id"), source.label("named"))
            .select_from(runs.outerjoin(target, target.c.id == source))
            .where(source.is_not(None), target.c.id.is_(None)),
            f"refers to {{named}} of {target.name}, which does not exist",
        )
        for source, target in ((runs.c.project_id, projects), (runs.c.task_id, tasks))
    ]
    return [Check(constraint, "the constraint {name} of {place} was never validated"), *of_no_run, *nowhere]


def _idempotency_check() -> Check:
    twice = (
        select(func.min(runs.c.id).label("run_id"), runs.c.idempotency_key, func.count().label("number"))
        .where(runs.c.idempotency_key.is_not(None))
        .group_by(runs.c.idempotency_key)
        .having(func.count() > 1)
    )
    return Check(twice, "its idempotency key {idempotency_key!r} has created {number} runs")


def _row_checks() -> Sequence[Check]:
    of_row = select(runs.c.id.label("run_id"), runs.c.status)
    is_final = runs.c.status.in_(sorted(FINAL_STATUSES))
    is_running = runs.c.status == RunStatus.RUNNING
    has_lease = or_(runs.c.lease_owner.is_not(None), runs.c.lease_expires_at.is_not(None))
    lacks_lease = or_(runs.c.lease_owner.is_(None), runs.c.lease_expires_at.is_(None))
    active = (
        select(func.max(runs.c.id).label("run_id"), runs.c.task_id, func.count().label("number"))
        .where(runs.c.task_id.is_not(None), runs.c.completed_at.is_(None))
        .group_by(runs.c.task_id)
        .having(func.count() > 1)
    )
    return [
        Check(of_row.where(runs.c.status.not_in(sorted(RunStatus))), "its status {status!r} is none"),
        Check(of_row.where(is_running, lacks_lease), "is RUNNING without a whole lease"),
        Check(of_row.where(~is_running, has_lease), "is {status} and has a lease"),
        Check(of_row.where(is_final, runs.c.completed_at.is_(None)), "is {status} and has no time of its end"),
        Check(of_row.where(~is_final, runs.c.completed_at.is_not(None)), "is {status} and has a time of its end"),
        Check(of_row.where(or_(runs.c.fence < 0, runs.c.attempt < 0)), "its fence or its attempt is negative"),
        Check(active, "task {task_id} has {number} runs under way"),
    ]


def _time_checks() -> Sequence[Check]:
    times = select(runs.c.id.label("run_id"), runs.c.created_at, runs.c.started_at, runs.c.completed_at)
    begun = func.coalesce(runs.c.started_at, runs.c.created_at, type_=runs.c.created_at.type)
    step = select(steps.c.run_id, steps.c.key, steps.c.started_at, steps.c.finished_at)
    return [
        Check(times.where(runs.c.started_at < runs.c.created_at), "started at {started_at}, made at {created_at}"),
        Check(times.where(runs.c.completed_at < begun), "ended at {completed_at}, before it began"),
        Check(
            step.where(steps.c.finished_at < steps.c.started_at),
            "its step {key!r} was finished at {finished_at} and begun at {started_at}",
        ),
    ]


def _usage_check() -> Check:
    used = ("model_calls", "estimated_calls", "input_tokens", "output_tokens", "cost_usd", "active_seconds")
    return Check(
        select(runs.c.id.label("run_id")).where(or_(*(runs.c[name] < 0 for name in used))),
        f"one of {', '.join(used)} is negative",
    )
