"""Every statement that reads or writes `projects`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Float, cast, delete, func, insert, select, update

from agent_runner.domain.policy import ProjectPolicy
from agent_runner.errors import Conflict, NotFound
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.tables import projects, runs

ALLOWING_EVERYTHING: Final = ProjectPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRecord:
    """`policy` is JSON text of a ProjectPolicy."""

    id: int
    name: str
    local_path: str
    policy: str
    created_at: datetime


_COLUMNS: Final = [projects.c[name] for name in ProjectRecord.__dataclass_fields__]


def create_project(
    session: WriteSession, name: str, local_path: str, policy: ProjectPolicy = ALLOWING_EVERYTHING
) -> ProjectRecord:
    statement = insert(projects).values(
        name=name, local_path=local_path, policy=policy.stored(), created_at=session.now
    )
    created = session.record(ProjectRecord, statement.returning(*_COLUMNS))
    assert created is not None, "RETURNING answers an INSERT"
    return created


def get_project(session: ReadSession, project_id: int) -> ProjectRecord:
    found = session.record(ProjectRecord, select(*_COLUMNS).where(projects.c.id == project_id))
    if found is None:
        raise NotFound(f"project {project_id} does not exist", next_step="see GET /projects")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRecord:
    """What all runs of a project have consumed."""

    runs: int
    model_calls: int
    estimated_calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    active_seconds: float


_COUNTED: Final = ("model_calls", "estimated_calls", "input_tokens", "output_tokens")
_MEASURED: Final = ("cost_usd", "active_seconds")
_SUMS: Final = [
    cast(func.coalesce(func.sum(runs.c[name]), 0), BigInteger if name in _COUNTED else Float).label(name)
    for name in (*_COUNTED, *_MEASURED)
]
"""Cast, because PostgreSQL sums whole numbers into a type of its own."""


def usage_of_project(session: ReadSession, project_id: int) -> UsageRecord:
    """Summed over the runs that are kept; deleted ones are not in it. Raises NotFound."""
    get_project(session, project_id)
    statement = select(func.count().label("runs"), *_SUMS).where(runs.c.project_id == project_id)
    summed = session.record(UsageRecord, statement)
    assert summed is not None, "a sum is one row"
    return summed


def list_projects(session: ReadSession, *, after_id: int | None, limit: int) -> Sequence[ProjectRecord]:
    """Newest first; `after_id` is the last id of the page before."""
    statement = select(*_COLUMNS).order_by(projects.c.id.desc()).limit(limit)
    if after_id is not None:
        statement = statement.where(projects.c.id < after_id)
    return session.records(ProjectRecord, statement)


def change_project(
    session: WriteSession, project_id: int, columns: dict[str, Any], policy: ProjectPolicy | None = None
) -> ProjectRecord:
    """Of its policy, too, only what is named is changed."""
    if policy is not None:
        columns = columns | {"policy": _locked_policy(session, project_id).changed_by(policy).stored()}
    if columns:
        session.execute(update(projects).where(projects.c.id == project_id).values(**columns))
    return get_project(session, project_id)


def _locked_policy(session: WriteSession, project_id: int) -> ProjectPolicy:
    """As it stays until the transaction ends, so that two changes at once both count. Raises NotFound."""
    row = session.first(select(projects.c.policy).where(projects.c.id == project_id).with_for_update())
    return ProjectPolicy.model_validate_json((row or get_project(session, project_id)).policy)


def delete_project(session: WriteSession, project_id: int) -> None:
    """Raises Conflict while runs belong to it."""
    get_project(session, project_id)
    run = session.first(select(runs.c.id).where(runs.c.project_id == project_id).limit(1))
    if run is not None:
        raise Conflict(f"project {project_id} has runs, for example run {run.id}", next_step="delete its runs first")
    session.execute(delete(projects).where(projects.c.id == project_id))
