"""Row d: how fast events are appended, how soon a reader of the stream has them, and how fast pages are served."""

import asyncio
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.api.server import raise_file_limit
from agent_runner.domain.events import Message, new_event
from agent_runner.store.database import Database
from agent_runner.store.held import HeldWrite, write_held
from agent_runner.store.runs import ClaimedRun, ClaimWanted, claim
from scripts.bench import child
from scripts.bench.bench import Bench
from scripts.bench.figure import Figure
from scripts.bench.house import StampingBackend, open_stamping, queue, worker
from scripts.bench.http_load import put_load, request
from scripts.bench.measure import Contender, Sample, interleaved, percentile
from scripts.bench.place import url_of
from scripts.bench.raw_commit import connect, events_a_second
from scripts.bench.sse import Reader, reading

CONCURRENT: Final = 16
EVENTS_A_RUN: Final = 2500
EVENTS_A_BURST: Final = 10
ROWS_A_COMMIT: Final = (100, 1000)

STREAMED: Final = 300
PAUSE_SECONDS: Final = 0.01
READERS: Final = {1: 3.0, 50: 10.0, 1000: None}

GETS: Final = 4000
EVENTS_A_PAGE: Final = 20
SAME: Final = "the same API without a database"
TINY: Final = "a bare FastAPI application"


async def measure(bench: Bench) -> list[Figure]:
    return [*await _appended(bench), *await _streamed(bench), *await _served(bench)]


# ---- appending


async def _appended(bench: Bench) -> list[Figure]:
    contenders: dict[str, Contender] = {"ours": _append(bench)}
    contenders |= {f"sqlite3, {rows:,} rows a commit": _by_hand(bench, rows) for rows in ROWS_A_COMMIT}
    measured = await interleaved(contenders, bench.scale.repeats)
    return [
        Figure(
            what=f"events appended by {CONCURRENT} concurrent runs of one worker",
            unit="/s",
            values=measured.values("ours", "per_second"),
            at_least=20_000,
            beside={name: measured.median(name, "per_second") for name in contenders if name != "ours"},
        )
    ]


def _by_hand(bench: Bench, a_commit: int) -> Contender:
    count = bench.scale.size(CONCURRENT * EVENTS_A_RUN)

    async def contender() -> Sample:
        return {"per_second": bench.with_new_file(lambda path: events_a_second(path, count, a_commit=a_commit))}

    return contender


@dataclass(slots=True)
class TalkativeAgent:
    """Emits events, a few at a time, and lets others work in between."""

    events: int
    began: float = 0.0

    async def run(self, context: RunContext) -> dict[str, JsonValue]:
        self.began = self.began or time.perf_counter()
        for number in range(self.events):
            context.emit(Message(content=f"event {number}"))
            if number % EVENTS_A_BURST == 0:
                await asyncio.sleep(0)
        return {}


def _append(bench: Bench) -> Contender:
    events = bench.scale.size(EVENTS_A_RUN)

    async def contender() -> Sample:
        agent = TalkativeAgent(events)
        async with bench.database() as (path, database):
            await queue(database, CONCURRENT)
            await worker(database, url_of(path), agent, slots=CONCURRENT).drain()
            elapsed = time.perf_counter() - agent.began
            connection = connect(path)
            (written,) = connection.execute("SELECT count(*) FROM events WHERE type = 'MESSAGE'").fetchone()
            connection.close()
        if written != CONCURRENT * events:
            raise RuntimeError(f"{written} of {CONCURRENT * events} events were written")
        return {"per_second": written / elapsed}

    return contender


# ---- streaming


LET_GO_SECONDS: Final = 2.0
"""The server serves 1,000 readers at most, and must have noticed that those of the last sample are gone."""


