"""The stage of runners that ask within the worker: each call is a step of the run."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar, cast

from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.agents.typed.answer import answer
from agent_runner.agents.typed.call import Call
from agent_runner.agents.typed.registry import MixinRegistry
from agent_runner.domain.outcome import Reply
from agent_runner.topologies.stage import Branch

T = TypeVar("T")
ASKED_ELSEWHERE: Final = "asked elsewhere"
"""In what an attempt shares: whether the demo model gave the answers of other machines, a set of both."""


class SequentialStage:
    """One call after the other, in the order of the branches; the first failure ends it."""

    def __init__(self, context: RunContext, mixins: MixinRegistry) -> None:
        self._context = context
        self._mixins = mixins
        self._share = 0.0

    async def call(self, call: Call) -> Reply:
        self._context.report(current_agent=call.node)
        return await answer(self._context, call, self._mixins)

    async def gather(self, branches: Sequence[Branch[T]]) -> list[T]:
        return [await branch() for branch in branches]

    async def settle(self, key: str, find: Callable[[], Awaitable[dict[str, str]]]) -> dict[str, str]:
        async def work() -> JsonValue:
            return cast("dict[str, JsonValue]", await find())

        return cast("dict[str, str]", await self._context.step(key, work))

    def tell(self, share: float, message: str) -> None:
        """Parts that are played at the same time tell shares of their own; progress never goes back."""
        self._share = max(self._share, round(share, 4))
        self._context.report(progress=self._share, message=message)


class ConcurrentStage(SequentialStage):
    """At most `max_concurrent` calls at once, however the topology nests what it does together."""

    def __init__(self, context: RunContext, mixins: MixinRegistry, max_concurrent: int) -> None:
        super().__init__(context, mixins)
        self._slots = asyncio.Semaphore(max_concurrent)

    async def call(self, call: Call) -> Reply:
        async with self._slots:
            return await super().call(call)

    async def gather(self, branches: Sequence[Branch[T]]) -> list[T]:
        """Those that go on when one has failed are waited for: what they pay for is then in the journal."""
        ended = await asyncio.gather(*(branch() for branch in branches), return_exceptions=True)
        failed = [each for each in ended if isinstance(each, BaseException)]
        for error in sorted(failed, key=lambda error: isinstance(error, Exception)):  # a stop before any failure
            raise error
        return cast("list[T]", ended)
