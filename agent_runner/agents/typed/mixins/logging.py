"""Mixin `logging`: LOG events for the hooks of an agent, with the time since its start."""

import time
from typing import ClassVar

from agent_runner.agents.typed.base import (
    Mixin,
    Moment,
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
from agent_runner.domain.events import Log
from agent_runner.domain.mixin import Hook, LoggingOptions, MixinOptions


class LoggingMixin(Mixin[LoggingOptions]):
    name: ClassVar[str] = "logging"
    options_type: ClassVar[type[MixinOptions]] = LoggingOptions

    def __init__(self, options: LoggingOptions) -> None:
        super().__init__(options)
        self._began = time.monotonic()

    async def on_create(self, hook: OnCreate) -> None:
        self._began = time.monotonic()
        self._tell(Hook.CREATE, hook)

    async def on_start(self, hook: OnStart) -> None:
        self._tell(Hook.START, hook)

    async def on_message(self, hook: OnMessage) -> None:
        self._tell(Hook.MESSAGE, hook, f"{len(hook.message)} characters")

    async def on_invoke(self, hook: OnInvoke) -> None:
        self._tell(Hook.INVOKE, hook, f"model call {hook.dialogue.consumed.model_calls + 1}")

    async def on_tool_call(self, hook: OnToolCall) -> None:
        self._tell(Hook.TOOL_CALL, hook, hook.tool)

    async def on_response(self, hook: OnResponse) -> None:
        self._tell(Hook.RESPONSE, hook, f"{len(hook.text)} characters")

    async def on_complete(self, hook: OnComplete) -> None:
        self._tell(Hook.COMPLETE, hook, f"{hook.reply.consumed.tokens} tokens")

    async def on_error(self, hook: OnError) -> None:
        self._tell(Hook.ERROR, hook, type(hook.error).__name__)

    async def on_destroy(self, hook: OnDestroy) -> None:
        self._tell(Hook.DESTROY, hook)

    def _tell(self, name: Hook, hook: Moment, what: str = "") -> None:
        if name in self.options.hooks:
            seconds = time.monotonic() - self._began
            said = f"{name} after {seconds:.3f} s" + (f": {what}" if what else "")
            hook.context.emit(Log(message=said), hook.call.node)
