"""A thousand readers of one run's events, most of whom never read: bounded memory, and the others miss nothing."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import httpx
import pytest

from agent_runner.api.server import raise_file_limit
from agent_runner.api.stream import MOST_STREAMS
from agent_runner.store.database import Database
from agent_runner.store.runs import ClaimedRun
from tests.api.conftest import Hands
from tests.e2e.conftest import Site

pytestmark = pytest.mark.processes

FAST = 20
SILENT = MOST_STREAMS - FAST
EVENTS, EVENT_BYTES = 40, 60_000
MOST_GROWTH_BYTES = 700 * 1024 * 1024
"""Without a limit each silent reader would keep the whole history, 2.4 MB."""


def resident_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text().split()
    return int(status[status.index("VmRSS:") + 1]) * 1024


class Reader:
    """A client of the stream that reads when it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port: int, run_id: int) -> "Reader":
        own = socket.socket()
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        own.setblocking(False)
        await asyncio.get_running_loop().sock_connect(own, ("127.0.0.1", port))
        reader, writer = await asyncio.open_connection(sock=own, limit=4096)
        writer.write(f"GET /runs/{run_id}/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        await writer.drain()
        return cls(reader, writer)

    async def status(self) -> bytes:
        return (await self._reader.readexactly(12))[9:]

    async def to_the_end(self) -> list[int]:
        """The numbers of all events."""
        received = bytearray()
        while not received.endswith(b"0\r\n\r\n"):
            part = await self._reader.read(65536)
            assert part, "the stream was cut"
            received += part
        return [int(line[4:]) for line in received.split(b"\n") if line.startswith(b"id: ")]


@contextlib.asynccontextmanager
async def connected(port: int, run_id: int, count: int) -> AsyncGenerator[Sequence[Reader]]:
    readers = [await Reader.connect(port, run_id) for _ in range(count)]
    try:
        yield readers
    finally:
        for reader in readers:
            reader.writer.transport.abort()


async def a_long_run(hands: Hands, client: httpx.AsyncClient) -> ClaimedRun:
    assert (await client.post("/runs", json={"goal": "Talk"})).status_code == 201
    (run,) = await hands.take()
    for _ in range(EVENTS):
        await hands.say(run, "x" * EVENT_BYTES)
    return run


@pytest.mark.timeout(150)
async def test_a_thousand_readers_who_do_not_read_cost_little_and_hinder_nobody(site: Site) -> None:
    raise_file_limit()
    api = await asyncio.to_thread(site.start_api)
    database = await Database.open(f"sqlite:///{site.directory}/runs.db")
    async with httpx.AsyncClient(base_url=site.url, timeout=20) as client:
        hands = Hands(database)
        run = await a_long_run(hands, client)
        before = resident_bytes(api.pid)
        async with connected(site.port, run.id, FAST) as fast, connected(site.port, run.id, SILENT) as silent:
            reading = [asyncio.create_task(reader.to_the_end()) for reader in fast]
            async with asyncio.timeout(60):
                assert {await reader.status() for reader in silent} == {b"200"}
            grown = [resident_bytes(api.pid) - before]
            for number in range(10):
                await hands.say(run, "y" * EVENT_BYTES)
                assert (await client.post("/runs", json={"goal": f"Meanwhile {number}"})).status_code == 201
            await hands.complete(run)
            async with asyncio.timeout(60):
                heard = await asyncio.gather(*reading)
            grown.append(resident_bytes(api.pid) - before)
        assert heard == [list(range(1, EVENTS + 14))] * FAST
        assert max(grown) < MOST_GROWTH_BYTES
        assert (await client.get("/health/ready")).status_code == 200
    await database.close()
