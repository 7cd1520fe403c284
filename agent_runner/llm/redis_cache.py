"""The cache in Redis, behind a breaker: one that is dead, hangs or talks nonsense costs one short wait, once."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeVar, cast
from urllib.parse import SplitResult, urlsplit

from agent_runner.errors import ConfigurationError
from agent_runner.llm.cache import LARGEST_KEPT_BYTES

if TYPE_CHECKING:
    from redis.asyncio import Redis

T = TypeVar("T")

log: Final = logging.getLogger(__name__)

PREFIX: Final = "agent-runner:answer:"
LONGEST_SECONDS: Final = 0.25
"""For one question to Redis, its connection included."""
PAUSE_SECONDS: Final = 30.0
"""So long nobody asks a Redis that did not answer; then it is asked beside the model's call, which does not wait."""
MOST_CONNECTIONS: Final = 16
DEFAULT_PORT: Final = 6379


class RedisCache:
    """Shared by all workers that name the same REDIS_URL. Connects at the first question."""

    def __init__(self, url: str, seconds: int, *, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._url = url.strip()
        self._place = _place(self._url)
        self._seconds = seconds
        self._pause_seconds = pause_seconds
        self._client: Redis | None = None
        self._connecting = asyncio.Lock()
        self._is_away = False
        self._ask_again_at = 0.0
        self._asking_again: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        return f"redis at {self._place}"

    async def get(self, key: str) -> bytes | None:
        async def read(redis: "Redis") -> bytes:
            found = await redis.getrange(f"{PREFIX}{key}", 0, LARGEST_KEPT_BYTES)  # whoever wrote it, it is not endless
            return cast("bytes", found)

        return await self._unless_away(read) or None

    async def put(self, key: str, value: bytes) -> None:
        async def write(redis: "Redis") -> None:
            await redis.set(f"{PREFIX}{key}", value, ex=self._seconds)

        await self._unless_away(write)

    async def complaint(self) -> str | None:
        try:
            await self._within_time(_greet)
        except Exception as error:  # noqa: BLE001 - the boundary: whatever a broken server makes the library raise
            return self._said(error)
        return None

    async def close(self) -> None:
        if self._asking_again is not None:
            self._asking_again.cancel()
            await asyncio.gather(self._asking_again, return_exceptions=True)
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _unless_away(self, ask: "Callable[[Redis], Awaitable[T]]") -> T | None:
        """None, without waiting, while Redis is away."""
        if self._is_away:
            self._ask_again_in_time()
            return None
        try:
            return await self._within_time(ask)
        except Exception as error:  # noqa: BLE001 - the boundary: a cache never fails a call, whatever it raises
            if not str(error).startswith("WRONGTYPE"):  # that is somebody else's value, which the next answer replaces
                self._gone(error)
            return None

    async def _within_time(self, ask: "Callable[[Redis], Awaitable[T]]") -> T:
        client = await self._connected()
        async with asyncio.timeout(LONGEST_SECONDS):
            return await ask(client)

    def _gone(self, error: Exception) -> None:
        self._ask_again_at = time.monotonic() + self._pause_seconds
        if not self._is_away:
            self._is_away = True
            log.warning("Cache is away, models are asked without it", extra={"reason": self._said(error)})

    def _ask_again_in_time(self) -> None:
        is_asking = self._asking_again is not None and not self._asking_again.done()
        if not is_asking and time.monotonic() >= self._ask_again_at:
            self._asking_again = asyncio.create_task(self._ask_again(), name="cache")

    async def _ask_again(self) -> None:
        try:
            await self._within_time(_greet)
        except Exception as error:  # noqa: BLE001 - the boundary, as above
            self._gone(error)
        else:
            self._is_away = False
            log.info("Cache answers again", extra={"cache": self.name})

    def _said(self, error: Exception) -> str:
        why = f"did not answer within {LONGEST_SECONDS:g} s" if isinstance(error, TimeoutError) else f"says: {error}"
        return f"{self.name} {why}"

    async def _connected(self) -> "Redis":
        async with self._connecting:
            if self._client is None:
                self._client = await asyncio.to_thread(_client, self._url)
            return self._client


async def _greet(redis: "Redis") -> None:
    await redis.getrange(PREFIX, 0, 0)  # who may not read is away too


def _client(url: str) -> "Redis":
    """Without the retries that the library makes by itself: with them a dead server costs four seconds a call."""
    from redis.asyncio import BlockingConnectionPool, Redis  # noqa: PLC0415 - a quarter of a second of imports
    from redis.asyncio.retry import Retry  # noqa: PLC0415
    from redis.backoff import NoBackoff  # noqa: PLC0415

    pool = BlockingConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType] - the library says no types
        url,
        max_connections=MOST_CONNECTIONS,
        timeout=LONGEST_SECONDS,
        socket_timeout=LONGEST_SECONDS,
        socket_connect_timeout=LONGEST_SECONDS,
        retry=Retry(NoBackoff(), 1),  # a connection that a restart has broken
        protocol=2,  # what every server speaks
    )
    return Redis.from_pool(pool)  # which closes it with itself


def _place(url: str) -> str:
    """Host and port, or the path of a socket. Raises ConfigurationError, without the password."""
    parts = _parts(url)
    is_socket = parts is not None and parts.scheme == "unix" and bool(parts.path)
    is_host = parts is not None and parts.scheme in {"redis", "rediss"} and bool(parts.hostname)
    database = parts.path.strip("/") if parts is not None and is_host else ""
    if (
        parts is None
        or not (is_socket or is_host)
        or parts.query
        or parts.fragment
        or not (database or "0").isdecimal()
    ):
        raise ConfigurationError(
            f"REDIS_URL is no address of a Redis: {url.rpartition('@')[2]!r}",
            next_step="write it like REDIS_URL=redis://127.0.0.1:6379/0, or set CACHE_BACKEND=memory",
        )
    return parts.path if is_socket else f"{parts.hostname}:{parts.port or DEFAULT_PORT}"


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises when it is no port
    except ValueError:
        return None
    return parts
