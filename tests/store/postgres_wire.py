"""A wire to PostgreSQL that can lose an answer or fall silent, as networks do."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class CutWire:
    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._lost_question: bytes | None = None
        self._speaks = asyncio.Event()
        self._speaks.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.url = ""

    @classmethod
    @asynccontextmanager
    async def before(cls, url: str) -> AsyncGenerator["CutWire"]:
        parts = urlsplit(url)
        wire = cls(parts.hostname or "", parts.port or 5432)
        listener = await asyncio.start_server(wire._accept, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        wire.url = url.replace(f":{parts.port}/", f":{port}/")
        try:
            yield wire
        finally:
            listener.close()
            for task in wire._tasks:
                task.cancel()
            await asyncio.gather(*wire._tasks, return_exceptions=True)
            for writer in wire._writers:
                writer.transport.abort()

    def lose_the_answer_to(self, question: bytes) -> None:
        """The next message with these bytes reaches the server; then the wire is cut."""
        self._lost_question = question

    def fall_silent(self) -> None:
        self._speaks.clear()

    def speak_again(self) -> None:
        self._speaks.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        server_reader, server_writer = await asyncio.open_connection(*self._server)
        self._writers.add(server_writer)
        ends = asyncio.create_task(self._carry(reader, server_writer, writer))
        answers = asyncio.create_task(self._carry(server_reader, writer, None))
        self._tasks |= {ends, answers}

    async def _carry(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, asker: asyncio.StreamWriter | None
    ) -> None:
        while data := await source.read(65536):
            await self._speaks.wait()
            if asker is not None and self._lost_question is not None and self._lost_question in data:
                self._lost_question = None
                asker.transport.abort()
            target.write(data)
            await target.drain()
        target.close()
