"""What may leave for a model server, and what may come back from it."""

from collections.abc import AsyncIterator
from typing import Final

import httpx2

from agent_runner.llm.endpoint import Endpoint
from agent_runner.llm.failure import CallFailed

LARGEST_ANSWER_BYTES: Final = 4 * 1024 * 1024
LONGEST_CONNECT_SECONDS: Final = 10.0
USER_AGENT: Final = "agent-runner"

_SENT_HEADERS: Final = frozenset(
    {"host", "connection", "content-type", "content-length", "transfer-encoding", "accept", "anthropic-version"}
)


def guarded_client(endpoint: Endpoint, timeout_seconds: float) -> httpx2.AsyncClient:
    """A client with a pool of its own. A server on this machine is never reached through a proxy."""
    guard = _Guard(endpoint)
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(timeout_seconds, connect=min(timeout_seconds, LONGEST_CONNECT_SECONDS), pool=None),
        limits=httpx2.Limits(max_connections=1000, max_keepalive_connections=32),
        follow_redirects=False,
        trust_env=not endpoint.is_on_this_machine,
        event_hooks={"request": [guard.leaving], "response": [guard.arriving]},
    )


class _Guard:
    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

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
            response.stream = _BoundedStream(response.stream, name)


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, name: str) -> None:
        self._stream = stream
        self._name = name

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for part in self._stream:
            received += len(part)
            if received > LARGEST_ANSWER_BYTES:
                raise CallFailed(f"{self._name} answered with more than {LARGEST_ANSWER_BYTES} bytes", is_passing=True)
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
