"""Where answers of models are kept that may be given again: in this process, or in Redis for several workers."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

LARGEST_KEPT_BYTES: Final = 1024 * 1024
MOST_BYTES: Final = 64 * 1024 * 1024
OVERHEAD_BYTES: Final = 400
"""About what an entry takes beside its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSettings:
    """What of the settings concerns the cache. `redis_url` may hold a password, so no repr shows it."""

    backend: str = "none"
    redis_url: str = field(default="", repr=False)
    seconds: int = 86_400
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """An answer that holds one of these is not kept."""


class AnswerCache(Protocol):
    """Never raises, and never makes a call wait noticeably: a cache that is away is an empty one."""

    @property
    def name(self) -> str:
        """`memory`, or `redis` and where it is, without a password."""
        ...

    async def get(self, key: str) -> bytes | None: ...

    async def put(self, key: str, value: bytes) -> None:
        """`value` is at most LARGEST_KEPT_BYTES long."""
        ...

    async def complaint(self) -> str | None:
        """Asks whether it answers: why not, or None when it does."""
        ...

    async def close(self) -> None: ...


class MemoryCache:
    """Bounded in bytes: what was not asked for the longest goes first."""

    name = "memory"

    def __init__(
        self, seconds: float, most_bytes: int = MOST_BYTES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._bytes = 0

    async def get(self, key: str) -> bytes | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        until, value = kept
        if until <= self._clock():
            self._forget(key)
            return None
        self._kept.move_to_end(key)
        return value

    async def put(self, key: str, value: bytes) -> None:
        self._forget(key)
        self._kept[key] = (self._clock() + self._seconds, value)
        self._bytes += len(value) + OVERHEAD_BYTES
        while self._bytes > self._most_bytes:
            self._forget(next(iter(self._kept)))

    async def complaint(self) -> str | None:
        return None

    async def close(self) -> None:
        self._kept.clear()
        self._bytes = 0

    def _forget(self, key: str) -> None:
        if (kept := self._kept.pop(key, None)) is not None:
            self._bytes -= len(kept[1]) + OVERHEAD_BYTES


def open_cache(settings: CacheSettings) -> AnswerCache | None:
    """None where nothing is to be kept. Connects to nothing yet. Raises ConfigurationError for a wrong REDIS_URL."""
    match settings.backend:
        case "redis":
            from agent_runner.llm.redis_cache import RedisCache  # noqa: PLC0415 - only what is configured is loaded

            return RedisCache(settings.redis_url, settings.seconds)
        case "memory":
            return MemoryCache(settings.seconds)
        case _:
            return None
