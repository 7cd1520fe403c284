"""The tables, with the constraints that refuse impossible rows; behaviour is in runs.py, events.py, steps.py."""

# pyright: reportUnannotatedClassAttribute=false

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlmodel import Field, SQLModel

from agent_runner.domain.approval import ApprovalKind, ApprovalStatus
from agent_runner.domain.run import FINAL_STATUSES, RunStatus
from agent_runner.store.stored_time import UtcDateTime


def _quoted(words: Iterable[StrEnum]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(words))


_BIG_ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite gives out row ids only to a column declared INTEGER."""


def _id() -> Any:
    return Field(default=None, primary_key=True, sa_type=_BIG_ID)


def _time(*, nullable: bool = False) -> Any:
    default: dict[str, Any] = {"default": None} if nullable else {}
    return Field(**default, sa_type=UtcDateTime, nullable=nullable)


def _text(*, nullable: bool = False) -> Any:
    default: dict[str, Any] = {"default": None} if nullable else {}
    return Field(**default, sa_type=Text, nullable=nullable)


class Project(SQLModel, table=True):
    __tablename__ = "projects"  # pyright: ignore[reportAssignmentType]

    id: int | None = _id()
    name: str = _text()
    local_path: str = _text()
    policy: str = _text()
    created_at: datetime = _time()


class Task(SQLModel, table=True):
    __tablename__ = "tasks"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True, sa_type=Text)
    title: str = _text()
    input_prompt: str = _text()
    agent: str = _text()
    created_at: datetime = _time()


class AgentType(SQLModel, table=True):
    """One version of an agent type. A deleted one stays, so that no version is ever given out twice."""

    __tablename__ = "agent_types"  # pyright: ignore[reportAssignmentType]

    name: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True, sa_type=Integer)
    definition: str = _text()
    created_at: datetime = _time()
    deleted_at: datetime | None = _time(nullable=True)


class Topology(SQLModel, table=True):
    """One version of a topology, as above."""

    __tablename__ = "topologies"  # pyright: ignore[reportAssignmentType]

    name: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True, sa_type=Integer)
    definition: str = _text()
    created_at: datetime = _time()
    deleted_at: datetime | None = _time(nullable=True)


class Run(SQLModel, table=True):
    __tablename__ = "runs"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        CheckConstraint(f"status IN ({_quoted(RunStatus)})", name="status_is_known"),
        CheckConstraint(
            f"(status IN ({_quoted(FINAL_STATUSES)})) = (completed_at IS NOT NULL)", name="completed_when_final"
        ),
        CheckConstraint(
            "(status = 'RUNNING') = (lease_owner IS NOT NULL)"
            " AND (status = 'RUNNING') = (lease_expires_at IS NOT NULL)",
            name="lease_when_running",
        ),
        CheckConstraint("fence >= 0 AND attempt >= 0 AND last_event_id >= 1", name="counters_count_up"),
        # The claim reads this one in its order. Finished runs are not in it, so their number does not matter; nor are
        # delayed ones, which it would have to step over.
        Index(
            "runs_due",
            text("priority DESC"),
            "available_at",
            "id",
            sqlite_where=text("status = 'QUEUED' AND is_due = 1"),
            postgresql_where=text("status = 'QUEUED' AND is_due"),
        ),
        Index(
            "runs_delayed",
            "available_at",
            sqlite_where=text("status = 'QUEUED' AND is_due = 0"),
            postgresql_where=text("status = 'QUEUED' AND NOT is_due"),
        ),
        # For those who look at the queue: a page of it, and its length.
        Index("runs_queued", "id", sqlite_where=text("status = 'QUEUED'"), postgresql_where=text("status = 'QUEUED'")),
        # Not on the lease's time: PostgreSQL then renews leases in place.
        Index(
            "runs_running",
            "lease_owner",
            sqlite_where=text("status = 'RUNNING'"),
            postgresql_where=text("status = 'RUNNING'"),
        ),
        Index(
            "runs_waiting", "id", sqlite_where=text("status = 'WAITING'"), postgresql_where=text("status = 'WAITING'")
        ),
        # For the overview: how many ended how, and when. A query must say that completed_at is not NULL to be given it,
        # so a page of runs, which wants the order of the ids, is not.
        Index(
            "runs_final",
            "status",
            "completed_at",
            sqlite_where=text("completed_at IS NOT NULL"),
            postgresql_where=text("completed_at IS NOT NULL"),
        ),
        Index(
            "runs_one_active_per_task",
            "task_id",
            unique=True,
            sqlite_where=text("task_id IS NOT NULL AND completed_at IS NULL"),
            postgresql_where=text("task_id IS NOT NULL AND completed_at IS NULL"),
        ),
        Index(
            "runs_by_task",
            "task_id",
            sqlite_where=text("task_id IS NOT NULL"),
            postgresql_where=text("task_id IS NOT NULL"),
        ),
        Index(
            "runs_by_project",
            "project_id",
            "id",
            sqlite_where=text("project_id IS NOT NULL"),
            postgresql_where=text("project_id IS NOT NULL"),
        ),
        Index(
            "runs_idempotency_key",
            "idempotency_key",
            unique=True,
            sqlite_where=text("idempotency_key IS NOT NULL"),
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},  # an id is never given out twice, also not after a DELETE
    )

    id: int | None = _id()
    project_id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=[ForeignKey("projects.id")])
    task_id: str | None = Field(default=None, sa_type=Text, sa_column_args=[ForeignKey("tasks.id")])
    goal: str = _text()
    agent: str = _text()
    model: str | None = _text(nullable=True)
    """`provider:model`; without one the worker's own answers."""
    input: str = _text()
    config: str = _text()
    status: str = _text()
    priority: int = Field(default=0, sa_type=Integer)
    attempt: int = Field(default=0, sa_type=Integer)
    max_attempts: int = Field(default=3, sa_type=Integer)
    time_limit_seconds: float = Field(sa_type=Float)
    budget: str | None = _text(nullable=True)
    policy: str | None = _text(nullable=True)
    runner: str | None = _text(nullable=True)
    """Of a topology: as in its composition."""
    fence: int = Field(default=0, sa_type=BigInteger)
    write_number: int = Field(default=0, sa_type=BigInteger)
    last_event_id: int = Field(default=1, sa_type=BigInteger)
    lease_owner: str | None = _text(nullable=True)
    lease_expires_at: datetime | None = _time(nullable=True)
    cancel_requested_at: datetime | None = _time(nullable=True)
    committing_at: datetime | None = _time(nullable=True)
    iteration: int = Field(default=0, sa_type=Integer)
    progress: float = Field(default=0.0, sa_type=Float)
    current_agent: str | None = _text(nullable=True)
    last_message: str | None = _text(nullable=True)
    result: str | None = _text(nullable=True)
    error: str | None = _text(nullable=True)
    model_calls: int = Field(default=0, sa_type=Integer)
    estimated_calls: int = Field(default=0, sa_type=Integer)
    input_tokens: int = Field(default=0, sa_type=BigInteger)
    output_tokens: int = Field(default=0, sa_type=BigInteger)
    cost_usd: float = Field(default=0.0, sa_type=Float)
    active_seconds: float = Field(default=0.0, sa_type=Float)
    created_at: datetime = _time()
    available_at: datetime = _time()
    is_due: bool = Field(default=True, sa_type=Boolean)
    started_at: datetime | None = _time(nullable=True)
    completed_at: datetime | None = _time(nullable=True)
    idempotency_key: str | None = _text(nullable=True)
    request_hash: str | None = _text(nullable=True)
    forked_from: int | None = Field(default=None, sa_type=BigInteger)
    """The number of a run that may be deleted by now."""
    composition: str | None = _text(nullable=True)
    """The last column, because it is large: SQLite then reads the others without it."""


