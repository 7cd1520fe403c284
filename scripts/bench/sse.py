"""Readers of an event stream over raw sockets, which note when each event arrived."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final, cast

from scripts.bench.http_load import request

ID: Final = b"id: "


class Reader(asyncio.Protocol):
    """One client. `arrived` holds the moment (monotonic, ns) of every event by its number."""

    def __init__(self, message: bytes) -> None:
        self._message = message
        self._rest = b""
        self.arrived: dict[int, int] = {}
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self._message)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.startswith(ID):
                self.arrived[int(line[len(ID) :])] = now

    @property
    def newest(self) -> int:
        return max(self.arrived, default=0)


@asynccontextmanager
async def reading(port: int, run_id: int, count: int) -> AsyncGenerator[list[Reader]]:
    """So many readers of a run's events."""
    loop = asyncio.get_running_loop()
    message = request("GET", f"/runs/{run_id}/events/stream", port)
    readers: list[Reader] = []
    try:
        for _ in range(count):
            reader = Reader(message)
            readers.append(reader)
            await loop.create_connection(lambda reader=reader: reader, "127.0.0.1", port)
        yield readers
    finally:
        for reader in readers:
            if reader.transport is not None:
                reader.transport.close()
