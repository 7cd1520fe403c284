"""The way of a WebSocket from the console's port to the API."""

import asyncio
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from agent_runner.api.listening import SLOWEST_READER_SECONDS, while_it_listens
from agent_runner.api.problem import MEDIA_TYPE, problem_of
from agent_runner.console.headers import Lines, request_headers
from agent_runner.errors import ApiUnavailable

OPEN_SECONDS: Final = 10.0
AWAY: Final = 1012
"""The service starts again: the client comes back with the number of its last event."""


async def relay(api_url: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Gives the client what the API says, until one of them ends it. The API does not listen, so nothing goes up."""
    try:
        upstream = await _open(api_url, scope)
    except InvalidStatus as refused:
        answer = Response(bytes(refused.response.body), refused.response.status_code, media_type=MEDIA_TYPE)
        await answer(scope, receive, send)
        return
    except (OSError, TimeoutError, InvalidHandshake) as error:
        gone = ApiUnavailable(f"the API at {api_url} cannot be reached: {error}", next_step="look whether it runs")
        await problem_of(scope, gone)(scope, receive, send)
        return
    async with upstream:
        socket = WebSocket(scope, receive, send)
        await socket.accept()
        await while_it_listens(socket.receive, _pass_on(upstream, socket))


async def _open(api_url: str, scope: Scope) -> ClientConnection:
    target = (scope["raw_path"] + b"?" + scope["query_string"]).decode("latin-1").removesuffix("?")
    headers = [(name.decode(), value.decode("latin-1")) for name, value in _headers(api_url, scope)]
    return await connect(
        f"ws{api_url.removeprefix('http')}{target}",
        additional_headers=headers,
        compression=None,
        max_size=None,
        open_timeout=OPEN_SECONDS,
        proxy=None,
        user_agent_header=None,
    )


def _headers(api_url: str, scope: Scope) -> Lines:
    """Without those of the handshake, which is a new one."""
    lines = request_headers(scope, api_url)
    return [(name, value) for name, value in lines if name != b"host" and not name.startswith(b"sec-websocket-")]


async def _pass_on(upstream: ClientConnection, socket: WebSocket) -> None:
    try:
        while True:
            message = await upstream.recv()
            async with asyncio.timeout(SLOWEST_READER_SECONDS):
                await (socket.send_text(message) if isinstance(message, str) else socket.send_bytes(message))
    except ConnectionClosed as closed:
        await socket.close(closed.rcvd.code if closed.rcvd is not None else AWAY)
