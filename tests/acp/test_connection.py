"""JSON-RPC with a program, without the program: what is read, what is served meanwhile, and what is not believed."""

import asyncio
import json
from typing import Any

import pytest

from agent_runner.agents.acp.connection import METHOD_NOT_FOUND, MOST_AT_ONCE, Connection, ErrorAnswer
from agent_runner.errors import HostFailed
from agent_runner.hosts.lines import Lines


class Far:
    """The other end: what is written to it, and what it says."""

    def __init__(self, *said: Any, most_bytes: int = 10**8, silence_seconds: float = 5.0) -> None:
        self.stream = asyncio.StreamReader()
        self.written: list[dict[str, Any]] = []
        self.reads = True
        self.connection = Connection(Lines(self.stream, "it", most_bytes), self, "it", silence_seconds)
        for message in said:
            self.say(message)

    def say(self, message: Any) -> None:
        self.stream.feed_data(message if isinstance(message, bytes) else json.dumps(message).encode() + b"\n")

    def write(self, data: bytes, /) -> None:
        self.written.append(json.loads(data))

    async def drain(self) -> None:
        if not self.reads:
            await asyncio.get_running_loop().create_future()


class Near:
    """Our side: notes what it hears, and serves as told."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.served: list[str] = []
        self.may_answer = asyncio.Event()

    def hear(self, method: str, params: dict[str, Any]) -> None:
        self.heard.append(f"{method} {params}")

    async def serve(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self.served.append(method)
        if method == "unknown":
            raise ErrorAnswer(METHOD_NOT_FOUND, "no such method")
        if method == "slow":
            await self.may_answer.wait()
        return params


async def test_requests_are_served_while_ours_is_under_way_and_each_gets_its_answer() -> None:
    near, far = Near(), Far({"id": "a", "method": "slow", "params": {"x": 1}}, b"\n", {"method": "news"})
    far.say({"id": 7, "method": "unknown"})
    far.say({"id": 8, "method": "quick", "params": ["no", "object"]})
    asking = asyncio.create_task(far.connection.request("work", {"hard": True}, near))
    while len(far.written) < 3:
        await asyncio.sleep(0)
    assert (near.heard, near.served) == (["news {}"], ["slow", "unknown", "quick"])
    near.may_answer.set()
    while len(far.written) < 4:
        await asyncio.sleep(0)
    far.say({"id": 1, "result": {"done": True}})
    assert await asking == {"done": True}
    assert far.written == [
        {"jsonrpc": "2.0", "id": 1, "method": "work", "params": {"hard": True}},
        {"jsonrpc": "2.0", "id": 7, "error": {"code": METHOD_NOT_FOUND, "message": "no such method"}},
        {"jsonrpc": "2.0", "id": 8, "result": {}},
        {"jsonrpc": "2.0", "id": "a", "result": {"x": 1}},
    ]


async def test_what_is_served_ends_with_our_request() -> None:
    near, far = Near(), Far({"id": 1, "method": "slow"})
    asking = asyncio.create_task(far.connection.request("work", {}, near))
    while not near.served:
        await asyncio.sleep(0)
    far.say({"id": 1, "result": None})
    assert await asking == {}
    near.may_answer.set()
    await asyncio.sleep(0)
    assert len(far.written) == 1


async def test_what_serving_raises_ends_our_request() -> None:
    class Failing(Near):
        async def serve(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
            raise KeyError(method)

    with pytest.raises(KeyError, match="slow"):
        await Far({"id": 1, "method": "slow"}).connection.request("work", {}, Failing())


async def test_an_answer_to_an_earlier_request_is_passed_over_and_an_error_is_one() -> None:
    far, near = Far({"id": 1, "result": {}}), Near()
    await far.connection.request("first", {}, near)
    far.say({"id": 1, "result": {"late": True}})
    far.say({"id": 2, "error": {"code": -5, "message": "I will not", "data": {"why": "No key"}}})
    with pytest.raises(ErrorAnswer, match=r"I will not: .*No key"):
        await far.connection.request("second", {}, near)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"hello\n", "no JSON: 'hello'"),
        (b"\xff\xfe{}\n", r"no JSON: '\\\\xff\\\\xfe{}'"),
        (b"[" * 100_000 + b"\n", "no JSON"),
        (b"[]\n", "no message of JSON-RPC"),
        (b'{"id": 2, "result": {}}\n', "no message of JSON-RPC"),
        (b'{"id": 1, "result": [1]}\n', "no message of JSON-RPC"),
        (b'{"id": null, "method": "x"}\n', "no message of JSON-RPC"),
        (b"x" * (4 * 2**20 + 1), "a line of more than 4194304 bytes"),
        (b"x" * (4 * 2**20 + 1) + b"\n", "a line of more than 4194304 bytes"),
        (b'{"method": "x"}\n' * 70_000, "more than the 1 MB"),
    ],
)
async def test_what_is_no_answer_is_told_as_it_is(said: bytes, why: str) -> None:
    far = Far(said, most_bytes=5 * 2**20 if b"xx" in said else 2**20)
    with pytest.raises(HostFailed, match=why):
        await far.connection.request("work", {}, Near())


async def test_too_many_requests_at_once_are_refused() -> None:
    far = Far(*({"id": number, "method": "slow"} for number in range(MOST_AT_ONCE + 1)))
    with pytest.raises(HostFailed, match="more than 32 things at once"):
        await far.connection.request("work", {}, Near())


async def test_silence_ends_it_unless_it_waits_for_us() -> None:
    far, near = Far(silence_seconds=0.02), Near()
    with pytest.raises(HostFailed, match=r"said nothing for 0\.02 s"):
        await far.connection.request("work", {}, near)
    far = Far({"id": 1, "method": "slow"}, silence_seconds=0.02)
    asking = asyncio.create_task(far.connection.request("work", {}, near))
    done, _ = await asyncio.wait({asking}, timeout=0.1)
    assert not done
    near.may_answer.set()
    with pytest.raises(HostFailed, match="said nothing"):
        await asking


async def test_a_program_that_does_not_listen_is_ended() -> None:
    far = Far({"id": 1, "method": "quick"}, silence_seconds=0.02)
    far.reads = False
    with pytest.raises(HostFailed, match="does not read what it is told"):
        await far.connection.request("work", {}, Near())


async def test_half_a_line_at_the_end_is_no_line() -> None:
    far = Far(b'{"id": 1, "result": {}}')
    far.stream.feed_eof()
    with pytest.raises(EOFError):
        await far.connection.request("work", {}, Near())
