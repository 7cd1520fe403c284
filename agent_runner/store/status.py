"""What an operator asks of the database as a whole: which it is, how large, and what to worry about. Blocking."""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from agent_runner.errors import StoreUnavailable
from agent_runner.store.address import postgres_dsn, shown, sqlite_path
from agent_runner.store.database import in_our_words, unusable
from agent_runner.store.migrations import HEAD, current_revision

COUNTED: Final = ("projects", "tasks", "runs", "events", "steps", "workers")
BUSY_SECONDS: Final = 30.0
LARGE_TABLE_ROWS: Final = 100_000
"""PostgreSQL counts by reading the table; above this its own estimate must do."""
OLDEST_POSTGRES: Final = 150_000
LONG_TRANSACTION_SECONDS: Final = 300.0
LARGE_LOG_BYTES: Final = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseStatus:
    """`revision` is None, and `counts` is empty, until the database is migrated. A warning is `fact: what to do`.

    `estimated` names the counts that are the server's own estimates. Only SQLite has a `wal_bytes` of its own.
    """

    kind: str
    where: str
    version: str
    exists: bool
    revision: str | None
    bytes: int
    wal_bytes: int | None
    counts: dict[str, int]
    estimated: tuple[str, ...]
    warnings: tuple[str, ...]
    newest_revision: str = HEAD

    @property
    def is_up_to_date(self) -> bool:
        return self.revision == self.newest_revision


def database_status(url: str, counted: Sequence[str] = COUNTED) -> DatabaseStatus:
    """Changes nothing, and makes no file. Raises StoreUnavailable when it cannot be read.

    `counted` names the tables whose rows are wanted: counting reads them.
    """
    dsn = postgres_dsn(url)
    return _sqlite_status(sqlite_path(url), counted) if dsn is None else asyncio.run(_postgres_status(dsn, counted))


# ---- SQLite


def _sqlite_status(path: Path, counted: Sequence[str]) -> DatabaseStatus:
    from agent_runner.store.sqlite import sqlite_library, unsafe_version_warning  # noqa: PLC0415 - as in database.py

    library = sqlite_library()
    revision, counts = None, dict[str, int]()
    if path.exists():
        with reading(path) as connection:
            revision = revision_of_file(connection)
            counts = _counts_of_file(connection, counted)
    log = _size(path.with_name(path.name + "-wal"))
    warnings = [(unsafe_version_warning(library) or "").replace("; ", ": ", 1)]
    if log > LARGE_LOG_BYTES:
        warnings.append(f"the write-ahead log has {log} bytes: a reader that does not end keeps it from being emptied")
    return DatabaseStatus(
        kind="sqlite",
        where=str(path.absolute()),
        version=str(library.sqlite_version),
        exists=path.exists(),
        revision=revision,
        bytes=_size(path),
        wal_bytes=log,
        counts=counts,
        estimated=(),
        warnings=tuple(warning for warning in warnings if warning),
    )


