"""Row p: other job queues, measured as ours is: no-op jobs, one worker process, the same machine and moment."""

import asyncio
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, assert_never

from scripts.bench.bench import Bench
from scripts.bench.comparison import Comparison, Subject
from scripts.bench.figure import Figure
from scripts.bench.measure import Contender, Measured, Sample, interleaved, percentile
from scripts.bench.peers import table, trial
from scripts.bench.peers.environment import NotAvailable, installed
from scripts.bench.peers.process import PeerFailed, Running, Where
from scripts.bench.peers.servers import Postgres, postgres, redis
from scripts.bench.peers.table import Peer, Store
from scripts.bench.place import url_of

FAILURES: Final = (NotAvailable, PeerFailed, ValueError)

POSTGRES_URL: Final = "BENCH_POSTGRES_URL"
"""A PostgreSQL server to measure on, whose user may create databases; without it, one is started."""

UNITS: Final = {
    trial.ENQUEUE: "/s",
    trial.DRAIN: "/s",
    trial.LIVE: "/s",
    trial.PICKUP: "ms",
    trial.COLD_START: "ms",
    trial.MEMORY: "MB",
}
PICKUP_P99: Final = "pickup p99"
IDLE: Final = "idle CPU"
IDLE_SECONDS: Final = 10.0
"""Twice as long as the slowest of our worker's rounds."""
SETTLE_SECONDS: Final = 2.0

TARGETS: Final = (
    (trial.ENQUEUE, table.OURS_OVER_HTTP, {table.PROCRASTINATE: 1.0, table.PGQUEUER: 1.0, table.CELERY: 1.0}),
    (trial.DRAIN, table.OURS, {table.DBOS_SQLITE: 12.0, table.DBOS_POSTGRESQL: 3.0, table.HUEY: 1.0}),
)
"""What of ours is to be at least how many times that of whom."""


async def measure(bench: Bench) -> Comparison:
    return await compare(bench, table.PEERS)


async def compare(bench: Bench, peers: Sequence[Peer]) -> Comparison:
    """A peer that cannot be had or that fails is a line that says why: it costs no other."""
    contest = Contest(bench)
    contenders: dict[str, Contender] = {}
    async with AsyncExitStack() as stack:
        await contest.start_postgres(stack, peers)
        for peer in peers:
            if await contest.has(peer):
                contenders[peer.title] = contest.contender(peer)
        measured = await interleaved(contenders, bench.scale.repeats)
        await contest.watch_idle_workers()
    return Comparison(
        subjects=[contest.subject(peer, measured) for peer in peers],
        figures=[figure for target in TARGETS for figure in contest.ratios(measured, *target)],
    )


