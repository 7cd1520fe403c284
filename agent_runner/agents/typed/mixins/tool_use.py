"""Mixin `tool-use`: the model of an agent may call tools while it answers."""

from typing import ClassVar

from agent_runner.agents.typed.base import Mixin, OnCreate
from agent_runner.domain.mixin import MixinOptions, ToolUseOptions


class ToolUseMixin(Mixin[ToolUseOptions]):
    name: ClassVar[str] = "tool-use"
    options_type: ClassVar[type[MixinOptions]] = ToolUseOptions

    async def on_create(self, hook: OnCreate) -> None:
        if hook.call.agent.config.max_tool_calls:
            hook.dialogue.offer(hook.tools.of(self.options.tools, hook.context))
