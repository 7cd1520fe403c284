"""Mixin `rate-limit`: all agents of a worker with the same options make at most so many model calls in so long."""

import asyncio
import time
from collections import deque
from typing import ClassVar, Final

from agent_runner.agents.typed.base import Mixin, OnInvoke
from agent_runner.domain.mixin import MixinOptions, RateLimitOptions

SECONDS: Final = {"second": 1.0, "minute": 60.0}


class Window:
    """No stretch of `seconds` holds the beginnings of more than `calls` calls, wherever it begins."""

    def __init__(self, calls: int, seconds: float) -> None:
        self._seconds = seconds
        self._begun: deque[float] = deque(maxlen=calls)

    def wait_seconds(self, now: float) -> float:
        """How long the next call must wait. Its place is taken, so whoever comes next waits behind it."""
        is_full = len(self._begun) == self._begun.maxlen
        begins = max(now, self._begun[0] + self._seconds) if is_full else now
        self._begun.append(begins)
        return begins - now


_WINDOWS: Final[dict[RateLimitOptions, Window]] = {}
"""Of this process, for all runs in it."""


class RateLimitMixin(Mixin[RateLimitOptions]):
    name: ClassVar[str] = "rate-limit"
    options_type: ClassVar[type[MixinOptions]] = RateLimitOptions

    async def on_invoke(self, hook: OnInvoke) -> None:
        del hook
        window = _WINDOWS.setdefault(self.options, Window(self.options.calls, SECONDS[self.options.per]))
        await asyncio.sleep(window.wait_seconds(time.monotonic()))
