"""Trying a model again where it has failed, within the one step that its answer becomes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from agent_runner.errors import ModelError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tries:
    """`retries` further tries after the first, each of at most `seconds`.

    They follow at once: a model that has failed has tried and waited by itself already.
    """

    retries: int = 0
    seconds: float | None = None

    async def of(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Raises the last ModelError, also where a try took too long; whatever else is raised, at once."""
        for _ in range(self.retries):
            try:
                return await self._once(attempt)
            except ModelError:
                continue
        return await self._once(attempt)

    async def _once(self, attempt: Callable[[], Awaitable[T]]) -> T:
        limit = asyncio.timeout(self.seconds)
        try:
            async with limit:
                return await attempt()
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise ModelError(f"no answer within {self.seconds:g} s (timeout_seconds)") from error


ONE_TRY: Final = Tries()
