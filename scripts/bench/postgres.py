"""A PostgreSQL of the benchmark's own, durable as a user's, and databases on it."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar, cast

import asyncpg

from agent_runner.store.address import postgres_dsn, run_directory
from agent_runner.store.database import Database
from agent_runner.store.migrations import migrate
from agent_runner.store.notifications import PostgresDoorbell
from agent_runner.store.postgres import PostgresBackend
from agent_runner.store.session import WriteSession
from scripts.postgres_server import PostgresServer, running_postgres

T = TypeVar("T")
BUSY_SECONDS = 30.0


class PostgresPlace:
    """Every database is new and has all tables."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self._count = 0

    @asynccontextmanager
    async def new_url(self) -> AsyncGenerator[str]:
        self._count += 1
        name = f"bench_{self._count}"
        await order(self.server.url(), f"CREATE DATABASE {name}")
        url = self.server.url(name)
        await asyncio.to_thread(migrate, url)
        try:
            yield url
        finally:
            await order(self.server.url(), f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def postgres_place() -> Generator[PostgresPlace]:
    """fsync and synchronous_commit are on: what is answered is on the disk."""
    with running_postgres(shared_buffers="512MB", max_wal_size="4GB", checkpoint_timeout="30min") as server:
        yield PostgresPlace(server)


async def order(url: str, statement: str) -> list[Any]:
    connection: Any = await cast("Any", asyncpg).connect(url)
    try:
        return list(await connection.fetch(statement, timeout=1200))
    finally:
        await connection.close()


class StampingBackend(PostgresBackend):
    """The store's own backend, which notes when its last commit was done."""

    committed_at_ns: int = 0

    async def write(self, work: Callable[[WriteSession], T]) -> T:
        answer = await super().write(work)
        self.committed_at_ns = time.monotonic_ns()
        return answer


@asynccontextmanager
async def open_stamping(url: str) -> AsyncGenerator[tuple[Database, StampingBackend]]:
    """A database whose commits can be timed: the moment of the last one is on the backend."""
    dsn = postgres_dsn(url)
    assert dsn is not None
    backend = StampingBackend(dsn, busy_timeout_seconds=BUSY_SECONDS, clock=None)
    database = Database(backend, PostgresDoorbell(dsn), run_directory(url), BUSY_SECONDS * 1.5)
    try:
        yield database, backend
    finally:
        await database.close()
