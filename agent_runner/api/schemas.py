"""What comes in and what goes out. Tables never appear here: input is strict, output is what DESIGN promises."""

import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from agent_runner.api import examples
from agent_runner.api.approval_schemas import ApprovalPublic
from agent_runner.api.budget import BudgetPublic, BudgetWanted
from agent_runner.api.deps import LARGEST_ID
from agent_runner.api.fields import (
    AgentName,
    Input,
    ModelName,
    Moment,
    Output,
    Priority,
    RunnerName,
    ShortText,
    SpokenText,
    TaskAgentName,
    WholeNumber,
    WireTime,
)
from agent_runner.domain.budget import OnBudget
from agent_runner.domain.catalog import DEFAULT_AGENT, OF_TOPOLOGIES, FlowEnvironment, options_of, topology_of
from agent_runner.domain.policy import AllowedPaths, CommitApproval, ProjectPolicy
from agent_runner.domain.run import RunStatus
from agent_runner.domain.task import TaskState

T = TypeVar("T")


class Page(Output, Generic[T]):
    """A part of a list, newest first."""

    items: list[T]
    next_cursor: str | None = Field(description="Send it as `cursor` to get the next part; null at the end.")

    @classmethod
    def cut(cls, found: Sequence[T], limit: int, cursor: Callable[[T], str]) -> Self:
        """From one more than the page holds, which tells whether something follows."""
        has_more = len(found) > limit
        return cls(items=list(found[:limit]), next_cursor=cursor(found[limit - 1]) if has_more else None)


# ---- runs


class RunConfig(Input):
    """Of an agent that is a host, also the host's own options, see GET /agents."""

    model_config = ConfigDict(extra="allow")

    max_attempts: WholeNumber | None = Field(None, ge=1, le=100, description="Tries, the first one included.")
    cache: bool | None = Field(None, description="Whether an earlier answer of a model to the same is as good.")
    max_revision_rounds: WholeNumber | None = Field(
        None, ge=0, le=100, description="Of `mgx`: how often its reviewer may send the work back."
    )
    approve_plan: bool | None = Field(None, description="Of `mgx`: the same as `approve_plan` of the run.")
    max_concurrent: WholeNumber | None = Field(
        None, ge=1, le=1000, description="Of a topology: how many of its agents work at the same time, at most."
    )
    environment: FlowEnvironment | None = Field(
        None, strict=False, description="Of a topology with the runner `metaflow`: where its agents are asked."
    )
    correlation_id: str | None = Field(
        None, pattern="^[ -~]{1,200}$", description="Of a topology: what the caller knows this run by."
    )