class Contest:
    """The peers of one run of the row, and what became of them."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._python: dict[Peer, Path] = {}
        self._pickups: defaultdict[Peer, list[float]] = defaultdict(list)
        self._idle: defaultdict[Peer, list[float]] = defaultdict(list)
        self._missing: dict[Peer, str] = {}
        self._postgres: Postgres | NotAvailable = NotAvailable("PostgreSQL was not started")

    async def start_postgres(self, stack: AsyncExitStack, peers: Sequence[Peer]) -> None:
        if not any(peer.store is Store.POSTGRESQL for peer in peers):
            return
        url = os.environ.get(POSTGRES_URL)
        try:
            self._postgres = await stack.enter_async_context(postgres(self._bench.place.directory, url))
        except NotAvailable as error:
            self._postgres = error

    async def has(self, peer: Peer) -> bool:
        try:
            python = await asyncio.to_thread(_python_of, peer)
            if peer.store is Store.POSTGRESQL and isinstance(self._postgres, NotAvailable):
                raise self._postgres
            self._python[peer] = python
        except NotAvailable as error:
            self._missing[peer] = f"not measured: {error}"
        return peer not in self._missing

    def contender(self, peer: Peer) -> Contender:
        async def contender() -> Sample:
            if peer in self._missing:
                return {}
            try:
                async with self._where(peer) as where:
                    found = await trial.tried(where, peer.jobs, self._bench.scale)
            except FAILURES as error:
                self._missing[peer] = f"failed: {error}"
                return {}
            self._pickups[peer] += found.pickups
            return found.sample

        return contender

    async def watch_idle_workers(self) -> None:
        """All at the same time: they do nothing, and the processor's time is counted for each."""
        async with AsyncExitStack() as stack:
            workers = {peer: await self._idle_worker(stack, peer) for peer in self._python}
            watched = {peer: worker for peer, worker in workers.items() if worker is not None}
            seconds = IDLE_SECONDS * self._bench.scale.time_share
            await asyncio.sleep(min(SETTLE_SECONDS, seconds))
            for _ in range(self._bench.scale.repeats):
                before, began = {peer: worker.cpu_seconds() for peer, worker in watched.items()}, time.monotonic()
                await asyncio.sleep(seconds)
                elapsed = time.monotonic() - began
                for peer, worker in watched.items():
                    self._idle[peer].append(100 * max(0.0, worker.cpu_seconds() - before[peer]) / elapsed)

    async def _idle_worker(self, stack: AsyncExitStack, peer: Peer) -> Running | None:
        if peer in self._missing:
            return None
        try:
            where = await stack.enter_async_context(self._where(peer))
            return await stack.enter_async_context(trial.idle_worker(where))
        except FAILURES as error:
            self._missing[peer] = f"failed: {error}"
            return None

    @asynccontextmanager
    async def _where(self, peer: Peer) -> AsyncGenerator[Where]:
        """A directory and an empty database of its own for each try."""
        with tempfile.TemporaryDirectory(dir=self._bench.place.directory) as name:
            directory = Path(name)
            async with self._address(peer.store, directory) as address:
                python = self._python[peer]
                yield Where(python=python, module=peer.module, address=address, directory=directory)

    @asynccontextmanager
    async def _address(self, store: Store, directory: Path) -> AsyncGenerator[str]:
        match store:
            case Store.SQLITE:
                path = directory / "queue.db"
                try:
                    yield url_of(path)
                finally:
                    self._bench.place.forget(path)
            case Store.REDIS:
                async with redis(directory) as address:
                    yield address
            case Store.POSTGRESQL:
                assert isinstance(self._postgres, Postgres)
                async with self._postgres.database() as address:
                    yield address
            case _:
                assert_never(store)

    def subject(self, peer: Peer, measured: Measured) -> Subject:
        figures: dict[str, Figure] = {}
        if peer not in self._missing:
            for metric, unit in UNITS.items():
                figures[metric] = Figure(what=metric, unit=unit, values=measured.values(peer.title, metric))
                if metric == trial.PICKUP:
                    figures[PICKUP_P99] = self._pickup_p99(peer)
            figures[IDLE] = Figure(what=IDLE, unit="%", values=tuple(self._idle[peer]))
        how = "; ".join([*peer.requirements[:1], peer.how])
        if peer.store is Store.POSTGRESQL and isinstance(self._postgres, Postgres):
            how += f"; {self._postgres.version}"
        missing = self._missing.get(peer, "")
        return Subject(name=peer.title, durable=peer.durable, how=how, figures=figures, missing=missing)

    def _pickup_p99(self, peer: Peer) -> Figure:
        pickups = self._pickups[peer]
        worst = percentile(pickups, 99)
        return Figure(what=PICKUP_P99, unit="ms", values=(worst,), note=f"of {len(pickups)} jobs of all repeats")

    def ratios(self, measured: Measured, metric: str, ours: Peer, others: dict[Peer, float]) -> list[Figure]:
        return [
            Figure(
                what=f"{metric}: {ours.title} as a multiple of {other.title}",
                unit="times",
                values=measured.ratios(metric, ours.title, other.title),
                at_least=at_least,
            )
            for other, at_least in others.items()
            if self._was_measured(ours) and self._was_measured(other)
        ]

    def _was_measured(self, peer: Peer) -> bool:
        return peer in self._pickups and peer not in self._missing


def _python_of(peer: Peer) -> Path:
    return installed(peer.module, peer.requirements) if peer.requirements else Path(sys.executable)
