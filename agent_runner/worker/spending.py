"""What one attempt has consumed of the budget of its run, model calls under way included."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from agent_runner.domain.budget import Consumed, Reached, RunBudget
from agent_runner.domain.events import ModelCall
from agent_runner.llm.base import Spent
from agent_runner.store.held import Usage
from agent_runner.store.runs import ClaimedRun


class Spending:
    """Calls under way count as made, so that parallel ones cannot pass a limit together."""

    def __init__(self, claimed: ClaimedRun) -> None:
        self.budget = RunBudget.read(claimed.budget)
        self.is_told = False
        """Whether this attempt has said that a limit is reached."""
        self._consumed = Consumed(
            cost_usd=claimed.cost_usd,
            tokens=claimed.input_tokens + claimed.output_tokens,
            model_calls=claimed.model_calls,
        )
        self._under_way: set[str] = set()
        self._one_has_ended = asyncio.Event()
        self._pauses = 0
        self._one_pause_is_over = asyncio.Event()

    def reached(self) -> Reached | None:
        made = self._consumed.model_calls + len(self._under_way)
        return self.budget.reached_by(replace(self._consumed, model_calls=made))

    def call_begins(self, key: str) -> None:
        self._under_way.add(key)

    def call_ends(self, key: str, made: Sequence[ModelCall]) -> None:
        """What was made is in the journal; a call that has failed has made none. Nothing happens if it never began."""
        if key not in self._under_way:
            return
        self._under_way.remove(key)
        for call in made:
            self._consumed = Consumed(
                cost_usd=self._consumed.cost_usd + (call.cost_usd or 0.0),
                tokens=self._consumed.tokens + call.input_tokens + call.output_tokens,
                model_calls=self._consumed.model_calls + 1,
            )
        self._one_has_ended.set()
        self._one_has_ended = asyncio.Event()

    @asynccontextmanager
    async def paused(self) -> AsyncGenerator[None]:
        """Entered when no call is under way; until it is left none begins."""
        self._pauses += 1
        try:
            while await self.another_has_ended():
                pass
            yield
        finally:
            self._pauses -= 1
            self._one_pause_is_over.set()
            self._one_pause_is_over = asyncio.Event()

    async def may_begin(self) -> None:
        """Returns when there is no pause."""
        while self._pauses:
            await self._one_pause_is_over.wait()

    async def another_has_ended(self) -> bool:
        """Waits for a call under way; False at once when there is none."""
        if not self._under_way:
            return False
        await self._one_has_ended.wait()
        return True


def used_by(call: ModelCall) -> Usage:
    return Usage(
        model_calls=1,
        estimated_calls=int(call.estimated),
        input_tokens=call.input_tokens,
        output_tokens=call.output_tokens,
        cost_usd=call.cost_usd or 0.0,
    )


def model_call(spent: Spent, seconds: float) -> ModelCall:
    return ModelCall(
        model=spent.model,
        input_tokens=spent.input_tokens,
        output_tokens=spent.output_tokens,
        estimated=spent.is_estimated,
        cost_usd=spent.cost_usd,
        duration_ms=round(seconds * 1000, 1),
        cached=spent.is_cached,
        fallback=spent.fallback,
    )
