"""A load generator that is not the bottleneck: raw sockets, keep-alive, the request's bytes written once."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final, cast

END_OF_HEAD: Final = b"\r\n\r\n"
LENGTH: Final = b"content-length: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a load went."""

    times: list[float]
    """Seconds from a request's first byte to its answer's last."""
    elapsed: float
    own_cpu_share: float
    """Of one core, what the load generator used: far below 1, or it was the bottleneck."""

    @property
    def per_second(self) -> float:
        return len(self.times) / self.elapsed


def request(method: str, path: str, port: int, body: bytes = b"") -> bytes:
    head = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    if body:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body


def post_run(port: int) -> bytes:
    return request("POST", "/runs", port, b'{"goal":"Test execution"}')


@dataclass(slots=True)
class _Load:
    message: bytes
    expected: bytes
    remaining: int
    is_over: asyncio.Event | None
    times: list[float] = field(default_factory=list[float])

    def takes_one(self) -> bool:
        is_over = self.is_over is not None and self.is_over.is_set() and self.times
        if self.remaining <= 0 or is_over:
            return False
        self.remaining -= 1
        return True


class _Connection(asyncio.Protocol):
    """Sends the next request when it has the whole answer to the last."""

    _transport: asyncio.Transport
    _sent_at: float

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._buffer = b""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class

    def send(self) -> None:
        if not self._load.takes_one():
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(self._load.message)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(END_OF_HEAD)
        if head < 0:
            return
        if not self._buffer.startswith(self._load.expected):
            self._fail(RuntimeError(f"the answer was {self._buffer[:500]!r}"))
            return
        at = self._buffer.find(LENGTH, 0, head)
        length = int(self._buffer[at + len(LENGTH) : self._buffer.find(b"\r\n", at)])
        if len(self._buffer) < head + len(END_OF_HEAD) + length:
            return
        self._load.times.append(time.perf_counter() - self._sent_at)
        self._buffer = b""
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            is_wrong = exc is not None or self._buffer
            self._fail(exc or ConnectionError("cut")) if is_wrong else self.ended.set_result(None)

    def _fail(self, error: Exception) -> None:
        if not self.ended.done():
            self.ended.set_exception(error)
        self._transport.close()


async def put_load(
    port: int,
    message: bytes,
    *,
    connections: int,
    count: int,
    status: int = 200,
    is_over: asyncio.Event | None = None,
) -> Outcome:
    """Sends `count` requests over so many connections, the next when the last is answered.

    `is_over` ends it earlier, but not before a first answer.
    """
    load = _Load(message, f"HTTP/1.1 {status} ".encode(), count, is_over)
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: _Connection(load), "127.0.0.1", port))[1] for _ in range(connections)
    ]
    began, cpu = time.perf_counter(), time.process_time()
    for connection in opened:
        connection.send()
    await asyncio.gather(*(connection.ended for connection in opened))
    elapsed = time.perf_counter() - began
    return Outcome(times=load.times, elapsed=elapsed, own_cpu_share=(time.process_time() - cpu) / elapsed)
