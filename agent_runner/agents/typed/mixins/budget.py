"""Mixin `budget`: what one agent may consume at its node in a run, on top of the budget of the run.

It counts the recorded answers of this node that stand before the call, and the call itself: the same on every runner.
So what is asked of the node at the same time begins from the same figure, and a call that failed is not in it.
"""

from typing import ClassVar

from agent_runner.agents.typed.base import Mixin, OnInvoke
from agent_runner.domain.budget import WORDS, Consumed, RunBudget, shown
from agent_runner.domain.mixin import BudgetOptions, MixinOptions
from agent_runner.errors import AgentFailed


class BudgetMixin(Mixin[BudgetOptions]):
    name: ClassVar[str] = "budget"
    options_type: ClassVar[type[MixinOptions]] = BudgetOptions

    async def on_invoke(self, hook: OnInvoke) -> None:
        before = [each.reply.consumed for each in hook.call.earlier if each.reply.node == hook.call.node]
        reached = RunBudget(**self.options.limits.model_dump()).reached_by(_sum([*before, hook.dialogue.consumed]))
        if reached is not None:
            limit = f"{shown(reached.limit)} {WORDS[reached.budget]} ({reached.budget})"
            raise AgentFailed(
                f"it has reached its own budget of {limit}: it has used {shown(reached.used)}",
                is_permanent=True,
                next_step="raise mixin_options.budget of the agent",
            )


def _sum(all_consumed: list[Consumed]) -> Consumed:
    return Consumed(
        cost_usd=sum(each.cost_usd for each in all_consumed),
        tokens=sum(each.tokens for each in all_consumed),
        model_calls=sum(each.model_calls for each in all_consumed),
    )
