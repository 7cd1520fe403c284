"""Mixin `memory`: an agent knows what it was asked and has answered earlier in the run.

It is made of what the call brings along, which is the same on every runner and in every attempt: what was said in the
topology before, without what is said at the same time.
"""

from typing import ClassVar

from pydantic import JsonValue

from agent_runner.agents.prompt import shortened
from agent_runner.agents.typed.base import Mixin, OnMessage
from agent_runner.agents.typed.call import Call, Exchange
from agent_runner.agents.typed.prompt import prompt
from agent_runner.domain.mixin import MemoryOptions, MixinOptions


class MemoryMixin(Mixin[MemoryOptions]):
    name: ClassVar[str] = "memory"
    options_type: ClassVar[type[MixinOptions]] = MemoryOptions

    def knows(self, call: Call) -> JsonValue:
        return [self._shown(exchange) for exchange in self._own(call)]

    async def on_message(self, hook: OnMessage) -> str | None:
        earlier = "\n\n".join(self._shown(exchange) for exchange in self._own(hook.call))
        return prompt("mixin-memory").substitute(earlier=earlier, message=hook.message) if earlier else None

    def _own(self, call: Call) -> list[Exchange]:
        own = [exchange for exchange in call.earlier if self._is_own(call, exchange)]
        return own[-self.options.most :]

    def _is_own(self, call: Call, exchange: Exchange) -> bool:
        if self.options.by == "agent":
            return exchange.reply.agent == call.agent.name
        return exchange.reply.node == call.node

    def _shown(self, exchange: Exchange) -> str:
        asked = shortened(exchange.message, self.options.longest)
        said = shortened(exchange.reply.text, self.options.longest)
        return f"<asked>\n{asked}\n</asked>\n<answered>\n{said}\n</answered>"
