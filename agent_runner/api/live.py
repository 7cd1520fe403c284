"""Sending a tail of events to one client, as server-sent events or over a WebSocket, for as long as it listens."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import replace
from typing import Final

from starlette.responses import Response
from starlette.status import WS_1000_NORMAL_CLOSURE, WS_1012_SERVICE_RESTART
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from agent_runner.api.listening import SLOWEST_READER_SECONDS, while_it_listens
from agent_runner.errors import AgentRunnerError
from agent_runner.store.events import EventPage

PING_SECONDS: Final = 15.0
"""A stream that is quiet for longer is cut by proxies. A reader that hears nothing for twice as long has lost it."""

log = logging.getLogger(__name__)


class EventStream(Response):
    """Server-sent events. The `id` of each is its event_id, so a browser that comes back misses nothing."""

    media_type = "text/event-stream"

    def __init__(self, first: EventPage, pages: AsyncGenerator[EventPage]) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._last = first
        self._pages: Final = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        with _slow_reader_dropped():
            async with aclosing(self._pages):
                await while_it_listens(receive, self._send_all(send))

    async def _send_all(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await _send(send, b"retry: 1000\n\n" + as_frames(self._last))
        self._last = _end_of(self._last)
        with suppress(AgentRunnerError):  # the database is gone; the client comes back
            async for page in self._pages:
                await _send(send, as_frames(page) or mark("ping", page))
                self._last = _end_of(page)
        if self._last.is_the_end:
            await _send(send, mark("end", self._last))
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def as_frames(page: EventPage) -> bytes:
    return "".join(f"id: {event_id}\ndata: {text}\n\n" for event_id, text in page.events).encode()


def _end_of(page: EventPage) -> EventPage:
    """All that is kept of a page that is sent, for readers are many and may be slow."""
    return replace(page, events=page.events[-1:])


def mark(name: str, page: EventPage) -> bytes:
    """Not an event of the run, so it has no `id` and leaves a browser's Last-Event-ID as it is."""
    return f'event: {name}\ndata: {{"last_event_id":{page.cursor}}}\n\n'.encode()


async def _send(send: Send, body: bytes) -> None:
    async with asyncio.timeout(SLOWEST_READER_SECONDS):
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def serve_socket(socket: WebSocket, first: EventPage, pages: AsyncGenerator[EventPage]) -> None:
    """One text message per event, and a close after the final one. What the client says is not listened to."""
    with _slow_reader_dropped():
        async with aclosing(pages):
            await socket.accept()
            await while_it_listens(socket.receive, _send_all_to_socket(socket, first, pages))


async def _send_all_to_socket(socket: WebSocket, first: EventPage, pages: AsyncGenerator[EventPage]) -> None:
    page = first
    await _send_to_socket(socket, page)
    with suppress(AgentRunnerError):  # the database is gone; the client comes back
        async for page in pages:
            await _send_to_socket(socket, page)
    await socket.close(WS_1000_NORMAL_CLOSURE if page.is_the_end else WS_1012_SERVICE_RESTART)


async def _send_to_socket(socket: WebSocket, page: EventPage) -> None:
    for _, text in page.events:
        async with asyncio.timeout(SLOWEST_READER_SECONDS):
            await socket.send_text(text)


@contextmanager
def _slow_reader_dropped() -> Generator[None]:
    try:
        yield
    except TimeoutError:
        log.info("Slow reader dropped", extra={"seconds": SLOWEST_READER_SECONDS})
