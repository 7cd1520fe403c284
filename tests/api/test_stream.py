"""The generator behind the long poll, the stream and the WebSocket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from typing import Any

import pytest

from agent_runner.api import stream
from agent_runner.api.stream import Streams, open_streams
from agent_runner.domain.events import Message
from agent_runner.errors import NotFound, TooManyStreams
from agent_runner.store.database import Database
from agent_runner.store.migrations import migrate
from agent_runner.store.new_runs import CreatedRun, NewRun, create_runs
from agent_runner.store.wakeup import Audience, Ring
from tests.api.conftest import Hands


@pytest.fixture
async def quiet(tmp_path: Any) -> AsyncIterator[Database]:
    """A database whose doorbell nobody listens to."""
    url = f"sqlite:///{tmp_path}/quiet.db"
    migrate(url)
    database = await Database.open(url)
    yield database
    await database.close()


async def run_in(database: Database) -> int:
    wanted = NewRun(goal="g", agent="simple", input="{}", config="{}", max_attempts=1, time_limit_seconds=60)
    created: CreatedRun = await database.write_together(create_runs, wanted)
    return created.id


async def numbers(streams: Streams, run_id: int, since: int = 0) -> list[int]:
    async with aclosing(streams.tail(run_id, since, quiet_seconds=30)) as pages:
        return [number async for page in pages for number, _ in page.events]


async def followed(streams: Streams, run_id: int) -> None:
    while not streams.is_followed(run_id):
        await asyncio.sleep(0.001)


async def test_a_tail_gives_every_event_once_and_ends(quiet: Database) -> None:
    hands = Hands(quiet)
    run_id = await run_in(quiet)
    async with open_streams(quiet) as streams:
        stop_listening = quiet.doorbell.listen(Audience.API, streams.hear)
        tail = asyncio.create_task(numbers(streams, run_id))
        await followed(streams, run_id)
        (claimed,) = await hands.take()
        for number in range(20):
            await hands.say(claimed, str(number))
        await hands.complete(claimed)
        assert await tail == list(range(1, 24))
        assert not streams.is_followed(run_id)
        stop_listening()


async def test_an_event_whose_ring_was_lost_is_found_by_the_net(
    quiet: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LOOK_SECONDS", 0.01)
    hands = Hands(quiet)
    run_id = await run_in(quiet)
    async with open_streams(quiet) as streams:
        tail = asyncio.create_task(numbers(streams, run_id))
        await followed(streams, run_id)
        (claimed,) = await hands.take()
        await hands.complete(claimed)
        assert await tail == [1, 2, 3]


async def test_more_events_than_a_page_holds_come_in_order(quiet: Database) -> None:
    hands = Hands(quiet)
    run_id = await run_in(quiet)
    (claimed,) = await hands.take()
    await hands.record(claimed, *(Message(content=str(number)) for number in range(1234)))
    await hands.complete(claimed)
    assert await numbers(Streams(quiet), run_id, since=7) == list(range(8, 1238))


async def test_a_quiet_tail_gives_an_empty_page_now_and_then(quiet: Database) -> None:
    run_id = await run_in(quiet)
    async with aclosing(Streams(quiet).tail(run_id, 1, quiet_seconds=0.01)) as pages:
        assert [(await anext(pages)).events for _ in range(3)] == [[], [], []]


async def test_there_is_room_for_so_many_readers_and_no_more(quiet: Database) -> None:
    run_id = await run_in(quiet)
    streams = Streams(quiet, most=3)
    async with AsyncExitStack() as stack:
        for _ in range(3):
            pages = await stack.enter_async_context(aclosing(streams.tail(run_id, 0, quiet_seconds=30)))
            await anext(pages)
        with pytest.raises(TooManyStreams):
            await anext(streams.tail(run_id, 0, quiet_seconds=30))
    assert await anext(streams.tail(run_id, 0, quiet_seconds=30))


async def test_a_run_that_does_not_exist_is_said_before_the_first_page(quiet: Database) -> None:
    streams = Streams(quiet)
    with pytest.raises(NotFound):
        await anext(streams.tail(99, 0, quiet_seconds=30))
    assert not streams.is_followed(99)


class CountingDatabase:
    """The real database, with its reads counted."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.reads = 0

    async def read(self, function: Any, *arguments: Any) -> Any:
        self.reads += 1
        return await self._database.read(function, *arguments)


async def test_readers_of_one_run_share_one_look(quiet: Database) -> None:
    hands = Hands(quiet)
    run_id = await run_in(quiet)
    counting = CountingDatabase(quiet)
    streams = Streams(counting)  # pyright: ignore[reportArgumentType] - reads are all that streams do
    tails = [asyncio.create_task(numbers(streams, run_id)) for _ in range(50)]
    await followed(streams, run_id)
    (claimed,) = await hands.take()
    await hands.complete(claimed)
    streams.hear(Ring(runs={run_id}))
    assert [await tail for tail in tails] == [[1, 2, 3]] * 50
    assert counting.reads <= 4


class HeldDatabase(CountingDatabase):
    """Holds back the answer of its second read until it is let go."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.answers = 0
        self.let_go = asyncio.Event()

    async def read(self, function: Any, *arguments: Any) -> Any:
        answer = await super().read(function, *arguments)
        self.answers += 1
        if self.answers == 2:
            await self.let_go.wait()
        return answer


async def test_a_woken_reader_is_not_given_a_look_that_is_older_than_the_ring(quiet: Database) -> None:
    hands = Hands(quiet)
    run_id = await run_in(quiet)
    held = HeldDatabase(quiet)
    streams = Streams(held)  # pyright: ignore[reportArgumentType] - reads are all that streams do
    tail = asyncio.create_task(numbers(streams, run_id))
    while held.answers < 1:
        await asyncio.sleep(0.001)
    old = asyncio.create_task(streams.look(run_id, 1, stream.EVENTS_A_PAGE))
    while held.answers < 2:
        await asyncio.sleep(0.001)
    (claimed,) = await hands.take()
    await hands.complete(claimed)
    streams.hear(Ring(runs={run_id}))
    while held.reads == 2 and not tail.done():
        await asyncio.sleep(0.001)
    held.let_go.set()
    assert (await old).events == []
    assert await tail == [1, 2, 3]


async def test_closing_ends_every_tail(quiet: Database) -> None:
    run_id = await run_in(quiet)
    async with open_streams(quiet) as streams:
        tails = [asyncio.create_task(numbers(streams, run_id)) for _ in range(5)]
        await followed(streams, run_id)
        streams.close()
        assert [await tail for tail in tails] == [[1]] * 5