@contextmanager
def reading(path: Path) -> Generator[Any]:
    """A connection of the driver that cannot change the file. Raises StoreUnavailable, whatever goes wrong with it."""
    from agent_runner.store.sqlite import sqlite_library  # noqa: PLC0415 - as above

    library = sqlite_library()
    try:
        with closing(library.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as found:
            yield found
    except library.Error as error:
        problem = unusable(f"{error} ({path.absolute()})")
        if type(problem) is StoreUnavailable:
            problem.next_step = (
                "look at the file and its rights; agent-runner db restore FILE puts a backup in its place"
            )
        raise problem from error


def revision_of_file(connection: Any) -> str | None:
    known = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'").fetchone()
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if known else None
    return None if row is None else str(row[0])


def first_damage(path: Path, *, thorough: bool) -> str | None:
    """What SQLite finds wrong with the file, the first of it; None when it is sound."""
    check = "integrity_check" if thorough else "quick_check"
    with reading(path) as connection:
        said = str(connection.execute(f"PRAGMA {check}(1)").fetchone()[0])
        if said != "ok":
            return said
        orphan = connection.execute("PRAGMA foreign_key_check").fetchone() if thorough else None
    return None if orphan is None else f"a row of {orphan[0]} belongs to a row of {orphan[2]} that is not there"


def _counts_of_file(connection: Any, counted: Sequence[str]) -> dict[str, int]:
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    return {
        name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608 - names of our own tables
        for name in counted
        if name in tables
    }


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


# ---- PostgreSQL


async def _postgres_status(dsn: str, counted: Sequence[str]) -> DatabaseStatus:
    from agent_runner.store.postgres import new_engine  # noqa: PLC0415 - as above

    engine = new_engine(dsn, connections=1, busy_timeout_seconds=BUSY_SECONDS, read_only=True)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_status_of_server, shown(dsn), counted)
    except StoreUnavailable as error:
        if getattr(error.__cause__, "sqlstate", None) != "3D000":  # there is no such database
            raise
        return _not_there(dsn)
    except SQLAlchemyError as error:
        raise in_our_words(error) from error
    finally:
        await engine.dispose()


def _not_there(dsn: str) -> DatabaseStatus:
    return DatabaseStatus(
        kind="postgresql",
        where=shown(dsn),
        version="",
        exists=False,
        revision=None,
        bytes=0,
        wal_bytes=None,
        counts={},
        estimated=(),
        warnings=("the server answers, but has no such database: create it with createdb",),
    )


def _status_of_server(connection: Connection, where: str, counted: Sequence[str]) -> DatabaseStatus:
    counts, estimated = _counts_on_server(connection, counted)
    return DatabaseStatus(
        kind="postgresql",
        where=where,
        version=_scalar(connection, "SHOW server_version"),
        exists=True,
        revision=current_revision(connection),
        bytes=_scalar(connection, "SELECT pg_database_size(current_database())"),
        wal_bytes=None,
        counts=counts,
        estimated=estimated,
        warnings=tuple(_warnings_of_server(connection)),
    )


def _warnings_of_server(connection: Connection) -> Generator[str]:
    if int(_scalar(connection, "SHOW server_version_num")) < OLDEST_POSTGRES:
        yield "PostgreSQL is older than 15, with which agent-runner is not tested: upgrade it"
    if _scalar(connection, "SELECT pg_is_in_recovery()"):
        yield "the server is a standby, which can only be read: name the primary in DATABASE_URL"
    oldest = connection.execute(
        text(
            "SELECT pid, extract(epoch FROM clock_timestamp() - xact_start)::float8 AS seconds FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
            " AND backend_type = 'client backend' ORDER BY xact_start LIMIT 1"
        )
    ).first()
    if oldest is not None and oldest.seconds > LONG_TRANSACTION_SECONDS:
        yield (
            f"a transaction of process {oldest.pid} is open for {oldest.seconds:.0f} s, and until it ends the vacuum"
            f" removes nothing: end it, for example with SELECT pg_terminate_backend({oldest.pid})"
        )


def _counts_on_server(connection: Connection, counted: Sequence[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Each table's rows, and which of the counts are estimates."""
    rows = connection.execute(
        text(
            "SELECT relname, reltuples::bigint AS rows FROM pg_class"
            " JOIN pg_namespace ON relnamespace = pg_namespace.oid WHERE relkind = 'r'"
            " AND nspname = current_schema() AND relname = ANY(:names)"
        ),
        {"names": list(counted)},
    )
    estimates = {row.relname: int(row.rows) for row in rows}
    known = [name for name in counted if name in estimates]
    large = tuple(name for name in known if estimates[name] > LARGE_TABLE_ROWS)
    counts = {
        name: estimates[name] if name in large else int(_scalar(connection, f"SELECT count(*) FROM {name}"))  # noqa: S608 - names of our own tables
        for name in known
    }
    return counts, large


def _scalar(connection: Connection, statement: str) -> Any:
    return connection.execute(text(statement)).scalar_one()
