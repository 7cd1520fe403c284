"""What PostgreSQL needs and SQLite does not: connections that can be lost, and transactions that can be in the way."""

import contextlib
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar, cast

import asyncpg
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from agent_runner.domain.clock import Clock
from agent_runner.errors import OutcomeUnknown, StoreUnavailable
from agent_runner.store.address import shown
from agent_runner.store.session import ReadSession, WriteSession

T = TypeVar("T")

READERS: Final = 4
TRIES: Final = 3
CONNECT_SECONDS: Final = 10.0
IDLE_IN_TRANSACTION_SECONDS: Final = 10
"""A process that is stopped in the middle of a transaction must not hold its rows for ever."""

DEADLOCK, SERIALIZATION_FAILURE = "40P01", "40001"
_NOW: Final = select(func.clock_timestamp())
_IS_UNTIDY: Final = text(
    "SELECT n_dead_tup > 20000 + n_live_tup / 500 FROM pg_stat_user_tables WHERE relid = to_regclass('runs')"
)
"""Vacuuming reads the whole index of the run ids: the longer the history, the rarer."""
_VACUUM: Final = text("VACUUM (SKIP_LOCKED, INDEX_CLEANUP ON, TRUNCATE OFF) runs")


class Wire(Protocol):
    """As much of the driver's own connection as we use; it has no types."""

    async def execute(self, query: str, *arguments: object) -> str: ...

    async def add_listener(self, channel: str, callback: Callable[..., None]) -> None: ...

    def add_termination_listener(self, callback: Callable[..., None]) -> None: ...

    def is_closed(self) -> bool: ...

    def terminate(self) -> None: ...


LOST: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What the driver raises, when SQLAlchemy does not stand before it."""
_open: Final = cast("Callable[..., Awaitable[Wire]]", asyncpg.connect)  # pyright: ignore[reportUnknownMemberType] - it has no types


async def connect(dsn: str, *, busy_timeout_seconds: float, read_only: bool = False) -> Wire:
    """A connection that notices when the other side is gone. Raises StoreUnavailable when there is none to be had."""
    settings = {
        "application_name": "agent-runner",
        "timezone": "UTC",
        "jit": "off",
        "default_transaction_read_only": "on" if read_only else "off",
        "lock_timeout": f"{int(busy_timeout_seconds * 1000)}",
        "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_SECONDS * 1000}",
    }
    try:
        connection = await _open(
            dsn, timeout=CONNECT_SECONDS, command_timeout=busy_timeout_seconds, server_settings=settings
        )
    except LOST as error:
        said = str(error) or type(error).__name__
        raise StoreUnavailable(
            f"PostgreSQL at {shown(dsn)} cannot be reached: {said}",
            next_step="check DATABASE_URL or DB_HOST, and that the server runs; see agent-runner db status",
        ) from error
    _notice_silence(connection)
    return connection


def _notice_silence(connection: Any) -> None:
    """A peer that vanished without a word is noticed within half a minute instead of in sixteen."""
    wire = connection._transport.get_extra_info("socket")  # noqa: SLF001 - asyncpg offers no other way to its socket
    if wire is None or wire.family == socket.AF_UNIX:
        return
    options = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 25_000}
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in options.items():
        if hasattr(socket, name):
            wire.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def new_engine(
    dsn: str, *, connections: int, busy_timeout_seconds: float, read_only: bool = False, **options: Any
) -> AsyncEngine:
    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: connect(dsn, busy_timeout_seconds=busy_timeout_seconds, read_only=read_only),
        pool_size=connections,
        max_overflow=0,
        pool_timeout=busy_timeout_seconds,
        **options,
    )


class PostgresBackend:
    """Reads side by side on pooled connections; writes on one, because the writer commits one group after the other."""

    def __init__(self, dsn: str, *, busy_timeout_seconds: float, clock: Clock | None) -> None:
        self._clock = clock
        self._writer = new_engine(dsn, connections=1, busy_timeout_seconds=busy_timeout_seconds)
        self._readers = new_engine(
            dsn,
            connections=READERS,
            busy_timeout_seconds=busy_timeout_seconds,
            read_only=True,
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
        )

    async def read(self, work: Callable[[ReadSession], T]) -> T:
        """A connection that was lost while it lay in the pool is replaced; a read can be repeated."""
        for remaining in reversed(range(TRIES)):
            try:
                async with self._readers.connect() as connection:
                    return await self._within_its_time(
                        connection, connection.run_sync(lambda sync: work(ReadSession(sync, self._clock_of(sync))))
                    )
            except DBAPIError as error:
                if not (error.connection_invalidated and remaining):
                    raise
        raise AssertionError("the last try returns or raises")

    async def write(self, work: Callable[[WriteSession], T]) -> T:
        """Again from its beginning when nothing of it was committed: a deadlock, a connection lost on the way."""
        for remaining in reversed(range(TRIES)):
            try:
                async with self._transaction() as connection:
                    return await self._within_its_time(
                        connection, connection.run_sync(lambda sync: work(WriteSession(sync, self._clock_of(sync))))
                    )
            except DBAPIError as error:
                if not (remaining and may_be_repeated(error)):
                    raise
        raise AssertionError("the last try returns or raises")

    @asynccontextmanager
    async def _transaction(self) -> AsyncGenerator[AsyncConnection]:
        async with self._writer.connect() as connection:
            transaction = await connection.begin()
            try:
                yield connection
            except BaseException:
                with contextlib.suppress(DBAPIError, *LOST):
                    await transaction.rollback()
                raise
            try:
                await transaction.commit()
            except (DBAPIError, TimeoutError) as error:
                raise OutcomeUnknown(
                    f"the connection to PostgreSQL was lost at a commit, which may or may not have happened: {error}",
                    next_step="look whether it is there, or ask again with the same Idempotency-Key",
                ) from error

    @staticmethod
    async def _within_its_time(connection: AsyncConnection, work: Any) -> Any:
        try:
            return await work
        except TimeoutError as error:
            await connection.invalidate()  # whatever it still says belongs to the question that nobody waits for
            raise StoreUnavailable(
                "PostgreSQL did not answer in time", next_step="see agent-runner db status"
            ) from error

    def _clock_of(self, connection: Connection) -> Clock:
        return self._clock or (lambda: _clock_of_server(connection))

    async def tidy(self) -> None:
        """Vacuums the table of runs when many of its rows have changed.

        Each claim steps over what earlier ones left at the head of the queue's index. The server's own vacuum waits for
        a share of the whole table, which in one with a long history is millions.
        """
        async with self._readers.connect() as connection:
            if (await connection.execute(_IS_UNTIDY)).scalar():
                await connection.execute(_VACUUM)

    def free_bytes(self) -> int | None:
        return None

    async def close(self) -> None:
        await self._readers.dispose()
        await self._writer.dispose()


def _clock_of_server(connection: Connection) -> datetime:
    return connection.execute(_NOW).scalar_one()


def may_be_repeated(error: DBAPIError) -> bool:
    """The transaction was rolled back for a reason that lies in its company or its connection, not in itself."""
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in {DEADLOCK, SERIALIZATION_FAILURE}