class Event(SQLModel, table=True):
    """One fact of a run; `event_id` counts 1, 2, 3 … within the run, without gaps."""

    __tablename__ = "events"  # pyright: ignore[reportAssignmentType]
    __table_args__ = ({"sqlite_with_rowid": False},)

    run_id: int = Field(primary_key=True, sa_type=_BIG_ID, sa_column_args=[ForeignKey("runs.id", ondelete="CASCADE")])
    event_id: int = Field(primary_key=True, sa_type=_BIG_ID)
    type: str = _text()
    agent_role: str | None = _text(nullable=True)
    payload: str = _text()
    created_at: datetime = _time()


class Step(SQLModel, table=True):
    """One finished unit of journaled work; its existence means: replay `output`, do not run it again."""

    __tablename__ = "steps"  # pyright: ignore[reportAssignmentType]
    __table_args__ = ({"sqlite_with_rowid": False},)

    run_id: int = Field(primary_key=True, sa_type=_BIG_ID, sa_column_args=[ForeignKey("runs.id", ondelete="CASCADE")])
    key: str = Field(primary_key=True, sa_type=Text)
    position: int = Field(sa_type=Integer)
    input_hash: str = _text()
    output: str = _text()
    within: str | None = _text(nullable=True)
    """The step whose work began this one; when that is replayed, this one is not asked for."""
    fence: int = Field(sa_type=BigInteger)
    started_at: datetime = _time()
    finished_at: datetime = _time()


