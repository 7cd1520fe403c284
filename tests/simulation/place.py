"""The database of a simulation, its virtual clock, and the faults between a caller and the commit."""

import asyncio
import random
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, TypeVar

from sqlalchemy import Connection, StaticPool, create_engine, text
from sqlmodel import SQLModel

from agent_runner.errors import StoreUnavailable
from agent_runner.store.address import postgres_dsn
from agent_runner.store.migrations import migrate
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.sqlite import prepare_connections, sqlite_library
from agent_runner.store.wakeup import Audience, Ring

T = TypeVar("T")

MEMORY: Final = "sqlite://"
MIDNIGHT: Final = datetime(2026, 1, 1, tzinfo=UTC)


class Place(Protocol):
    """A database that holds nothing but what the simulation writes. One for all seeds of a process."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """Commits at its end, rolls back when an exception leaves it."""
        ...

    def clear(self) -> None:
        """Empties every table, and counts ids from 1 again."""
        ...

    def close(self) -> None: ...


class MemoryPlace:
    """SQLite in memory: real statements and constraints, no disk."""

    def __init__(self) -> None:
        self._engine = create_engine("sqlite+pysqlite://", module=sqlite_library(), poolclass=StaticPool)
        prepare_connections(self._engine, ["PRAGMA foreign_keys = ON"])
        self._connection = self._engine.connect()
        with self.transaction() as connection:
            SQLModel.metadata.create_all(connection)

    @contextmanager
    def transaction(self) -> Generator[Connection]:
        with self._connection.begin():
            self._connection.exec_driver_sql("BEGIN")
            yield self._connection

    def clear(self) -> None:
        with self.transaction() as connection:
            for table in reversed(SQLModel.metadata.sorted_tables):
                connection.execute(table.delete())
            connection.execute(text("DELETE FROM sqlite_sequence"))

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()


class PostgresPlace:
    """A database of a real server, emptied between the seeds; its tables must be there."""

    def __init__(self, dsn: str) -> None:
        self._engine = create_engine(dsn.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=StaticPool)
        self._connection = self._engine.connect()

    @contextmanager
    def transaction(self) -> Generator[Connection]:
        with self._connection.begin():
            yield self._connection

    def clear(self) -> None:
        with self.transaction() as connection:
            names = ", ".join(table.name for table in SQLModel.metadata.sorted_tables)
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()


def place_at(url: str) -> Place:
    """`sqlite://` is one in memory."""
    if url == MEMORY:
        return MemoryPlace()
    dsn = postgres_dsn(url)
    if dsn is None:
        raise SystemExit(f"the simulation has no place at {url}: use sqlite:// or postgresql://…")
    migrate(url)
    return PostgresPlace(dsn)


class Hands:
    """The virtual clock of the database."""

    def __init__(self) -> None:
        self.now = MIDNIGHT
        self.was_set_back = False

    def __call__(self) -> datetime:
        return self.now

    def turn(self, seconds: float) -> None:
        self.was_set_back |= seconds < 0
        self.now += timedelta(seconds=seconds)


class FaultyBackend:
    """Fulfils store.database.Backend. A fault is either before the commit, or after it: done, and nobody hears."""

    def __init__(self, place: Place, clock: Hands, chance: random.Random) -> None:
        self._place = place
        self._clock = clock
        self._chance = chance
        self.before = 0.0
        self.lost = 0.0
        """How likely each fault is."""
        self.begun = 0
        """So many writes have begun."""

    async def read(self, work: Callable[[ReadSession], T]) -> T:
        return self.look(work)

    def look(self, work: Callable[[ReadSession], T]) -> T:
        with self._place.transaction() as connection:
            return work(ReadSession(connection, self._clock))

    async def write(self, work: Callable[[WriteSession], T]) -> T:
        self.begun += 1
        drawn = self._chance.random()
        await self._let_callers_die()
        with self._place.transaction() as connection:
            answer = work(WriteSession(connection, self._clock))
            if drawn < self.before:
                raise StoreUnavailable("a fault before the commit")
        await self._let_callers_die()
        if drawn > 1 - self.lost:
            raise StoreUnavailable("a fault after the commit")
        return answer

    async def _let_callers_die(self) -> None:
        for _ in range(self._chance.randrange(3)):
            await asyncio.sleep(0)

    async def tidy(self) -> None: ...

    def free_bytes(self) -> int | None:
        return None

    async def close(self) -> None: ...


class SilentBell:
    """Nobody sleeps in a simulation, so nobody is woken."""

    def ring(self, ring: Ring) -> None: ...

    async def close(self) -> None: ...

    def listen(self, audience: Audience, heard: Callable[[Ring], None]) -> Callable[[], None]:
        raise NotImplementedError
