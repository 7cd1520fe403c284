"""The database: reads that run side by side, and one writer that commits everything waiting in one transaction.

A store function is an ordinary function whose first argument is a session. `Database.read` and `Database.write` run it;
nobody else opens or commits a transaction. The functions are the same for SQLite and PostgreSQL.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError

from agent_runner.domain.clock import Clock, utc_now
from agent_runner.errors import AgentRunnerError, ConfigurationError, Conflict, StoreFull, StoreUnavailable
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.sqlite import SqliteBackend
from agent_runner.store.wakeup import Doorbell, LocalDoorbell
from agent_runner.store.writer import Transactions, Writer

P = ParamSpec("P")
R = TypeVar("R")
Item = TypeVar("Item")


class Backend(Transactions, Protocol):
    """What differs between the databases: connections, locks and the clock."""

    async def read(self, work: Callable[[ReadSession], R]) -> R: ...

    async def tidy(self) -> None: ...

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
    async def open(cls, url: str, *, busy_timeout_seconds: float = 30.0, clock: Clock = utc_now) -> "Database":
        """Raises ConfigurationError when the URL names no database that can be used. Migrations are not run here."""
        path = sqlite_path(url)
        run_directory = run_directory_of(path)
        run_directory.mkdir(parents=True, exist_ok=True)
        backend = SqliteBackend(path, run_directory, busy_timeout_seconds=busy_timeout_seconds, clock=clock)
        return cls(backend, LocalDoorbell(run_directory), run_directory, busy_timeout_seconds * 1.5)

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

    async def close(self) -> None:
        await self._writer.close()
        await self._backend.close()
        self.doorbell.close()


def sqlite_path(url: str) -> Path:
    """The file that a SQLite URL names. Raises ConfigurationError for any other URL."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigurationError(
            f"DATABASE_URL {url!r} is not a database URL", next_step="use for example sqlite:///data/agent_runner.db"
        ) from None
    if parsed.get_backend_name() != "sqlite":
        raise ConfigurationError(
            f"DATABASE_URL names {parsed.get_backend_name()}, which is not supported yet",
            next_step="use for example sqlite:///data/agent_runner.db",
        )
    if not parsed.database or parsed.database == ":memory:":
        raise ConfigurationError(
            "an in-memory SQLite database cannot be shared between the API and its workers",
            next_step="name a file, for example sqlite:///data/agent_runner.db",
        )
    return Path(parsed.database)


def run_directory_of(path: Path) -> Path:
    return path.with_name(path.name + ".run")


def in_our_words(error: SQLAlchemyError) -> AgentRunnerError:
    """What a database error means for the caller."""
    said = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    if isinstance(error, IntegrityError):
        return Conflict(f"the database refused the change: {said}")
    if "full" in said:
        return StoreFull(
            f"the database has no space left: {said}", next_step="free disk space; everything goes on by itself"
        )
    return StoreUnavailable(f"the database cannot be used: {said}", next_step="see agent-runner db status")