async def _streamed(bench: Bench) -> list[Figure]:
    raise_file_limit()
    path = bench.place.new_database()
    try:
        async with child.api(path) as server, open_stamping(path) as (database, backend):
            contenders: dict[str, Contender] = {
                str(readers): _stream(bench, server.port, database, backend, readers) for readers in READERS
            }
            measured = await interleaved(contenders, bench.scale.repeats)
    finally:
        bench.place.forget(path)
    return [
        Figure(
            what=f"commit → client of the stream, {readers} {'client' if readers == 1 else 'clients'}, {metric}",
            unit="ms",
            values=measured.values(str(readers), metric),
            at_most=at_most if metric == "p50" else None,
        )
        for readers, at_most in READERS.items()
        for metric in ("p50", "p99")
    ] + [
        Figure(
            what="clients of 1,000 that missed an event",
            unit="clients",
            values=measured.values("1000", "lost"),
            at_most=0,
        )
    ]


def _stream(bench: Bench, port: int, database: Database, backend: StampingBackend, count: int) -> Contender:
    """This process writes the events of a run as a worker does, and reads them from the API over the network."""
    events = bench.scale.size(STREAMED if count < 1000 else STREAMED // 10, least=3)

    async def contender() -> Sample:
        committed: dict[int, int] = {}
        held = await _held_run(database)
        await asyncio.sleep(LET_GO_SECONDS)
        async with reading(port, held.id, count) as readers:
            await _until_all_have(readers, 2)
            for number in range(1, events + 1):
                event = new_event(Message(content=f"event {number}"))
                write = HeldWrite(run_id=held.id, fence=held.fence, number=number, events=(event,))
                await database.write_together(write_held, write)
                committed[number + 2] = backend.committed_at_ns
                await asyncio.sleep(PAUSE_SECONDS if count < 1000 else 10 * PAUSE_SECONDS)
            await _until_all_have(readers, events + 2)
        return _stream_sample(readers, committed)

    return contender


async def _held_run(database: Database) -> ClaimedRun:
    """A new run with two events, held by this process."""
    await queue(database, 1)
    (held,) = (
        await database.write(claim, ClaimWanted(worker_id="bench", model="none", slots=1, lease_seconds=3600))
    ).runs
    return held


async def _until_all_have(readers: list[Reader], event_id: int) -> None:
    """Whoever does not get there in time counts as lost."""
    with suppress(TimeoutError):
        await child.until(
            lambda: all(reader.newest >= event_id for reader in readers), f"every reader has event {event_id}"
        )


def _stream_sample(readers: list[Reader], committed: dict[int, int]) -> Sample:
    times = [
        (reader.arrived[number] - at) / 1e6
        for reader in readers
        for number, at in committed.items()
        if number in reader.arrived
    ]
    complete = sum(1 for reader in readers if committed.keys() <= reader.arrived.keys())
    return {"p50": percentile(times, 50), "p99": percentile(times, 99), "lost": len(readers) - complete}


# ---- serving pages


async def _served(bench: Bench) -> list[Figure]:
    path = bench.place.new_database()
    try:
        async with AsyncExitStack() as stack:
            database, _ = await stack.enter_async_context(open_stamping(path))
            held = await _held_run(database)
            events = tuple(new_event(Message(content=f"event {number}")) for number in range(EVENTS_A_PAGE))
            write = HeldWrite(run_id=held.id, fence=held.fence, number=1, events=events)
            await database.write_together(write_held, write)
            ports = {
                "ours": (await stack.enter_async_context(child.api(path))).port,
                SAME: (await stack.enter_async_context(child.comparison_server("same", path.parent))).port,
                TINY: (await stack.enter_async_context(child.comparison_server("tiny", path.parent))).port,
            }
            contenders: dict[str, Contender] = {name: _get(bench, port) for name, port in ports.items()}
            measured = await interleaved(contenders, bench.scale.repeats)
    finally:
        bench.place.forget(path)
    return [
        Figure(
            what=f"GET of {EVENTS_A_PAGE} events, {CONCURRENT} connections",
            unit="/s",
            values=measured.values("ours", "per_second"),
            at_least=2000,
            beside={name: measured.median(name, "per_second") for name in (SAME, TINY)},
        )
    ]


def _get(bench: Bench, port: int) -> Contender:
    count = bench.scale.size(GETS, least=CONCURRENT)
    message = request("GET", f"/runs/1/events?since_event_id=0&limit={EVENTS_A_PAGE}", port)

    async def contender() -> Sample:
        outcome = await put_load(port, message, connections=CONCURRENT, count=count)
        return {"per_second": outcome.per_second}

    return contender
