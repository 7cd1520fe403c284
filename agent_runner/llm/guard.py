"""What may leave for a model server, and what may come back from it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import httpx2

from agent_runner.llm.endpoint import Endpoint
from agent_runner.llm.failure import CallFailed

LARGEST_ANSWER_BYTES: Final = 4 * 1024 * 1024
LARGEST_STREAM_BYTES: Final = 32 * 1024 * 1024
"""Some 400 bytes come with each token of a stream, and nobody keeps them."""
SILENT_SHARE: Final = 0.5
"""Of the time limit of a try: so long a stream may say nothing once it has begun. Before that a model may think."""
LONGEST_CONNECT_SECONDS: Final = 10.0
USER_AGENT: Final = "agent-runner"

_SENT_HEADERS: Final = frozenset(
    {"host", "connection", "content-type", "content-length", "transfer-encoding", "accept", "anthropic-version"}
)


def guarded_client(endpoint: Endpoint, timeout_seconds: float) -> httpx2.AsyncClient:
    """A client with a pool of its own. A server on this machine is never reached through a proxy."""
    guard = _Guard(endpoint, timeout_seconds * SILENT_SHARE)
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(timeout_seconds, connect=min(timeout_seconds, LONGEST_CONNECT_SECONDS), pool=None),
        limits=httpx2.Limits(max_connections=1000, max_keepalive_connections=32),
        follow_redirects=False,
        trust_env=not endpoint.is_on_this_machine,
        event_hooks={"request": [guard.leaving], "response": [guard.arriving]},
    )


class _Guard:
    def __init__(self, endpoint: Endpoint, silent_seconds: float) -> None:
        self._endpoint = endpoint
        self._silent_seconds = silent_seconds

    async def leaving(self, request: httpx2.Request) -> None:
        """The SDKs add keys, account ids and headers from the environment: only our own key leaves, and no other."""
        for name in list(request.headers):
            if name.lower() not in _SENT_HEADERS:
                del request.headers[name]
        request.headers["user-agent"] = USER_AGENT
        request.headers["accept-encoding"] = "identity"
        if (authorization := self._endpoint.authorization) is not None:
            name, value = authorization
            request.headers[name] = value

    async def arriving(self, response: httpx2.Response) -> None:
        """A redirect could lead to a cloud's metadata service; a few compressed kilobytes could fill the memory."""
        name = self._endpoint.name
        if response.is_redirect:
            raise CallFailed(
                f"{name} answered {response.status_code}, a redirect, which is not followed: set the final address",
                is_passing=False,
            )
        encoding = response.headers.get("content-encoding", "identity")
        if encoding != "identity":
            raise CallFailed(f"{name} compressed its answer ({encoding[:40]}), though asked not to", is_passing=True)
        if isinstance(response.stream, httpx2.AsyncByteStream):
            is_streamed = response.headers.get("content-type", "").lower().startswith("text/event-stream")
            response.stream = (
                _EventStream(response.stream, name, self._silent_seconds)
                if is_streamed
                else _BoundedStream(response.stream, name)
            )


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, name: str) -> None:
        self._stream = stream
        self._name = name

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for part in self._stream:
            received += len(part)
            if received > LARGEST_ANSWER_BYTES:
                raise _too_large(self._name, LARGEST_ANSWER_BYTES)
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


class _EventStream(httpx2.AsyncByteStream):
    """Bounded as a whole and in each line, which the SDKs collect; and in its silence, which none of them watches."""

    def __init__(self, stream: httpx2.AsyncByteStream, name: str, silent_seconds: float) -> None:
        self._stream = stream
        self._name = name
        self._silent_seconds = silent_seconds

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = line = 0
        parts = aiter(self._stream)
        silent_seconds = None
        while (part := await self._next(parts, silent_seconds)) is not None:
            received += len(part)
            line = len(part) - end - 1 if (end := part.rfind(b"\n")) >= 0 else line + len(part)
            if received > LARGEST_STREAM_BYTES:
                raise _too_large(self._name, LARGEST_STREAM_BYTES)
            if line > LARGEST_ANSWER_BYTES:
                raise _too_large(self._name, LARGEST_ANSWER_BYTES)
            yield part
            silent_seconds = self._silent_seconds

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def _next(self, parts: AsyncIterator[bytes], silent_seconds: float | None) -> bytes | None:
        """None at the end."""
        try:
            async with asyncio.timeout(silent_seconds):
                return await anext(parts, None)
        except TimeoutError:
            sentence = f"{self._name} fell silent in the middle of its answer, for {self._silent_seconds:g} s"
            raise CallFailed(f"{sentence} (half of LLM_TIMEOUT_SECONDS)", is_passing=True) from None


def _too_large(name: str, most: int) -> CallFailed:
    return CallFailed(f"{name} answered with more than {most} bytes", is_passing=True)
