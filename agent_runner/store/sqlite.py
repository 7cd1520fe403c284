"""What SQLite needs and PostgreSQL does not: the right library, the right pragmas, and a fair write lock."""

import asyncio
import fcntl
import os
import shutil
import sqlite3 as standard_sqlite3
import sys
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeVar

from sqlalchemy import Engine, StaticPool, create_engine, event
from sqlalchemy.ext.asyncio import create_async_engine

from agent_runner.domain.clock import Clock, utc_now
from agent_runner.store.address import postgres_dsn
from agent_runner.store.file_system import refuse_network_file_system
from agent_runner.store.opened_file import OpenedFile
from agent_runner.store.session import ReadSession, WriteSession

T = TypeVar("T")

READERS: Final = 4
LARGEST_LOG_BYTES: Final = 32 * 1024 * 1024

OLDEST_SAFE_VERSION: Final = (3, 51, 3)
BACKPORTED_SAFE_VERSIONS: Final = frozenset({(3, 44, 6), (3, 50, 7)})
"""Older ones can corrupt a WAL database when two processes checkpoint it at once."""


def sqlite_library() -> ModuleType:
    """The SQLite to use: pysqlite3's where there is a wheel, else the standard library's.

    It takes the name `sqlite3` so that aiosqlite, which knows no other, gets the same one.
    """
    try:
        import pysqlite3  # noqa: PLC0415 - optional: not every platform has a wheel
    except ImportError:
        return standard_sqlite3
    library: ModuleType = pysqlite3
    if sys.modules.get("sqlite3") is not library:
        assert "aiosqlite" not in sys.modules, "two SQLites in one process do not see each other's locks"
        sys.modules["sqlite3"] = library
    return library


def is_safe_version(version: tuple[int, ...]) -> bool:
    return version >= OLDEST_SAFE_VERSION or version in BACKPORTED_SAFE_VERSIONS


def unsafe_version_warning(library: ModuleType) -> str | None:
    """One sentence when the linked SQLite is one that can corrupt a database, else None."""
    version: tuple[int, ...] = library.sqlite_version_info
    if is_safe_version(version):
        return None
    return (
        f"SQLite {library.sqlite_version} can corrupt a database that two processes checkpoint at once; "
        f"use 3.51.3 or newer (pip install pysqlite3), or PostgreSQL"
    )


def version_warning(url: str) -> str | None:
    """The same for the database that a URL names; None for one that is no SQLite."""
    return unsafe_version_warning(sqlite_library()) if postgres_dsn(url) is None else None


def pragmas(*, busy_timeout_seconds: float, read_only: bool) -> list[str]:
    """Per connection. FULL: a commit that was answered survives power loss."""
    common = [
        f"PRAGMA busy_timeout = {int(busy_timeout_seconds * 1000)}",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        "PRAGMA trusted_schema = OFF",
        "PRAGMA mmap_size = 0",
        "PRAGMA journal_size_limit = 67108864",
    ]
    if not is_safe_version(sqlite_library().sqlite_version_info):
        common.append("PRAGMA wal_autocheckpoint = 0")  # only the janitor checkpoints: never two at once
    return [*common, "PRAGMA query_only = ON"] if read_only else common


class FairLock:
    """A lock between the processes that write one SQLite file: first come, first served, woken by the kernel.

    SQLite's own busy handler sleeps and retries, so a busy writer starves all others. Here a waiter holds the
    turnstile while it waits for the lock, which keeps the last holder from taking it again first.
    """

    def __init__(self, directory: Path) -> None:
        self._turnstile = os.open(directory / "turnstile", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._lock = os.open(directory / "write-lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def held(self) -> Generator[None]:
        fcntl.flock(self._turnstile, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        finally:
            fcntl.flock(self._turnstile, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._turnstile)
        os.close(self._lock)


class SqliteBackend:
    """Reads on aiosqlite connections, side by side; writes on one connection in a thread of its own.

    Writing through aiosqlite costs a thread switch for every driver call, four or more a statement. The writer switches
    once for a whole transaction.
    """

    def __init__(self, path: Path, run_directory: Path, *, busy_timeout_seconds: float, clock: Clock | None) -> None:
        refuse_network_file_system(path)
        library = sqlite_library()
        self._path = path.resolve()
        self._file = OpenedFile(path)
        self._clock = clock or utc_now
        self._lock = FairLock(run_directory)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite writer")
        self._writer = create_engine(f"sqlite+pysqlite:///{path}", module=library, poolclass=StaticPool)
        self._readers = create_async_engine(
            f"sqlite+aiosqlite:///{path}",
            pool_size=READERS,
            max_overflow=0,
            pool_reset_on_return=None,
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
        )
        prepare_connections(self._writer, pragmas(busy_timeout_seconds=busy_timeout_seconds, read_only=False))
        prepare_connections(
            self._readers.sync_engine, pragmas(busy_timeout_seconds=busy_timeout_seconds, read_only=True)
        )

    async def read(self, work: Callable[[ReadSession], T]) -> T:
        self._file.check()
        async with self._readers.connect() as connection:
            return await connection.run_sync(lambda sync: work(ReadSession(sync, self._clock)))

    async def write(self, work: Callable[[WriteSession], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._write, work)

    def _write(self, work: Callable[[WriteSession], T]) -> T:
        with self._lock.held():
            self._file.check()
            with self._writer.connect() as connection, connection.begin():
                # Deferred, it would start as a reader, and fail at its first write when another process wrote since.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                self._file.learn()
                answer = work(WriteSession(connection, self._clock))
                self._file.check()  # again: it may have waited long for the lock
                return answer

    async def tidy(self) -> None:
        """Empties the write-ahead log when it has grown large."""
        log = self._path.with_name(self._path.name + "-wal")
        try:
            is_large = log.stat().st_size > LARGEST_LOG_BYTES
        except FileNotFoundError:
            return
        if is_large:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._checkpoint)

    def _checkpoint(self) -> None:
        with self._lock.held(), self._writer.connect() as connection:
            self._file.check()
            cursor = connection.connection.cursor()  # the driver's own: a checkpoint cannot run inside a transaction
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.close()

    def free_bytes(self) -> int | None:
        return shutil.disk_usage(self._path.parent).free

    async def close(self) -> None:
        await self._readers.dispose()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.dispose)
        self._thread.shutdown()
        self._lock.close()


def prepare_connections(engine: Engine, statements: list[str]) -> None:
    """Turns off the driver's own transactions, which would start deferred, and applies the pragmas."""

    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()

    event.listen(engine, "connect", prepare)
