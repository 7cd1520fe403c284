"""The way from the console's port to the API: every byte goes on as it comes, in both directions."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Final, cast

import httpx
from starlette.types import Message, Receive, Scope, Send

from agent_runner.api.guard import SAFE_METHODS
from agent_runner.api.listening import SLOWEST_READER_SECONDS, while_it_listens
from agent_runner.api.problem import problem_of
from agent_runner.console.headers import OF_THE_ANSWER, end_to_end, request_headers
from agent_runner.errors import ApiUnavailable, BodyTooSlow, RequestRefused

BODY_PAUSE_SECONDS: Final = 10.0
"""A body that comes is waited for; one that has stopped coming is not."""
TIMEOUTS: Final = {"connect": 5.0, "pool": 5.0, "write": 30.0, "read": 120.0}
"""A quiet stream says something every 15 seconds, and a long poll takes at most one minute."""
MOST_CONNECTIONS: Final = 1200
"""More than the API serves streams."""
IDLE_SECONDS: Final = 4.0
"""Shorter than the API keeps a quiet connection, so that it is never us who come too late."""
FRAMED_NOWHERE: Final = (b"content-security-policy", b"frame-ancestors 'none'")

_END: Final = {"type": "http.response.body", "body": b"", "more_body": False}

log = logging.getLogger(__name__)


class ClientGone(Exception):  # noqa: N818 - nobody's error
    """The client has gone before it had said all."""


class Body(httpx.AsyncByteStream):
    """What the client sends, piece by piece."""

    def __init__(self, receive: Receive, *, is_announced: bool) -> None:
        self._receive: Final = receive
        self._is_announced: Final = is_announced
        self._is_read: Final = asyncio.Event()
        self.has_begun: bool = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Raises ClientGone and BodyTooSlow."""
        has_more = self._is_announced
        while has_more:
            self.has_begun = True
            message = await self._next()
            if message["type"] == "http.disconnect":
                raise ClientGone
            if part := message.get("body", b""):
                yield part
            has_more = message.get("more_body", False)
        self.end()

    def end(self) -> None:
        """From here on nothing of it is wanted, and only the client's going away is listened for."""
        self._is_read.set()

    async def receive_after(self) -> Message:
        await self._is_read.wait()
        return await self._receive()

    async def _next(self) -> Message:
        try:
            async with asyncio.timeout(BODY_PAUSE_SECONDS):
                return await self._receive()
        except TimeoutError:
            raise BodyTooSlow(f"nothing of the request body came for {BODY_PAUSE_SECONDS:g} seconds") from None


class Proxy:
    """Sends requests on to one API and its answers back; connections are kept and used again."""

    def __init__(self, api_url: str) -> None:
        self._url: Final = httpx.URL(api_url)
        self._origin: Final = api_url
        limits = httpx.Limits(
            max_connections=MOST_CONNECTIONS, max_keepalive_connections=64, keepalive_expiry=IDLE_SECONDS
        )
        self._transport: Final = httpx.AsyncHTTPTransport(trust_env=False, limits=limits)
        self._streams: Final[set[asyncio.Task[None]]] = set()
        self._is_closed: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises ApiUnavailable and RequestRefused while nothing is sent back yet; later the answer is cut off."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        is_announced = headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
        body = Body(receive, is_announced=is_announced)
        try:
            await while_it_listens(body.receive_after, self._exchange(scope, body, send))
        except ClientGone:
            return
        except BodyTooSlow as error:
            answer = problem_of(scope, error)
            answer.headers["Connection"] = "close"
            await answer(scope, receive, send)

    def close(self) -> None:
        """Ends every stream, as the API does when it stops; its reader comes back."""
        self._is_closed = True
        for stream in self._streams:
            stream.cancel()

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def _exchange(self, scope: Scope, body: Body, send: Send) -> None:
        response = await self._answer(scope, body)
        body.end()
        try:
            if response.headers.get("content-type", "").startswith("text/event-stream"):
                await self._send_back_stream(scope, response, send)
            else:
                await self._send_back(scope, response, send)
        except httpx.TransportError as error:
            log.warning("API broke off", extra={"path": scope["path"], "error": _said(error)})
        except TimeoutError:
            log.info("Slow reader dropped", extra={"seconds": SLOWEST_READER_SECONDS})
        finally:
            await response.aclose()

    async def _send_back_stream(self, scope: Scope, response: httpx.Response, send: Send) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._streams.add(task)
        try:
            await self._send_back(scope, response, send)
        except asyncio.CancelledError:
            if not self._is_closed:
                raise
            await send(_END)
        finally:
            self._streams.discard(task)

    async def _send_back(self, scope: Scope, response: httpx.Response, send: Send) -> None:
        headers = end_to_end(response.headers.raw, OF_THE_ANSWER)
        if all(name != b"content-security-policy" for name, _ in headers):
            headers.append(FRAMED_NOWHERE)
        if request_id := response.headers.get("x-request-id"):
            scope["state"]["request_id"] = request_id
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        async for part in cast("httpx.AsyncByteStream", response.stream):
            async with asyncio.timeout(SLOWEST_READER_SECONDS):
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send(_END)

    async def _answer(self, scope: Scope, body: Body) -> httpx.Response:
        """Raises ApiUnavailable and RequestRefused."""
        try:
            return await self._ask(scope, body)
        except httpx.LocalProtocolError as error:
            raise RequestRefused(f"the request cannot be sent on: {_said(error)}") from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise ApiUnavailable(
                f"the API at {self._url} cannot be reached: {_said(error)}",
                next_step="start it with agent-runner up, or correct API_HOST and API_PORT",
            ) from None
        except httpx.TransportError as error:
            done = "" if scope["method"] in SAFE_METHODS else "; what was asked is done or it is not"
            raise ApiUnavailable(
                f"the API at {self._url} broke off before it had answered: {_said(error)}{done}",
                next_step="look into its log, and ask again",
            ) from None

    async def _ask(self, scope: Scope, body: Body) -> httpx.Response:
        """A kept connection may end in the moment it is used: what changes nothing is asked again, once."""
        try:
            return await self._ask_once(scope, body)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            if scope["method"] not in SAFE_METHODS or body.has_begun:
                raise
        return await self._ask_once(scope, body)

    async def _ask_once(self, scope: Scope, body: Body) -> httpx.Response:
        """The target goes as the client has spelled it, and not through a URL, which would tidy it."""
        query: bytes = scope["query_string"]
        target: bytes = scope["raw_path"] + b"?" * bool(query) + query
        extensions = {"timeout": TIMEOUTS, "target": target}
        headers = request_headers(scope, self._origin)
        request = httpx.Request(scope["method"], self._url, headers=headers, stream=body, extensions=extensions)
        return await self._transport.handle_async_request(request)


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
