"""Mixin `reasoning`: an agent thinks first; the thought is told as AGENT_THINKING, and is no part of the answer."""

from typing import ClassVar

from agent_runner.agents.typed.base import Mixin, OnMessage
from agent_runner.agents.typed.prompt import prompt
from agent_runner.domain.mixin import MixinOptions, ReasoningOptions


class ReasoningMixin(Mixin[ReasoningOptions]):
    name: ClassVar[str] = "reasoning"
    options_type: ClassVar[type[MixinOptions]] = ReasoningOptions

    async def on_message(self, hook: OnMessage) -> str:
        thoughts = await hook.dialogue.ask("think", prompt("mixin-think").substitute(message=hook.message))
        return prompt("mixin-thought").substitute(message=hook.message, thoughts=thoughts)
