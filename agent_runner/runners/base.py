"""The contract of a runner, how it is set, and what a run of it came to."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.domain.agent_type import AgentType
from agent_runner.domain.composition import Composition, compose
from agent_runner.domain.outcome import AnyOutcome
from agent_runner.domain.run import RunStatus
from agent_runner.domain.topology import TopologyType
from agent_runner.errors import InvalidInput

T = TypeVar("T", AgentType, TopologyType)
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class RunConfig(BaseModel):
    """How a runner carries out a run that Python code has asked it for."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    correlation_id: str = Field(default_factory=lambda: uuid.uuid4().hex, min_length=1, max_length=200)
    """Stands in the run's config and in the result: what connects it with the caller's own records."""
    timeout_seconds: float = Field(default=3600, gt=0, le=604_800)
    """The longest it may work, all attempts together; waiting for a person does not count."""
    checkpoint_enabled: bool = True
    """Whether it lies in the database, where it can be continued; otherwise it ends with its process."""
    retry_on_failure: bool = True
    max_retries: int = Field(default=3, ge=0, le=99)
    """Further attempts after one that failed; each goes on from the journal."""
    log_level: LogLevel = "INFO"
    """Of agent-runner's own log while it runs."""
    trace_enabled: bool = False
    """Whether the result has a span for each answer of an agent."""
    metrics_enabled: bool = True
    """Whether the result says what was consumed."""

    @property
    def max_attempts(self) -> int:
        return 1 + self.max_retries if self.retry_on_failure else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One answer of an agent; `ended_at` is None where it failed, or was interrupted."""

    node: str
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    agent_calls: int
    model_calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """`execution_id` is the run's id, as the API and the command line have it."""

    execution_id: int
    status: RunStatus
    output: str | None
    """What the topology came to, in words; None where it did not."""
    outcome: AnyOutcome | None
    error: str | None
    started_at: datetime | None
    completed_at: datetime | None
    duration_ms: float | None
    """From the first claim to the end."""
    runner_type: str
    topology_name: str
    correlation_id: str
    trace: Sequence[Span] = ()
    metrics: Metrics | None = None


OnEvent = Callable[[dict[str, Any]], object]
"""Gets each event of a run as `GET /runs/{id}/events` has it, in order."""

Agents = Mapping[str, AgentType] | Sequence[AgentType]
Topologies = Mapping[str, TopologyType] | Sequence[TopologyType]


class Runner(ABC):
    """Where and how the agents of a topology are scheduled.

    A worker calls `play` for a run that names the runner. Python code calls `run`, which carries the run out in its own
    process, with the same journal: killed, it is continued by `resume`, or by any worker of the database.
    """

    name: ClassVar[str] = ""
    """What runs call it; given by the decorator `@runner`."""

    def __init__(self, config: RunConfig | None = None, db_url: str | None = None) -> None:
        """`db_url` None: the DATABASE_URL of the settings."""
        self.config: Final = config or RunConfig()
        self.db_url: Final = db_url

    @classmethod
    def of_run(cls, config: Mapping[str, Any]) -> Self:
        """The runner for a run of the queue, whose config may set it. Raises PermanentAgentError for what is wrong."""
        del config
        return cls()

    @property
    def config_of_run(self) -> Mapping[str, JsonValue]:
        """What `of_run` makes such a runner of, for a worker that goes on with a run of Python code."""
        return {}

    @abstractmethod
    async def play(self, context: RunContext, composition: Composition, task: str) -> AnyOutcome:
        """The outcome. Every answer of an agent is a step of the context's run."""

    async def run(
        self,
        topology: TopologyType,
        agents: Agents,
        input_data: str | Mapping[str, JsonValue],
        *,
        topologies: Topologies = (),
        on_event: OnEvent | None = None,
    ) -> RunResult:
        """Carries the topology out and returns what it came to, whether it succeeded or not.

        `input_data` is the task, or a mapping whose `goal` is the task; the rest of it is shown to the agents as well.
        `topologies` are the parts of a compound. Being cancelled cancels the run. Raises InvalidInput for what does not
        fit together, and ConfigurationError when the database or the model cannot be used as configured.
        """
        from agent_runner.runners.library import carry_out, goal_and_input  # noqa: PLC0415 - a worker needs none of it

        if not self.name:
            raise InvalidInput(
                f"the runner {type(self).__name__} has no name, by which its runs could go on after a crash",
                next_step='put @runner("a-name") on its class',
            )
        composition = compose(topology, _by_name(agents), _by_name(topologies), runner=self.name)
        goal, given = goal_and_input(input_data)
        return await carry_out(self, composition, goal, given, on_event)

    async def resume(self, execution_id: int, *, on_event: OnEvent | None = None) -> RunResult:
        """Goes on with a run whose process has died, or that has failed; waits for one that a worker has taken up.

        Finished answers are not asked for again. Raises NotFound without such a run, InvalidInput for one of another
        agent.
        """
        from agent_runner.runners.library import go_on  # noqa: PLC0415 - a worker needs none of it

        return await go_on(self, execution_id, on_event)


def _by_name(given: Mapping[str, T] | Sequence[T]) -> Mapping[str, T]:
    return given if isinstance(given, Mapping) else {each.name: each for each in given}