class Approval(SQLModel, table=True):
    """One question to a person. A run that is queued again after it ended asks anew what nobody has granted."""

    __tablename__ = "approvals"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        CheckConstraint(f"status IN ({_quoted(ApprovalStatus)})", name="approval_status_is_known"),
        CheckConstraint(f"kind IN ({_quoted(ApprovalKind)})", name="approval_kind_is_known"),
        CheckConstraint(
            "(status = 'OPEN') = (decided_at IS NULL) AND (status = 'OPEN') = (decided_by IS NULL)",
            name="decided_when_not_open",
        ),
        Index(
            "approvals_one_open_per_run",
            "run_id",
            unique=True,
            sqlite_where=text("status = 'OPEN'"),
            postgresql_where=text("status = 'OPEN'"),
        ),
        Index(
            "approvals_one_per_key",
            "run_id",
            "key",
            unique=True,
            sqlite_where=text("is_current = 1"),
            postgresql_where=text("is_current"),
        ),
        Index("approvals_by_run", "run_id", "id"),
        Index(
            "approvals_expiring",
            "expires_at",
            sqlite_where=text("status = 'OPEN' AND expires_at IS NOT NULL"),
            postgresql_where=text("status = 'OPEN' AND expires_at IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: int | None = _id()
    run_id: int = Field(sa_type=BigInteger, sa_column_args=[ForeignKey("runs.id", ondelete="CASCADE")])
    key: str = _text()
    is_current: bool = Field(default=True, sa_type=Boolean)
    kind: str = _text()
    status: str = _text()
    question: str = _text()
    diff_sha: str | None = _text(nullable=True)
    comment: str | None = _text(nullable=True)
    revise: bool = Field(default=False, sa_type=Boolean)
    text: str | None = _text(nullable=True)
    decided_by: str | None = _text(nullable=True)
    asked_at: datetime = _time()
    expires_at: datetime | None = _time(nullable=True)
    decided_at: datetime | None = _time(nullable=True)


class Artifact(SQLModel, table=True):
    """A file that a run leaves behind. The content stands last: SQLite then reads the rest without it."""

    __tablename__ = "artifacts"  # pyright: ignore[reportAssignmentType]

    run_id: int = Field(primary_key=True, sa_type=_BIG_ID, sa_column_args=[ForeignKey("runs.id", ondelete="CASCADE")])
    path: str = Field(primary_key=True, sa_type=Text)
    media_type: str = _text()
    size: int = Field(sa_type=BigInteger)
    sha256: str = _text()
    created_at: datetime = _time()
    content: bytes = Field(sa_type=LargeBinary)


class RunToken(SQLModel, table=True):
    """By what the steps of a run on other machines are known. Good while the run is RUNNING under this fence."""

    __tablename__ = "run_tokens"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("run_tokens_by_sha256", "sha256", unique=True), {"sqlite_with_rowid": False})

    run_id: int = Field(primary_key=True, sa_type=_BIG_ID, sa_column_args=[ForeignKey("runs.id", ondelete="CASCADE")])
    fence: int = Field(primary_key=True, sa_type=_BIG_ID)
    sha256: str = _text()


class Report(SQLModel, table=True):
    """What a step on another machine has reported of one agent call."""

    __tablename__ = "reports"  # pyright: ignore[reportAssignmentType]
    __table_args__ = ({"sqlite_with_rowid": False},)

    run_id: int = Field(primary_key=True, sa_type=_BIG_ID, sa_column_args=[ForeignKey("runs.id", ondelete="CASCADE")])
    key: str = Field(primary_key=True, sa_type=Text)
    fence: int = Field(sa_type=BigInteger)
    payload: str = _text()
    created_at: datetime = _time()


class Worker(SQLModel, table=True):
    """A worker process, from its start until the janitor forgets it."""

    __tablename__ = "workers"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True, sa_type=Text)
    host: str = _text()
    boot_id: str = _text()
    pid: int = Field(sa_type=Integer)
    slots: int = Field(sa_type=Integer)
    model: str = _text()
    sandbox: str | None = _text(nullable=True)
    check_interval: float = Field(sa_type=Float)
    started_at: datetime = _time()
    last_heartbeat: datetime = _time()
    stopped_at: datetime | None = _time(nullable=True)
    models_at: datetime | None = _time(nullable=True)
    models: str | None = _text(nullable=True)
    hosts: str | None = _text(nullable=True)


projects: Final[Table] = SQLModel.metadata.tables["projects"]
tasks: Final[Table] = SQLModel.metadata.tables["tasks"]
agent_types: Final[Table] = SQLModel.metadata.tables["agent_types"]
topologies: Final[Table] = SQLModel.metadata.tables["topologies"]
runs: Final[Table] = SQLModel.metadata.tables["runs"]
events: Final[Table] = SQLModel.metadata.tables["events"]
steps: Final[Table] = SQLModel.metadata.tables["steps"]
approvals: Final[Table] = SQLModel.metadata.tables["approvals"]
artifacts: Final[Table] = SQLModel.metadata.tables["artifacts"]
run_tokens: Final[Table] = SQLModel.metadata.tables["run_tokens"]
reports: Final[Table] = SQLModel.metadata.tables["reports"]
workers: Final[Table] = SQLModel.metadata.tables["workers"]
"""The same tables for Core statements, which the store uses throughout: objects of the ORM cost ten times as much."""
