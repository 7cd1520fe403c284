"""The mixins that come with agent-runner: what agents can be given, and the options of each.

agents/typed/mixins/ has what they do; people add their own there, which only their workers know.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, Self, TypeVar

from pydantic import Field, JsonValue, ValidationError, model_validator

from agent_runner.domain.agent_type import AgentConfig, Definition, Word
from agent_runner.domain.budget import Budget
from agent_runner.errors import InvalidInput


class Hook(StrEnum):
    """What a mixin is told of in the life of one answer, in this order."""

    CREATE = "on_create"
    START = "on_start"
    MESSAGE = "on_message"
    INVOKE = "on_invoke"
    TOOL_CALL = "on_tool_call"
    RESPONSE = "on_response"
    COMPLETE = "on_complete"
    ERROR = "on_error"
    DESTROY = "on_destroy"


class MixinOptions(Definition):
    """The base of all options; of a mixin that has none."""


class ToolUseOptions(MixinOptions):
    tools: tuple[Word, ...] | None = Field(
        default=None, max_length=100, description="Which tools it may use; null: all that are built in."
    )


class MemoryOptions(MixinOptions):
    by: Literal["node", "agent"] = Field(
        default="node", description="Whose past it has: its own seat's, or that of all seats with its agent."
    )
    most: int = Field(default=10, ge=1, le=100, description="So many of the latest exchanges.")
    longest: int = Field(default=4000, ge=100, le=32_000, description="Characters of each message and each answer.")


class ReasoningOptions(MixinOptions):
    pass


class SelfReflectionOptions(MixinOptions):
    rounds: int = Field(default=1, ge=1, le=5, description="How often it may revise; fewer where it finds nothing.")


class HumanInTheLoopOptions(MixinOptions):
    question: str = Field(
        default="May this answer count?", min_length=1, max_length=2000, description="What the person is asked."
    )
    expires_in_seconds: float | None = Field(
        default=7 * 24 * 3600.0, gt=0, le=31_536_000, description="How long it waits; null: for ever."
    )


class LoggingOptions(MixinOptions):
    hooks: tuple[Hook, ...] = Field(default=tuple(Hook), max_length=len(Hook), description="What is told.")


class RateLimitOptions(MixinOptions):
    """Agents with the same options share one limit."""

    calls: int = Field(ge=1, le=10_000, description="At most so many model calls of a worker")
    per: Literal["second", "minute"] = Field(default="minute", description="Within any stretch of that length.")
    name: Word = Field(default="all", description="Agents with another name have a limit of their own.")


class CacheOptions(MixinOptions):
    pass


class BudgetOptions(MixinOptions):
    """What one agent at its node may consume in a run, beside the budget of the run."""

    cost_usd: float | None = Field(default=None, gt=0, le=1_000_000, description="US dollars.")
    tokens: int | None = Field(default=None, gt=0, le=10**15, description="In and out.")
    model_calls: int | None = Field(default=None, gt=0, le=10**9, description="Cached ones, too.")

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.limits == Budget():
            raise ValueError("one of cost_usd, tokens and model_calls must be given")
        return self

    @property
    def limits(self) -> Budget:
        return Budget(cost_usd=self.cost_usd, tokens=self.tokens, model_calls=self.model_calls)


@dataclass(frozen=True, slots=True, kw_only=True)
class MixinEntry:
    """`requires`: mixins that an agent with this one has as well, named or not."""

    name: str
    description: str
    requires: tuple[str, ...] = ()
    options: type[MixinOptions] = MixinOptions

    @property
    def properties(self) -> dict[str, JsonValue]:
        """Its options by name, each as a JSON schema."""
        return self.options.model_json_schema().get("properties", {})


BUILT_IN_MIXINS: Final = (
    MixinEntry(
        name="logging",
        description="Tells of each of its steps, and how long it took, in LOG events.",
        options=LoggingOptions,
    ),
    MixinEntry(
        name="human-in-the-loop",
        description="Asks a person before its answer counts.",
        options=HumanInTheLoopOptions,
    ),
    MixinEntry(
        name="memory",
        description="Remembers what it was asked and has answered earlier in the run.",
        options=MemoryOptions,
    ),
    MixinEntry(
        name="reasoning",
        description="Thinks first, then answers; the thought is no part of the answer.",
        options=ReasoningOptions,
    ),
    MixinEntry(
        name="self-reflection",
        description="Criticises its own answer, and revises it.",
        options=SelfReflectionOptions,
    ),
    MixinEntry(
        name="tool-use",
        description="Uses tools: it calculates, reads the run's project, and has the tools of your own.",
        options=ToolUseOptions,
    ),
    MixinEntry(
        name="cache",
        description="Takes an earlier answer of a model to the same question for as good as a new one.",
        options=CacheOptions,
    ),
    MixinEntry(
        name="budget",
        description="Fails where it would consume more than it may, whatever the run may.",
        options=BudgetOptions,
    ),
    MixinEntry(
        name="rate-limit",
        description="Waits before a model call that would be one too many.",
        options=RateLimitOptions,
    ),
)
"""In the order in which their hooks run on the way in, whatever the order in which an agent names them."""

_BY_NAME: Final = {entry.name: entry for entry in BUILT_IN_MIXINS}

Options = TypeVar("Options", bound=MixinOptions)


def options_of_mixin(name: str, options: type[Options], given: Mapping[str, JsonValue]) -> Options:
    """Raises InvalidInput with a sentence for each option that cannot be used."""
    try:
        return options.model_validate(given)
    except ValidationError as error:
        sentences = [_sentence(problem["loc"], problem["msg"], problem["input"]) for problem in error.errors()]
        known = ", ".join(options.model_fields) or "none"
        raise InvalidInput(
            f"the mixin {name!r} cannot be used with these options: {'; '.join(sentences)}",
            next_step=f"correct mixin_options.{name}; its options are: {known}",
        ) from None


def require_usable_options(config: AgentConfig) -> None:
    """Raises InvalidInput for options of a built-in mixin that it cannot be used with; of others only workers know."""
    for name in (*config.mixins, *config.mixin_options):
        if (entry := _BY_NAME.get(name)) is not None:
            options_of_mixin(name, entry.options, config.mixin_options.get(name, {}))


def _sentence(location: tuple[int | str, ...], message: str, given: object) -> str:
    where = ".".join(str(part) for part in location)
    said = message.removeprefix("Value error, ")
    return f"{where} is {given!r:.100}: {said}" if where else said
