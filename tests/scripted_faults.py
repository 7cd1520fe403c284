"""What can be wrong with an answer on its way through HTTP; for scripted_model.py."""

import asyncio
import contextlib
import gzip
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tests.scripted_wire import Body, error_answer, event


class FaultKind(StrEnum):
    RATE_LIMIT = "rate_limit"  # 429; `value` is the Retry-After
    STATUS = "status"  # `value` is the status
    CUT = "cut"  # half of the body, then the connection ends
    STALL = "stall"  # half of the body, then silence
    HEADERS_ONLY = "headers_only"  # the headers of a good answer, then silence
    DRIP = "drip"  # the headers, then one byte of the body every `value` seconds
    HANG = "hang"  # silence
    DISCONNECT = "disconnect"  # the connection ends without an answer
    HTML = "html"
    BROKEN_JSON = "broken_json"
    WRONG_JSON = "wrong_json"  # JSON, but no completion
    NO_USAGE = "no_usage"
    ODD_ANSWER = "odd_answer"  # `value` is JSON with the fields that differ
    NO_TEXT = "no_text"
    REDIRECT = "redirect"  # to `value`
    ENDLESS = "endless"  # blanks
    GZIP_BOMB = "gzip_bomb"
    # Of a streamed answer; its first half comes as it should:
    STOPPED = "stopped"  # and is all that comes, in good order
    BROKEN_EVENT = "broken_event"  # then an event that is no JSON, then the rest
    ERROR_EVENT = "error_event"  # then what the server says of its own failure; `value` is the status
    TALKATIVE = "talkative"  # then one more piece of it, again and again


