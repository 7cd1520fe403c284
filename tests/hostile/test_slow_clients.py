"""Hundreds of clients that hold connections and say little: each is cut in the deadline, and others are served."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Sequence

import httpx
import pytest

from agent_runner.api.body import BODY_DEADLINE_SECONDS
from agent_runner.api.protocol import HEADER_DEADLINE_SECONDS
from agent_runner.api.server import raise_file_limit
from tests.e2e.conftest import Site

pytestmark = pytest.mark.processes

LATE_SECONDS = 8
"""What a busy machine may add to a deadline."""
PAUSE_SECONDS = 0.5
HEADERS = b"POST /runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Slow: "
BODY = HEADERS + b"no\r\nContent-Length: 5000\r\n\r\n"
CHUNKED = HEADERS + b"no\r\nTransfer-Encoding: chunked\r\n\r\n"

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextlib.asynccontextmanager
async def connections(port: int, count: int, said: bytes) -> AsyncGenerator[Sequence[Connection]]:
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]
    try:
        for _, writer in opened:
            writer.write(said)
        yield opened
    finally:
        for _, writer in opened:
            writer.transport.abort()


async def answer_to(connection: Connection, drip: bytes, after: float = 0) -> bytes:
    """Says a little every half second, `after` so many seconds, until the API has had enough; what it answered."""
    reader, writer = connection
    received = asyncio.create_task(reader.read())
    await asyncio.wait({received}, timeout=after)
    while not received.done():
        if drip:
            with contextlib.suppress(ConnectionError):
                writer.write(drip)
        await asyncio.wait({received}, timeout=PAUSE_SECONDS)
    return b"" if isinstance(received.exception(), ConnectionError) else received.result()


async def serves_others(site: Site, until_done: asyncio.Future[list[Counter[bytes]]]) -> int:
    served = 0
    async with httpx.AsyncClient(base_url=site.url, timeout=5) as client:
        while not until_done.done():
            answers = await asyncio.gather(client.post("/runs", json={"goal": "Now"}), client.get("/runs?limit=1"))
            assert [answer.status_code for answer in answers] == [201, 200]
            served += 1
            await asyncio.wait({until_done}, timeout=0.2)
    return served


SLOW = {
    "idle": (500, b"", b"", b""),
    "slow headers": (100, HEADERS, b"x", b"408"),
    "slow body": (100, BODY, b" ", b"408"),
    "slow chunks": (100, CHUNKED, b"1\r\n \r\n", b"408"),
}
HALF_OPEN = (b"GET /health HTT", HEADERS, BODY + b"{", CHUNKED + b"5\r\n{")


async def answers_to_the_slow(port: int, count: int, said: bytes, drip: bytes) -> Counter[bytes]:
    """They do not speak in chorus: else the deadline could find all of them in the middle of a word."""
    async with connections(port, count, said) as opened:
        answers = (answer_to(one, drip, PAUSE_SECONDS * place / count) for place, one in enumerate(opened))
        return Counter([answer[9:12] for answer in await asyncio.gather(*answers)])


async def answers_to_the_half_open(port: int, said: bytes) -> Counter[bytes]:
    async with connections(port, 50, said) as opened:
        for _, writer in opened:
            writer.write_eof()
        return Counter([answer[9:10] for answer in await asyncio.gather(*(answer_to(one, b"") for one in opened))])


@pytest.mark.timeout(90)
async def test_slow_and_half_open_clients_are_cut_and_others_are_served(site: Site) -> None:
    raise_file_limit()
    await asyncio.to_thread(site.start_api)
    async with asyncio.timeout(max(HEADER_DEADLINE_SECONDS, BODY_DEADLINE_SECONDS) + LATE_SECONDS):
        slow = [answers_to_the_slow(site.port, count, said, drip) for count, said, drip, _ in SLOW.values()]
        half_open = [answers_to_the_half_open(site.port, said) for said in HALF_OPEN]
        all_cut = asyncio.ensure_future(asyncio.gather(*slow, *half_open))
        served = await serves_others(site, all_cut)
    for (name, (count, *_, status)), answers in zip(SLOW.items(), all_cut.result(), strict=False):
        # Who still sends when the connection is closed may be told by a reset, which overtakes the answer.
        assert set(answers) <= {status, b""}, name
        assert answers[status] > count / 2, name
    assert all(set(answers) <= {b"", b"4"} for answers in all_cut.result()[len(SLOW) :])
    assert served > 10