class RunCreate(Input):
    model_config = ConfigDict(json_schema_extra=examples.NEW_RUNS)

    goal: SpokenText = Field(description="What is to be done; at most 64 KiB.")
    project_id: WholeNumber | None = Field(None, ge=1, le=LARGEST_ID)
    task_id: UUID | None = Field(None, strict=False)
    agent: AgentName | None = Field(None, description="See GET /agents.")
    model: ModelName | None = None
    runner: RunnerName | None = None
    input: dict[str, JsonValue] | None = Field(None, description="Handed to the agent as it is.")
    priority: Priority = 0
    available_at: Moment | None = Field(None, description="Not before this time; it needs a time zone.")
    config: RunConfig | None = None
    budget: BudgetWanted | None = None
    on_budget: Annotated[
        OnBudget, Field(strict=False, description="At a limit: `stop` fails, `ask` asks a person.")
    ] = OnBudget.STOP
    allowed_paths: AllowedPaths | None = Field(
        None, description="Globs of what it may read and write; its project's count as well."
    )
    approve_commits: CommitApproval | None = Field(
        None, description="Which commits a person must allow, where that is stricter than what the project wants."
    )
    approve_plan: bool = Field(default=False, description="Whether a person must allow the plan first.")

    @model_validator(mode="after")
    def _runner_is_of_a_topology(self) -> Self:
        agent = self.agent or DEFAULT_AGENT
        if self.runner is not None and topology_of(agent) is None:
            raise ValueError(
                f"the runner {self.runner!r} schedules the agents of a topology, and the agent {agent!r} is none:"
                f" leave it out, or name {OF_TOPOLOGIES}NAME"
            )
        return self

    @model_validator(mode="after")
    def _options_are_of_the_agent(self) -> Self:
        known = options_of(self.agent or DEFAULT_AGENT)
        given = self.config.model_fields_set if self.config else set[str]()
        if known is not None and (foreign := given - known):
            names = ", ".join(sorted(known))
            raise ValueError(f"config of this agent holds {names}, and not {', '.join(sorted(foreign))}")
        return self

    def canonical(self) -> str:
        """The same text for requests that mean the same."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True)


class RunPatch(Input):
    """Fields that are left out stay as they are."""

    model_config = ConfigDict(json_schema_extra=examples.RUN_CHANGE | {"minProperties": 1})

    goal: SpokenText = Field(default_factory=str)
    priority: Priority = Field(default_factory=int)
    available_at: Moment | None = Field(None, description="null means at once.")

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one of goal, priority, available_at")
        return self


class CancelRequest(Input):
    model_config = ConfigDict(json_schema_extra=examples.CANCEL)

    reason: str | None = Field(None, max_length=500)


class ForkRequest(Input):
    model_config = ConfigDict(json_schema_extra=examples.FORK)

    from_step: str | None = Field(
        default=None,
        max_length=500,
        description="The first step that is done again, by its key; without it none.",
    )
    goal: SpokenText | None = Field(default=None, description="Another goal than the old run's.")
    model: ModelName | None = None

    def canonical(self, run_id: int) -> str:
        """The same text for requests that mean the same."""
        return json.dumps({"fork": run_id, **self.model_dump(mode="json")}, sort_keys=True)


class UsagePublic(Output):
    model_calls: int = 0
    estimated_calls: int = Field(default=0, description="Of how many calls the tokens are estimated, not counted.")
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    active_seconds: float = 0.0


class RunPublic(Output):
    model_config = ConfigDict(json_schema_extra=examples.RUN)

    id: int
    project_id: int | None
    task_id: str | None
    goal: str
    agent: str
    model: str | None = Field(description="null: that of the worker; RUN_STARTED says which.")
    runner: str | None = Field(None, description="What schedules the agents of a topology; null for other agents.")
    input: JsonValue
    config: JsonValue
    status: RunStatus
    priority: int
    attempt: int = Field(description="Charged tries so far.")
    max_attempts: int
    time_limit_seconds: float
    budget: BudgetPublic
    on_budget: OnBudget
    allowed_paths: AllowedPaths | None = Field(None, description="How it narrows what its project allows.")
    approve_commits: CommitApproval | None = None
    approve_plan: bool = False
    iteration: int
    progress: float = Field(description="From 0 to 1.")
    current_agent: str | None
    last_message: str | None
    result: JsonValue
    error: str | None
    created_at: WireTime
    available_at: WireTime
    started_at: WireTime | None
    completed_at: WireTime | None
    cancel_requested: bool
    forked_from: int | None = Field(description="The run whose finished steps this one began with.")
    usage: UsagePublic
    approval: ApprovalPublic | None = Field(None, description="What a WAITING run asks.")
    why_not_running: str | None = Field(None, description="Of a QUEUED run, and only when that one run is asked for.")


class RunPage(Page[RunPublic]):
    """A part of the runs, newest first."""

    total: int | None = Field(None, description="With `count`: how many match, on all pages; at most 10000.")
    has_more_than_total: bool = False


class EventPublic(Output):
    """One fact of a run. `event_id` counts 1, 2, 3 … within it, without gaps."""

    model_config = ConfigDict(json_schema_extra=examples.EVENT)

    event_id: int
    run_id: int
    task_id: str | None = Field(None, description="Only when the run belongs to a task.")
    timestamp: WireTime
    agent_role: str | None
    event_type: str
    payload: dict[str, JsonValue]


class EventsPublic(Output):
    events: list[EventPublic]
    total: int = Field(description="How many events the run has by now.")


class StepPublic(Output):
    key: str
    position: int
    input_hash: str
    output: JsonValue
    fence: int = Field(description="The claim that did it; 0 when it comes from the run that was forked.")
    replayed: bool = Field(description="Done in an earlier attempt, or in the run that was forked: not again.")
    started_at: WireTime
    finished_at: WireTime


class StepsPublic(Output):
    steps: list[StepPublic]
    total: int


class ProjectUsagePublic(UsagePublic):
    """The sum over all runs of a project that are kept."""

    runs: int


# ---- projects


class ProjectCreate(Input):
    model_config = ConfigDict(json_schema_extra=examples.NEW_PROJECT)

    name: ShortText | None = None
    local_path: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    policy: ProjectPolicy | None = Field(None, description="What its runs may do, and what a person is asked.")


class ProjectPatch(ProjectCreate):
    """Fields that are left out stay as they are, also those of the policy."""


class ProjectPublic(Output):
    model_config = ConfigDict(json_schema_extra=examples.PROJECT)

    id: int
    name: str
    local_path: str
    path_exists: bool = Field(description="Whether the API sees a directory there now.")
    policy: ProjectPolicy
    created_at: WireTime


# ---- tasks


class TaskCreate(Input):
    model_config = ConfigDict(json_schema_extra=examples.NEW_TASK)

    title: ShortText
    input_prompt: SpokenText
    agent: TaskAgentName | None = Field(None, description="See GET /agents.")


class TaskPublic(Output):
    id: str
    title: str
    input_prompt: str
    agent: str
    status: TaskState = Field(validation_alias="state")
    run_id: int | None
    created_at: WireTime


class TaskAccepted(Output):
    message: str
    task_id: str
    status: str = "accepted"
    run_id: int


class TaskStatePublic(Output):
    """What a task's latest run says."""

    task_id: str
    status: TaskState
    agent: str
    run_id: int | None
    progress: float
    current_agent: str | None
    last_message: str | None
    started_at: str | None
    completed_at: str | None
    final_result: JsonValue = Field(None, description="There once the task has SUCCEEDED.")
    error: str | None = Field(None, description="There once it has not.")


# ---- the service


class WorkerPublic(Output):
    id: str
    host: str
    pid: int
    model: str
    sandbox: str | None = Field(
        description="How strongly it holds commands, `L0` to `L3`; null while it still finds out."
    )
    last_heartbeat: WireTime
    slots: int
    busy: int


class QueuePublic(Output):
    queued: int
    running: int
    waiting: int


class WorkerStatus(Output):
    running: bool = Field(description="Whether a worker is alive.")
    check_interval: float
    workers: list[WorkerPublic]
    queue: QueuePublic


class WorkStarted(Output):
    mode: str = Field(description="`woken`: live workers were told. `started`: a process was started.")
    queued: int
    workers: int | None = None
    pid: int | None = None
    message: str


class Problem(Output):
    """RFC 9457."""

    model_config = ConfigDict(json_schema_extra=examples.PROBLEM)

    type: str
    title: str
    status: int
    detail: str
    next_step: str | None = None
    request_id: str


def without_none(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json", exclude_none=True)
