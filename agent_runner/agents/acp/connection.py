"""JSON-RPC 2.0 with a program that nobody trusts: one request of ours at a time, and its requests served meanwhile.

Nobody reads between two requests of ours, so a program that goes on talking waits. What it asks for is served in the
task of our request: inside of its step in the journal, and ended with it.
"""

import asyncio
import json
from typing import Any, Final, Protocol, cast

from agent_runner.errors import HostFailed
from agent_runner.hosts.lines import Lines
from agent_runner.sandbox.output import escaped

MOST_AT_ONCE: Final = 32
"""Requests of the program that are served at the same time."""
LONGEST_SHOWN: Final = 300
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602

Message = dict[str, Any]
Tasks = set[asyncio.Future[Any]]


class ErrorAnswer(Exception):  # noqa: N818 - it is an answer, whoever gives it
    """What the other side is told instead of a result, or tells us."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Peer(Protocol):
    """Who answers the program."""

    def hear(self, method: str, params: Message) -> None:
        """A notification."""
        ...

    async def serve(self, method: str, params: Message) -> Message:
        """The result of a request. Raises ErrorAnswer for what the program is to read instead."""
        ...


class Writer(Protocol):
    def write(self, data: bytes, /) -> None: ...

    async def drain(self) -> None: ...


class Connection:
    """`silence_seconds`: how long the program may say nothing while it waits for nobody, and may not listen."""

    def __init__(self, lines: Lines, writer: Writer, name: str, silence_seconds: float) -> None:
        self._lines: Final = lines
        self._writer: Final = writer
        self._name: Final = name
        self._silence_seconds: Final = silence_seconds
        self._number = 0

    async def notify(self, method: str, params: Message) -> None:
        await self._send({"jsonrpc": "2.0", "method": method, "params": params})

    async def request(self, method: str, params: Message, peer: Peer) -> Message:
        """The result of our request. Raises ErrorAnswer for the program's own no, HostFailed for what is no answer.

        EOFError when it says nothing more; whatever the peer raises, when serving failed.
        """
        self._number += 1
        asked: Message = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}
        # Sent beside the reading: a program that is still talking would not listen before somebody hears it.
        under_way: Tasks = {asyncio.ensure_future(self._send(asked))}
        reading = asyncio.ensure_future(self._lines.next())
        try:
            while True:
                await self._wait(reading, under_way)
                if reading.done():
                    answer = self._take(reading.result(), peer, under_way)
                    if answer is not None:
                        return answer
                    reading = asyncio.ensure_future(self._lines.next())
        finally:
            await _end([reading, *under_way])

    async def until_answered(self) -> None:
        """Reads on, and heeds nothing, until the last request has its answer or the program ends."""
        while (line := await self._lines.next()) is not None:
            match self._message(line):
                case {"id": self._number, "result": _} | {"id": self._number, "error": _}:
                    return
                case _:
                    pass

    async def _wait(self, reading: asyncio.Future[bytes | None], under_way: Tasks) -> None:
        """Until there is a line, or something under way has ended. Raises what that raises."""
        patience = None if under_way else self._silence_seconds
        done, _ = await asyncio.wait({reading, *under_way}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            raise HostFailed(
                f"{self._name} said nothing for {self._silence_seconds:g} s",
                next_step="see whether it waits for something, or raise silence_seconds in its host.toml",
            )
        for task in done - {reading}:
            under_way.discard(task)
            task.result()

    def _take(self, line: bytes | None, peer: Peer, under_way: Tasks) -> Message | None:
        """The result of our request, if the line is that."""
        if line is None:
            raise EOFError
        match self._message(line):
            case None:
                return None
            case {"method": str(method), "id": int() | str() as number, **rest}:
                if len(under_way) >= MOST_AT_ONCE:
                    raise HostFailed(f"{self._name} asks for more than {MOST_AT_ONCE} things at once")
                under_way.add(asyncio.ensure_future(self._serve(number, method, _params(rest), peer)))
            case {"method": str(method), **rest} if "id" not in rest:
                peer.hear(method, _params(rest))
            case {"id": self._number, "result": result} if result is None or isinstance(result, dict):
                return cast("Message", result or {})
            case {"id": self._number | None, "error": {"code": int(code), "message": str(message), **rest}}:
                raise ErrorAnswer(code, _with_data(message, rest.get("data")))
            case {"id": int(number), "result": _} | {"id": int(number), "error": _} if number < self._number:
                return None  # to a request that we no longer wait for
            case _:
                raise HostFailed(f"{self._name} said what is no message of JSON-RPC: {_shown(line)}")
        return None

    def _message(self, line: bytes) -> Any:
        if not line.strip():
            return None
        try:
            return json.loads(line)
        except (ValueError, RecursionError):
            raise HostFailed(
                f"{self._name} said what is no JSON: {_shown(line)}",
                next_step="it must speak the Agent Client Protocol on stdout, and say everything else on stderr",
            ) from None

    async def _serve(self, number: int | str, method: str, params: Message, peer: Peer) -> None:
        answer: Message = {"jsonrpc": "2.0", "id": number}
        try:
            answer["result"] = await peer.serve(method, params)
        except ErrorAnswer as error:
            answer["error"] = {"code": error.code, "message": error.message}
        await self._send(answer)

    async def _send(self, message: Message) -> None:
        try:
            async with asyncio.timeout(self._silence_seconds):
                self._writer.write(json.dumps(message).encode() + b"\n")
                await self._writer.drain()
        except TimeoutError:
            raise HostFailed(f"{self._name} does not read what it is told") from None
        except ConnectionError:
            pass  # it has ended, which is seen where it is read


async def _end(tasks: list[asyncio.Future[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _params(rest: dict[str, Any]) -> Message:
    params = rest.get("params")
    return cast("Message", params) if isinstance(params, dict) else {}


def _with_data(message: str, data: object) -> str:
    """Many say `Internal error`, and what it is beside it."""
    return message if data in (None, {}) else f"{message}: {_shown(json.dumps(data).encode())}"


def _shown(line: bytes) -> str:
    return repr(escaped(line[:LONGEST_SHOWN]))
