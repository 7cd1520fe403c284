"""Mixins: what an agent can do beside answering. Each has hooks, which are called in the life of one answer.

The hooks run while a call is worked on, in every attempt that works on it, and never for a call whose answer is in the
journal. What they ask through the dialogue or the context is a step like all others: done once. What they keep in
themselves is gone after the call.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.agents.typed.call import Call
from agent_runner.agents.typed.dialogue import Dialogue
from agent_runner.agents.typed.tools.tool import ToolRegistry
from agent_runner.domain.mixin import MixinOptions
from agent_runner.domain.outcome import Reply

Options = TypeVar("Options", bound=MixinOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What every hook is given."""

    context: RunContext
    call: Call
    dialogue: Dialogue


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCreate(Moment):
    """The mixin is made for this call; `tools` are all that the worker has."""

    tools: ToolRegistry


@dataclass(frozen=True, slots=True, kw_only=True)
class OnStart(Moment):
    """All mixins are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnMessage(Moment):
    """The agent is about to be asked this."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnInvoke(Moment):
    """A model call is about to be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnToolCall(Moment):
    """The model calls a tool, which has not run yet. Raise ToolRefused to tell the model that it may not."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnResponse(Moment):
    """There is an answer of the right form to the message."""

    message: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnComplete(Moment):
    """This is recorded next."""

    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class OnError(Moment):
    """There will be no answer in this attempt."""

    error: Exception


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDestroy(Moment):
    """The work on the call has ended, with an answer, an error, a question to a person, or because it was stopped."""


class Mixin(Generic[Options]):
    """One object serves one call. Every hook may be left out.

    On the way in the hooks of what it requires run before its own, on the way out (on_response, on_complete, on_error,
    on_destroy) after them. Whatever a hook raises fails the agent, except on_error and on_destroy, which is only told.
    """

    name: ClassVar[str]
    requires: ClassVar[tuple[str, ...]] = ()
    options_type: ClassVar[type[MixinOptions]] = MixinOptions

    def __init__(self, options: Options) -> None:
        self.options = options

    def knows(self, call: Call) -> JsonValue:
        """What it brings into the question from elsewhere: a recorded answer holds only where this is the same."""
        del call
        return None

    async def on_create(self, hook: OnCreate) -> None: ...

    async def on_start(self, hook: OnStart) -> None: ...

    async def on_message(self, hook: OnMessage) -> str | None:
        """A text that is returned is asked instead."""

    async def on_invoke(self, hook: OnInvoke) -> None: ...

    async def on_tool_call(self, hook: OnToolCall) -> None: ...

    async def on_response(self, hook: OnResponse) -> str | None:
        """A text that is returned is the answer instead."""

    async def on_complete(self, hook: OnComplete) -> None: ...

    async def on_error(self, hook: OnError) -> None: ...

    async def on_destroy(self, hook: OnDestroy) -> None: ...


AnyMixin = Mixin[Any]
