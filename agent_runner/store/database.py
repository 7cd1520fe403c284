"""The database: reads that run side by side, and one writer that commits everything waiting in one transaction.

A store function is an ordinary function whose first argument is a session. `Database.read` and `Database.write` run it;
nobody else opens or commits a transaction. The functions are the same for SQLite and PostgreSQL.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from agent_runner.domain.clock import Clock
from agent_runner.errors import AgentRunnerError, Conflict, StoreDamaged, StoreFull, StoreUnavailable
from agent_runner.store.address import make_run_directory, postgres_dsn, run_directory, sqlite_path
from agent_runner.store.opened_file import RESTORE
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.wakeup import Doorbell, LocalDoorbell
from agent_runner.store.writer import Transactions, Writer

P = ParamSpec("P")
R = TypeVar("R")
Item = TypeVar("Item")


class Backend(Transactions, Protocol):
    """What differs between the databases: connections, locks and the clock."""

    async def read(self, work: Callable[[ReadSession], R]) -> R: ...

    async def tidy(self) -> None: ...

    def free_bytes(self) -> int | None: ...

    async def close(self) -> None: ...


class Database:
    """One per process and event loop. Open it with `Database.open`, and close it."""

    def __init__(self, backend: Backend, doorbell: Doorbell, run_directory: Path, patience_seconds: float) -> None:
        self._backend: Final = backend
        self.doorbell: Final = doorbell
        self.run_directory: Final = run_directory
        """Where the processes that share this database keep locks and sockets."""
        self._writer: Final = Writer(backend, doorbell.ring, patience_seconds)

    @classmethod
    async def open(cls, url: str, *, busy_timeout_seconds: float = 30.0, clock: Clock | None = None) -> "Database":
        """Raises ConfigurationError when the URL names no database that can be used. Migrations are not run here.

        `clock` replaces the database's own.
        """
        directory, dsn = run_directory(url), postgres_dsn(url)
        make_run_directory(directory)
        backend, doorbell = (
            _sqlite(url, busy_timeout_seconds, clock) if dsn is None else _postgres(dsn, busy_timeout_seconds, clock)
        )
        return cls(backend, doorbell, directory, busy_timeout_seconds * 1.5)

    async def read(self, function: Callable[Concatenate[ReadSession, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await self._backend.read(lambda session: function(session, *args, **kwargs))
        except SQLAlchemyError as error:
            raise in_our_words(error) from error

    async def write(self, function: Callable[Concatenate[WriteSession, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Returns after the durable commit. Raises what `function` raised, and then nothing of it is written.

        `function` may be run a second time, after its first run was rolled back.
        """

        def alone(session: WriteSession, items: Sequence[None]) -> list[R]:
            return [function(session, *args, **kwargs) for _ in items]

        return await self._write(alone, None)

    async def write_together(
        self, function: Callable[[WriteSession, Sequence[Item]], Sequence[R | Exception]], item: Item
    ) -> R:
        """As `write`, for a function that serves all callers that wait at the moment with a few statements."""
        return await self._write(function, item)

    async def _write(self, function: Callable[[WriteSession, Sequence[Any]], Sequence[Any]], item: Any) -> Any:
        try:
            return await self._writer.write(function, item)
        except SQLAlchemyError as error:
            raise in_our_words(error) from error

    async def tidy(self) -> None:
        """Housekeeping of the files; for the janitor."""
        try:
            await self._backend.tidy()
        except SQLAlchemyError as error:
            raise in_our_words(error) from error

    def free_bytes(self) -> int | None:
        """The room left for the database; None where it lies on another machine."""
        return self._backend.free_bytes()

    async def close(self) -> None:
        await self._writer.close()
        await self._backend.close()
        await self.doorbell.close()


def _sqlite(url: str, busy_timeout_seconds: float, clock: Clock | None) -> tuple[Backend, Doorbell]:
    from agent_runner.store.sqlite import SqliteBackend  # noqa: PLC0415 - a process needs the library of one database

    directory = run_directory(url)
    backend = SqliteBackend(sqlite_path(url), directory, busy_timeout_seconds=busy_timeout_seconds, clock=clock)
    return backend, LocalDoorbell(directory)


def _postgres(dsn: str, busy_timeout_seconds: float, clock: Clock | None) -> tuple[Backend, Doorbell]:
    from agent_runner.store.notifications import PostgresDoorbell  # noqa: PLC0415 - as above
    from agent_runner.store.postgres import PostgresBackend  # noqa: PLC0415 - as above

    return PostgresBackend(dsn, busy_timeout_seconds=busy_timeout_seconds, clock=clock), PostgresDoorbell(dsn)


FULL: Final = "53100"
"""PostgreSQL's code for a full disk; SQLite says it in words."""


def in_our_words(error: SQLAlchemyError) -> AgentRunnerError:
    """What a database error means for the caller."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    said = str((cause and cause.__cause__) or cause or error)
    if isinstance(error, IntegrityError):
        return Conflict(f"the database refused the change: {said}")
    return unusable(said, is_full=getattr(cause, "sqlstate", None) == FULL)


def unusable(said: str, *, is_full: bool = False) -> StoreUnavailable:
    """Why the database cannot be used, from what it says itself."""
    if is_full or "is full" in said:
        return StoreFull(
            f"the database has no space left: {said}", next_step="free disk space; everything goes on by itself"
        )
    if "malformed" in said or "not a database" in said:
        return StoreDamaged(f"the database file is damaged: {said}", next_step=RESTORE)
    return StoreUnavailable(f"the database cannot be used: {said}", next_step="see agent-runner db status")
