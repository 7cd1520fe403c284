"""The mixins of one call, one around the other: hooks run inwards, and on the way out in reverse."""

from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypedDict, TypeVar

from agent_runner.agents.base import RunContext
from agent_runner.agents.typed.base import (
    AnyMixin,
    OnComplete,
    OnCreate,
    OnDestroy,
    OnError,
    OnInvoke,
    OnMessage,
    OnResponse,
    OnStart,
    OnToolCall,
)
from agent_runner.agents.typed.call import Call
from agent_runner.agents.typed.dialogue import Dialogue
from agent_runner.agents.typed.tools.tool import ToolRegistry
from agent_runner.domain.events import Error
from agent_runner.domain.mixin import Hook
from agent_runner.domain.outcome import Reply
from agent_runner.errors import AgentFailed, AgentRunnerError

T = TypeVar("T")


class _Of(TypedDict):
    context: RunContext
    call: Call
    dialogue: Dialogue


class Chain:
    def __init__(self, mixins: Sequence[AnyMixin], context: RunContext, call: Call, dialogue: Dialogue) -> None:
        self._inwards = tuple(mixins)
        self._outwards = self._inwards[::-1]
        self._of = _Of(context=context, call=call, dialogue=dialogue)
        dialogue.before_call = self.invoke
        dialogue.before_tool = self.call_tool

    async def start(self, tools: ToolRegistry) -> None:
        for mixin in self._inwards:
            await _done(mixin, Hook.CREATE, mixin.on_create(OnCreate(**self._of, tools=tools)))
        for mixin in self._inwards:
            await _done(mixin, Hook.START, mixin.on_start(OnStart(**self._of)))

    async def message(self, message: str) -> str:
        for mixin in self._inwards:
            other = await _done(mixin, Hook.MESSAGE, mixin.on_message(OnMessage(**self._of, message=message)))
            message = message if other is None else other
        return message

    async def invoke(self) -> None:
        for mixin in self._inwards:
            await _done(mixin, Hook.INVOKE, mixin.on_invoke(OnInvoke(**self._of)))

    async def call_tool(self, tool: str, arguments: Mapping[str, Any]) -> None:
        for mixin in self._inwards:
            hook = OnToolCall(**self._of, tool=tool, arguments=arguments)
            await _done(mixin, Hook.TOOL_CALL, mixin.on_tool_call(hook))

    async def response(self, message: str, text: str) -> str:
        for mixin in self._outwards:
            hook = OnResponse(**self._of, message=message, text=text)
            other = await _done(mixin, Hook.RESPONSE, mixin.on_response(hook))
            text = text if other is None else other
        return text

    async def complete(self, reply: Reply) -> None:
        for mixin in self._outwards:
            await _done(mixin, Hook.COMPLETE, mixin.on_complete(OnComplete(**self._of, reply=reply)))

    async def fail(self, error: Exception) -> None:
        for mixin in self._outwards:
            await self._tried(mixin, Hook.ERROR, mixin.on_error(OnError(**self._of, error=error)))

    async def destroy(self) -> None:
        for mixin in self._outwards:
            await self._tried(mixin, Hook.DESTROY, mixin.on_destroy(OnDestroy(**self._of)))

    async def _tried(self, mixin: AnyMixin, hook: Hook, work: Awaitable[None]) -> None:
        """It is decided already how the call ends, so what goes wrong now is told and no more."""
        try:
            await _done(mixin, hook, work)
        except Exception as error:  # noqa: BLE001 - the boundary: whatever a mixin raises here, the others run as well
            with suppress(AgentRunnerError):  # an attempt that is over takes no events
                self._of["context"].emit(Error(message=str(error)), self._of["call"].node)


async def _done(mixin: AnyMixin, hook: Hook, work: Awaitable[T]) -> T:
    try:
        return await work
    except AgentRunnerError:
        raise
    except Exception as error:
        raise AgentFailed(f"its mixin {mixin.name!r} failed in {hook}: {type(error).__name__}: {error}") from error