@dataclass
class Fault:
    """Happens to the next `times` calls, of the given key only if there is one (`plan`, `execute/2`)."""

    kind: FaultKind
    times: int = 1
    value: str = ""
    key: str = ""

    @classmethod
    def parsed(cls, given: Mapping[str, Any]) -> "Fault":
        kind = FaultKind(given["kind"])
        return cls(kind, given.get("times", 1), given.get("value", ""), given.get("key", ""))


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Broken:
    """An answer that is about to go wrong; `whole` is what it would have been, `parts` the events of a stream."""

    writer: asyncio.StreamWriter
    protocol: str
    received: Received
    value: str
    content_type: str
    parts: list[str]

    @property
    def whole(self) -> bytes:
        return "".join(self.parts).encode()

    @property
    def half(self) -> list[str]:
        return self.parts[: len(self.parts) // 2]

    async def send(self, body: bytes, share: float = 1.0, headers: dict[str, str] | None = None) -> bool:
        return await send(self.writer, 200, body, content_type=self.content_type, headers=headers, share=share)


async def receive(reader: asyncio.StreamReader) -> Received | None:
    """None when the caller has closed the connection."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in head[1:] if line)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    except asyncio.IncompleteReadError:
        return None
    method, path, _ = head[0].split(" ", 2)
    return Received(method, path, headers, body)


async def send(
    writer: asyncio.StreamWriter,
    status: int,
    body: Body | bytes,
    *,
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
    share: float = 1.0,
) -> bool:
    """Announces the whole body, but sends only a share of it. Returns whether the connection goes on."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"Content-Type": content_type, "Content-Length": str(len(content)), **(headers or {})}
    lines = [f"HTTP/1.1 {status} Scripted", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    writer.write("\r\n".join(lines).encode() + content[: int(len(content) * share)])
    await writer.drain()
    return share == 1.0


async def pause(seconds: float) -> None:
    """Time that the server takes on purpose."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()


async def _rate_limit(broken: Broken) -> bool:
    headers = {"Retry-After": broken.value} if broken.value else {}
    return await send(broken.writer, 429, error_answer(broken.protocol, 429, "too many requests"), headers=headers)


async def _status(broken: Broken) -> bool:
    """Quotes the key, as some servers do."""
    headers, status = broken.received.headers, int(broken.value)
    key = headers.get("authorization") or headers.get("x-api-key") or headers.get("x-goog-api-key")
    return await send(broken.writer, status, error_answer(broken.protocol, status, f"scripted failure for key {key}"))


async def _cut(broken: Broken) -> bool:
    return await broken.send(broken.whole, 0.5)


async def _stall(broken: Broken) -> bool:
    await _cut(broken)
    return await _hang(broken)


async def _headers_only(broken: Broken) -> bool:
    await broken.send(broken.whole, 0.0)
    return await _hang(broken)


async def _drip(broken: Broken) -> bool:
    await broken.send(broken.whole, 0.0)
    for place in range(len(broken.whole)):
        await pause(float(broken.value))
        broken.writer.write(broken.whole[place : place + 1])
        await broken.writer.drain()
    return True


async def _hang(broken: Broken) -> bool:
    return await asyncio.Event().wait()


async def _disconnect(broken: Broken) -> bool:
    return False


async def _html(broken: Broken) -> bool:
    return await send(broken.writer, 200, b"<html><h1>It works!</h1></html>", content_type="text/html")


async def _broken_json(broken: Broken) -> bool:
    return await broken.send(broken.whole[: len(broken.whole) // 2])


async def _wrong_json(broken: Broken) -> bool:
    return await send(broken.writer, 200, {"hello": ["world"]})


async def _redirect(broken: Broken) -> bool:
    location = broken.value or "http://169.254.169.254/latest/meta-data/"
    return await send(broken.writer, 307, b"", headers={"Location": location})


async def _gzip_bomb(broken: Broken) -> bool:
    bomb = gzip.compress(b'{"choices": "' + bytes(20_000_000))
    return await broken.send(bomb, headers={"Content-Encoding": "gzip"})


async def _endless(broken: Broken) -> bool:
    return await _without_end(broken, b"", b" " * 65536)


async def _without_end(broken: Broken, start: bytes, more: bytes) -> bool:
    await broken.send(start, headers={"Content-Length": str(2**40)})
    while True:
        broken.writer.write(more)
        await broken.writer.drain()


async def _stopped(broken: Broken) -> bool:
    return await broken.send("".join(broken.half).encode())


async def _broken_event(broken: Broken) -> bool:
    half = broken.half
    name = half[-1].partition("data: ")[0]
    return await broken.send("".join([*half, f'{name}data: {{"broken\n\n', *broken.parts[len(half) :]]).encode())


async def _error_event(broken: Broken) -> bool:
    body = error_answer(broken.protocol, int(broken.value), "scripted failure in the middle")
    said = event(body, "error" if broken.protocol == "anthropic" else "")
    return await broken.send("".join([*broken.half, said]).encode())


async def _talkative(broken: Broken) -> bool:
    piece = broken.half[-1]
    return await _without_end(broken, "".join(broken.half).encode(), (piece * (1 + 65536 // len(piece))).encode())


MISBEHAVIOUR: Final[dict[FaultKind, Callable[[Broken], Awaitable[bool]]]] = {
    FaultKind.RATE_LIMIT: _rate_limit,
    FaultKind.STATUS: _status,
    FaultKind.CUT: _cut,
    FaultKind.STALL: _stall,
    FaultKind.HEADERS_ONLY: _headers_only,
    FaultKind.DRIP: _drip,
    FaultKind.HANG: _hang,
    FaultKind.DISCONNECT: _disconnect,
    FaultKind.HTML: _html,
    FaultKind.BROKEN_JSON: _broken_json,
    FaultKind.WRONG_JSON: _wrong_json,
    FaultKind.REDIRECT: _redirect,
    FaultKind.GZIP_BOMB: _gzip_bomb,
    FaultKind.ENDLESS: _endless,
    FaultKind.STOPPED: _stopped,
    FaultKind.BROKEN_EVENT: _broken_event,
    FaultKind.ERROR_EVENT: _error_event,
    FaultKind.TALKATIVE: _talkative,
}
"""Each says whether the connection goes on. The other kinds are whole answers with something odd in them."""
