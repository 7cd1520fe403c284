"""Both clients, behind one way to call them: what holds for one must hold for the other."""

import asyncio
import re
import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any, Protocol

import pytest

from agent_runner.client import AsyncClient, Client, Event
from tests.e2e.conftest import Site, site

__all__ = ["site"]


class Speaker(Protocol):
    def call(self, verb: str, *args: Any, **kwargs: Any) -> Any: ...

    def collect(self, verb: str, *args: Any, **kwargs: Any) -> list[Event]: ...

    def close(self) -> None: ...


class Sync:
    def __init__(self, url: str, **options: Any) -> None:
        self._client = Client(url, **options)

    def call(self, verb: str, *args: Any, **kwargs: Any) -> Any:
        return getattr(self._client, verb)(*args, **kwargs)

    def collect(self, verb: str, *args: Any, **kwargs: Any) -> list[Event]:
        return list(getattr(self._client, verb)(*args, **kwargs))

    def close(self) -> None:
        self._client.close()


class Async:
    def __init__(self, url: str, **options: Any) -> None:
        self._runner = asyncio.Runner()
        self._client = AsyncClient(url, **options)

    def call(self, verb: str, *args: Any, **kwargs: Any) -> Any:
        return self._runner.run(getattr(self._client, verb)(*args, **kwargs))

    def collect(self, verb: str, *args: Any, **kwargs: Any) -> list[Event]:
        async def collected() -> list[Event]:
            return [event async for event in getattr(self._client, verb)(*args, **kwargs)]

        return self._runner.run(collected())

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()


Open = Callable[..., Speaker]


@pytest.fixture(params=[Sync, Async], ids=["Client", "AsyncClient"])
def opened(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens a client of the kind under test; all are closed in the end."""
    speakers: list[Speaker] = []

    def open_one(url: str, **options: Any) -> Speaker:
        speakers.append(request.param(url, **options))
        return speakers[-1]

    yield open_one
    for speaker in speakers:
        speaker.close()


@pytest.fixture
def client(opened: Open, live: Site) -> Speaker:
    return opened(live.url)


class Link:
    """A connection to the API that can break: it swallows the first `broken` answers, after the API has given them."""

    def __init__(self, port: int, broken: int) -> None:
        self._port = port
        self._broken = broken
        self.requests = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                request = _whole_request(connection)
                if not request:
                    return
                self.requests += 1
                answer = self._asked(request)
                if self.requests > self._broken:
                    connection.sendall(answer)

    def _asked(self, request: bytes) -> bytes:
        head, separator, body = request.partition(b"\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self._port)) as api:
            api.sendall(head + b"\r\nConnection: close" + separator + body)
            return b"".join(iter(lambda: api.recv(65536), b""))

    def close(self) -> None:
        socket.create_connection(self._listener.getsockname()).close()
        self._thread.join()
        self._listener.close()


def _whole_request(connection: socket.socket) -> bytes:
    """Nothing when the other side only says goodbye."""
    request = connection.recv(65536)
    length = re.search(rb"content-length: (\d+)", request, re.IGNORECASE)
    while length and len(request.partition(b"\r\n\r\n")[2]) < int(length[1]):
        request += connection.recv(65536)
    return request


@contextmanager
def broken_link(site: Site, broken: int) -> Generator[Link]:
    link = Link(site.port, broken)
    try:
        yield link
    finally:
        link.close()
