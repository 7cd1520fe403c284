"""The contract of an agent, and all that an agent may touch."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pydantic import JsonValue

from agent_runner.domain.approval import Answer, Question
from agent_runner.domain.composition import Composition
from agent_runner.domain.events import ModelCall, Payload
from agent_runner.domain.policy import ProjectPolicy, RunPolicy
from agent_runner.domain.report import CallReport
from agent_runner.llm.base import Model, ModelAnswer, ModelRequest, Spent
from agent_runner.sandbox.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Told:
    """An event that goes with a step."""

    payload: Payload
    agent_role: str | None = None


Tells = Callable[[JsonValue], Told | Sequence[Told]]
"""Makes the events of a step from its output."""


@dataclass(frozen=True, slots=True)
class Paid:
    """What a model call gave, and what it consumed."""

    output: JsonValue
    spent: Spent


@dataclass(frozen=True, slots=True)
class PaidElsewhere:
    """What came of model calls that another machine has made, and what they consumed."""

    output: JsonValue
    calls: Sequence[ModelCall]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """By what steps on other machines report to this attempt. `claim` tells it apart from all others of its run."""

    url: str
    token: str = field(repr=False)
    claim: int


@dataclass(frozen=True, slots=True)
class Reported:
    report: CallReport
    is_of_this_attempt: bool


class Elsewhere(Protocol):
    """The steps of this attempt that other machines carry out."""

    @property
    def claim(self) -> int: ...

    async def admit(self) -> Admission:
        """With a new token; the one before ends. It is good as long as this attempt lasts.

        Raises PermanentAgentError where this worker does not know at which address they reach the API.
        """
        ...

    async def reported(self, keys: Collection[str]) -> Mapping[str, Reported]:
        """What they have reported of these calls: an answer whenever it was, a failure in this attempt only."""
        ...


@dataclass(frozen=True, slots=True)
class ProjectOfRun:
    id: int
    name: str
    local_path: str
    policy: ProjectPolicy


class Suspended(BaseException):
    """The attempt ends here: a person is asked. No Exception, so that no agent takes it for a failure of its own."""


class RunContext(Protocol):
    """One attempt of a run, as its agent sees it."""

    run_id: int
    attempt: int
    goal: str
    input: dict[str, Any]
    config: dict[str, Any]
    project: ProjectOfRun | None
    policy: RunPolicy
    """How this run narrows what its project allows."""
    composition: Composition | None
    """Of a topology: itself, with all that it is made of."""
    model_name: str
    """The model that answers, the run's own or the worker's: `provider:model`, or `demo`."""
    shared: dict[str, Any]
    """What the agents of this attempt have in common, by name; gone with the attempt."""

    @property
    def directory(self) -> Path:
        """A private directory of this attempt, made at first use and removed with all that is in it at its end."""
        ...

    @property
    def lasting_directory(self) -> Path:
        """As `directory`, for all attempts of this run on this machine: removed when the run has ended.

        A later attempt may be on another machine and find it empty; an earlier one, lost by its worker, may still be
        writing for a moment.
        """
        ...

    @property
    def elsewhere(self) -> Elsewhere: ...

    def holds_secret(self, text: str) -> bool:
        """Whether a configured key or password of this worker stands in the text, which then must not be kept."""
        ...

    async def sandbox(self) -> Sandbox:
        """Where the attempt runs commands, always the same one; its private directory lies in the attempt's.

        Waits until the worker knows how strongly it can hold them. Raises SandboxError where that is too little.
        """
        ...

    def emit(self, payload: Payload, agent_role: str | None = None) -> None:
        """Records an event. It is committed in order, at the latest with the next step; not awaited.

        While finished steps are replayed nothing is recorded: an earlier attempt has recorded it.
        """
        ...

    def report(
        self,
        *,
        iteration: int | None = None,
        progress: float | None = None,
        current_agent: str | None = None,
        message: str | None = None,
    ) -> None:
        """Sets what GET /runs/{id} shows; `progress` from 0 to 1. Committed with the next event or step."""
        ...

    async def step(
        self,
        key: str,
        work: Callable[[], Awaitable[JsonValue]],
        *,
        input: JsonValue = None,  # noqa: A002 - the word of the journal
        tells: Tells | None = None,
        derived: bool = False,
    ) -> JsonValue:
        """Does `work` once in the life of the run and returns its JSON output; later attempts get the recorded output.

        `tells` makes an event of the output. It is committed with the step, so it is recorded exactly once; what is
        emitted after a step and before the next is recorded again when the run is resumed there.

        `derived`: the output follows from finished steps alone, and the work has no other effect. It is then returned
        before its commit, which comes no later than that of a later step; after a crash in between it is derived again.

        `key` is a stable path such as `plan` or `round-2/review`. Raises JournalMismatch when the recorded step had
        another input.
        """
        ...

    async def complete(
        self,
        key: str,
        request: ModelRequest,
        *,
        tells: Callable[[ModelAnswer], Told] | None = None,
        model: str | None = None,
        agent_role: str | None = None,
    ) -> ModelAnswer:
        """A question in words as a model step."""
        ...

    async def model_step(
        self,
        key: str,
        ask: Callable[[Model], Awaitable[Paid]],
        *,
        input: JsonValue,  # noqa: A002 - the word of the journal
        tells: Tells | None = None,
        agent_role: str | None = None,
        model: str | None = None,
    ) -> JsonValue:
        """A model call as a step: paid once, replayed afterwards. The only way to a model.

        `model` is one that this call wants instead of the run's; PermanentAgentError when this worker cannot make it.
        What it consumed is added to the run's usage and told by a MODEL_CALL event, both committed with the step.
        """
        ...

    async def step_elsewhere(
        self,
        key: str,
        wait: Callable[[], Awaitable[PaidElsewhere]],
        *,
        input: JsonValue,  # noqa: A002 - the word of the journal
        agent_role: str | None = None,
    ) -> JsonValue:
        """As `model_step`, for the model calls of a step on another machine: `wait` returns when it has reported.

        It begins, and counts as one call under way, only within the budget. Whatever it has consumed is counted.
        """
        ...

    async def ask(self, key: str, question: Question) -> Answer:
        """Asks a person, and returns what they answered: GRANTED, REJECTED with `revise`, ANSWERED or EXPIRED.

        Without an answer the attempt ends here, once the model calls under way are in the journal: the run waits, holds
        no worker, is not charged, and a later attempt comes here again. `key` is a stable path such as `approve/1`.
        Raises JournalMismatch when the key was asked something else before, and InvalidInput for a question that is too
        large.
        """
        ...

    def add_artifact(self, path: str, content: bytes, media_type: str, agent_role: str | None = None) -> None:
        """Leaves a file with the run, and an event that says so; the same path again replaces it.

        Committed with the next event or step. While finished steps are replayed nothing is added, as with `emit`.
        Raises InvalidInput for a path that is not a plain relative one, for more than 16 MiB, and for more than 1,000
        artifacts or 256 MiB in one run.
        """
        ...

    async def commit_point(self) -> None:
        """From here on a cancel is refused as too late. When one came first, the attempt is stopped here.

        Nothing may be asked after it, by a later attempt neither.
        """
        ...


class Agent(Protocol):
    """Does the work of a run and returns its result, a JSON object.

    An ordinary exception fails the attempt, which is then tried again; PermanentAgentError fails the run at once.
    Being stopped (cancel, time limit, drain, lost lease) arrives as asyncio.CancelledError.
    """

    async def run(self, context: RunContext) -> dict[str, JsonValue]: ...
