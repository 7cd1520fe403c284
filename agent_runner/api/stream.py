"""Following the events of a run: one generator, `Streams.tail`, feeds the long poll, server-sent events and WebSockets.

The doorbell tells which runs have new events; readers of the same run share one look into the database. A ring can be
lost, so once a second one statement asks for all followed runs whether somebody lags behind.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Final

from agent_runner.errors import AgentRunnerError, TooManyStreams
from agent_runner.store.database import Database
from agent_runner.store.events import EventPage, events_after, last_event_ids
from agent_runner.store.wakeup import Ring

MOST_STREAMS: Final = 1000
"""Readers that one process serves at the same time."""
EVENTS_A_PAGE: Final = 500
LARGEST_PAGE_CHARACTERS: Final = 128 * 1024
"""What a thousand readers who do not read may keep in memory, each."""
LOOK_SECONDS: Final = 1.0
"""How late an event may be when its ring was lost."""


_Place = tuple[int, int]
"""since, limit"""


@dataclass(slots=True, eq=False)
class Reader:
    """One who follows a run: where it stands, and whether something new may be there."""

    run_id: int
    cursor: int
    rung: asyncio.Event = field(default_factory=asyncio.Event)


class Streams:
    """All readers of this process."""

    def __init__(self, database: Database, *, most: int = MOST_STREAMS) -> None:
        self._database: Final = database
        self._most: Final = most
        self._readers: Final[defaultdict[int, set[Reader]]] = defaultdict(set)
        self._count: int = 0
        self._looks: Final[defaultdict[int, dict[_Place, asyncio.Task[EventPage]]]] = defaultdict(dict)
        self._is_closed: bool = False

    async def tail(
        self, run_id: int, since: int, *, quiet_seconds: float, limit: int = EVENTS_A_PAGE
    ) -> AsyncGenerator[EventPage]:
        """Gives at once what is there, maybe nothing, and then every page of new events.

        When nothing came for `quiet_seconds`, it gives an empty page. Ends after the run's final event.
        Raises NotFound and TooManyStreams before the first page.
        """
        loop = asyncio.get_running_loop()
        quiet_until = loop.time()
        with self._reader(run_id, since) as reader:
            while True:
                reader.rung.clear()
                page = beginning_of(await self.look(run_id, reader.cursor, limit))
                if page.events or page.is_the_end or loop.time() >= quiet_until:
                    reader.cursor = page.cursor
                    yield page
                    quiet_until = loop.time() + quiet_seconds
                if page.is_the_end or self._is_closed:
                    return
                if page.cursor >= page.last_event_id:
                    await _rung_or(quiet_until, reader.rung)

    async def look(self, run_id: int, since: int, limit: int) -> EventPage:
        """What is there now. Readers who stand at the same place share the answer. Raises NotFound."""
        looks = self._looks[run_id]
        look = looks.get((since, limit))
        if look is None:
            look = asyncio.create_task(self._database.read(events_after, run_id, since, limit))
            looks[since, limit] = look
            look.add_done_callback(lambda done: self._forget(run_id, (since, limit), done))
        return await asyncio.shield(look)

    def hear(self, ring: Ring) -> None:
        """Wakes the readers of the runs that have new events."""
        for run_id in list(self._readers) if ring.all_runs else ring.runs & self._readers.keys():
            self._wake(run_id)

    async def keep_looking(self) -> None:
        """The net under the doorbell; runs until it is cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._readers:
                with suppress(AgentRunnerError):  # the readers find out themselves
                    await self._wake_those_behind()

    def is_followed(self, run_id: int) -> bool:
        return run_id in self._readers

    def close(self) -> None:
        """Ends every stream; its reader comes back to another process, with the number of its last event."""
        self._is_closed = True
        for run_id in list(self._readers):
            self._wake(run_id)

    async def _wake_those_behind(self) -> None:
        newest = await self._database.read(last_event_ids, list(self._readers))
        for run_id, readers in list(self._readers.items()):
            if any(newest.get(run_id, reader.cursor + 1) > reader.cursor for reader in readers):
                self._wake(run_id)

    def _wake(self, run_id: int) -> None:
        self._looks.pop(run_id, None)  # they may have begun before the event was there
        for reader in self._readers[run_id]:
            reader.rung.set()

    def _forget(self, run_id: int, place: _Place, look: asyncio.Task[EventPage]) -> None:
        looks = self._looks[run_id]
        if looks.get(place) is look:
            del looks[place]
        if not looks:
            del self._looks[run_id]
        if not look.cancelled():
            look.exception()  # nobody may be left to hear it

    @contextmanager
    def _reader(self, run_id: int, since: int) -> Generator[Reader]:
        if self._count >= self._most:
            raise TooManyStreams(
                f"this process serves {self._most} readers of events already", next_step="try again in a moment"
            )
        reader = Reader(run_id, since)
        self._readers[run_id].add(reader)
        self._count += 1
        try:
            yield reader
        finally:
            self._count -= 1
            self._readers[run_id].discard(reader)
            if not self._readers[run_id]:
                del self._readers[run_id]


def beginning_of(page: EventPage) -> EventPage:
    """As much of the page as one reader may keep in memory, and at least one event."""
    size = 0
    for count, (_, text) in enumerate(page.events):
        size += len(text)
        if count and size > LARGEST_PAGE_CHARACTERS:
            return replace(page, events=page.events[:count])
    return page


async def _rung_or(deadline: float, rung: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout_at(deadline):
            await rung.wait()


@asynccontextmanager
async def open_streams(database: Database) -> AsyncGenerator[Streams]:
    """The streams of a process, with their net."""
    streams = Streams(database)
    net = asyncio.create_task(streams.keep_looking(), name="look for lost rings")
    try:
        yield streams
    finally:
        streams.close()
        net.cancel()
        with suppress(asyncio.CancelledError):
            await net
