"""An application behind uvicorn, in a thread of its own."""

import asyncio
import socket
import threading
from collections.abc import Mapping
from typing import Any

import uvicorn
from starlette.types import ASGIApp


class ServerThread:
    def __init__(self, app: ASGIApp, options: Mapping[str, Any], listener: socket.socket) -> None:
        self.address: tuple[str, int] = listener.getsockname()
        self.url = f"http://127.0.0.1:{self.address[1]}"
        self._server = uvicorn.Server(uvicorn.Config(app, **options))
        self._thread = threading.Thread(target=self._run, args=(listener,), name="the server under test")
        self.loop: asyncio.AbstractEventLoop

    def _run(self, listener: socket.socket) -> None:
        async def serve() -> None:
            self.loop = asyncio.get_running_loop()
            await self._server.serve([listener])

        asyncio.run(serve())

    def start(self) -> None:
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            self._thread.join(0.01)

    def begin_to_stop(self) -> None:
        """As on SIGTERM."""
        self._server.should_exit = True

    def stop(self) -> None:
        """Fails when something keeps the server alive."""
        self.begin_to_stop()
        self._thread.join(15)
        assert not self._thread.is_alive(), "the server did not stop"

    def connect(self) -> socket.socket:
        connection = socket.create_connection(self.address, timeout=20)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection
