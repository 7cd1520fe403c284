"""What the API answers, as frozen records. Fields that a newer API adds are ignored."""

from datetime import datetime
from typing import Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue

from agent_runner.domain.model_report import ModelReport
from agent_runner.domain.run import FINAL_STATUSES, MOVES, RunStatus
from agent_runner.domain.task import TaskState

T = TypeVar("T")

ENDING_EVENTS: Final = frozenset(move.event.value for move in MOVES if move.is_final)


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Usage(Record):
    model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    estimated_calls: int = 0
    cost_usd: float = 0.0
    active_seconds: float = 0.0


class PartOfUsage(Record):
    """`name` is that of an agent role or a model; None for whoever is not named."""

    name: str | None = None
    model_calls: int = 0
    estimated_calls: int = 0
    cached_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0


class RunUsage(Record):
    """What a run has consumed; each of the two lists sums up to it."""

    total: Usage
    by_agent: tuple[PartOfUsage, ...]
    by_model: tuple[PartOfUsage, ...]


class Budget(Record):
    """The limits of a run as they are now; None where there is none."""

    cost_usd: float | None = None
    tokens: int | None = None
    model_calls: int | None = None
    seconds: float | None = None


class Question(Record):
    """What a run asks a person. `kind` is a string, so that a client also shows questions of a newer API."""

    kind: str
    text: str
    detail: dict[str, JsonValue] = {}
    diff: str | None = None
    diff_sha: str | None = None
    tree_id: str | None = None
    flags: tuple[str, ...] = ()


class Approval(Record):
    """A question, and what became of it: OPEN, GRANTED, REJECTED, ANSWERED, EXPIRED or VOID."""

    id: int
    run_id: int
    key: str
    kind: str
    status: str
    question: Question
    diff_sha: str | None = None
    comment: str | None = None
    revise: bool = False
    text: str | None = None
    decided_by: str | None = None
    asked_at: datetime
    expires_at: datetime | None = None
    decided_at: datetime | None = None


class Artifact(Record):
    """A file that a run has left behind; `size` in bytes."""

    path: str
    media_type: str
    size: int
    sha256: str
    created_at: datetime


class Artifacts(Record):
    artifacts: tuple[Artifact, ...]
    total: int


class Diff(Record):
    """A diff, and the hash by which it is approved."""

    text: str
    diff_sha: str
    approval_id: int


class Run(Record):
    id: int
    project_id: int | None = None
    task_id: str | None = None
    goal: str
    agent: str
    model: str | None = None
    runner: str | None = None
    input: JsonValue = None
    config: JsonValue = None
    status: RunStatus
    priority: int = 0
    attempt: int = 0
    max_attempts: int = 0
    time_limit_seconds: float = 0.0
    budget: Budget = Budget()
    on_budget: str = "stop"
    allowed_paths: dict[str, JsonValue] | None = None
    approve_commits: str | None = None
    approve_plan: bool = False
    iteration: int = 0
    progress: float = 0.0
    current_agent: str | None = None
    last_message: str | None = None
    result: JsonValue = None
    error: str | None = None
    created_at: datetime
    available_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    cancel_requested: bool = False
    forked_from: int | None = None
    usage: Usage = Usage()
    approval: Approval | None = None
    why_not_running: str | None = None

    @property
    def is_final(self) -> bool:
        return self.status in FINAL_STATUSES


class Event(Record):
    """`event_type` is a string, so that a client also shows events of a newer API."""

    event_id: int
    run_id: int
    task_id: str | None = None
    timestamp: datetime
    agent_role: str | None = None
    event_type: str
    payload: dict[str, JsonValue] = {}

    @property
    def ends_the_run(self) -> bool:
        return self.event_type in ENDING_EVENTS


class EventPage(Record):
    events: tuple[Event, ...]
    total: int


class FinishedStep(Record):
    """`replayed`: done in an earlier attempt, or in the run that was forked, and not done again."""

    key: str
    position: int
    output: JsonValue = None
    replayed: bool = False
    started_at: datetime
    finished_at: datetime

    @property
    def seconds(self) -> float:
        return (self.finished_at - self.started_at).total_seconds()


class Journal(Record):
    steps: tuple[FinishedStep, ...]
    total: int


class Project(Record):
    id: int
    name: str
    local_path: str
    path_exists: bool = False
    policy: dict[str, JsonValue] = {}
    created_at: datetime


class Task(Record):
    id: str
    title: str
    input_prompt: str
    agent: str
    status: TaskState
    run_id: int | None = None
    created_at: datetime


class TaskStatus(Record):
    """What a task's latest run says."""

    task_id: str
    status: TaskState
    agent: str | None = None
    run_id: int | None = None
    progress: float = 0.0
    current_agent: str | None = None
    last_message: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    final_result: JsonValue = None
    error: str | None = None


class Agent(Record):
    """`kind`: built-in, host, or type, which is one that people define, for the slots of topologies.

    `health` of one that is a program beside the workers: ready, missing or broken; None while no worker has told.
    `options` is what a run may set in its `config`, by name. A type has a role, a config, and a number as its version.
    """

    name: str
    kind: str
    version: str | int | None = None
    health: str | None = None
    reason: str | None = None
    description: str
    needs_project: bool = False
    speaks: str | None = None
    options: dict[str, JsonValue] = {}
    role: str | None = None
    config: dict[str, JsonValue] | None = None
    created_at: datetime | None = None


class Topology(Record):
    """One version of a team; `slots` says who has which part. A run names it as `topology:NAME`."""

    name: str
    version: int
    description: str = ""
    type: str
    config: dict[str, JsonValue] = {}
    slots: dict[str, tuple[str, ...]] = {}
    created_at: datetime


class Mixin(Record):
    """A capability that agents can have; `requires` are others that it works with."""

    name: str
    description: str
    requires: tuple[str, ...] = ()
    options: dict[str, JsonValue] = {}


class WorkerRecord(Record):
    """A worker process that is alive."""

    id: str
    host: str
    pid: int
    model: str
    sandbox: str | None = None
    last_heartbeat: datetime
    slots: int
    busy: int


class Queue(Record):
    queued: int
    running: int
    waiting: int


class WorkerStatus(Record):
    running: bool
    check_interval: float
    workers: tuple[WorkerRecord, ...]
    queue: Queue


class WorkerModels(Record):
    """What a worker has found out about models."""

    worker_id: str
    looked_at: datetime
    report: ModelReport


class Models(Record):
    """`names`: what LLM_MODEL can name. `aliases`: further names. `message`: why there is nothing to show."""

    message: str | None = None
    names: tuple[str, ...]
    aliases: dict[str, str] = {}
    workers: tuple[WorkerModels, ...]


class Page(Record, Generic[T]):
    """A part of a list, newest first; `next_cursor` fetches the part after it."""

    items: tuple[T, ...]
    next_cursor: str | None = None


class RunPage(Page[Run]):
    """`total`: how many runs match on all pages, if that was asked for; with `has_more_than_total` there are more."""

    total: int | None = None
    has_more_than_total: bool = False


class SkippedRun(Record):
    id: int
    reason: str


class ChangedRuns(Record):
    """What became of the runs of one request; `more` says that the filter means further ones."""

    changed: tuple[int, ...]
    skipped: tuple[SkippedRun, ...] = ()
    more: bool = False
