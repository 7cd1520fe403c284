"""Brings the tables up to date, by whoever starts first; the others wait and find it done."""

import asyncio
import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

from sqlalchemy import Connection, Engine, StaticPool, create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from agent_runner.errors import ConfigurationError
from agent_runner.store.address import make_run_directory, postgres_dsn, run_directory, sqlite_path
from agent_runner.store.database import in_our_words

HEAD: Final = "0001"
"""The newest revision. Compared at start without importing Alembic, which costs more than the rest of the start."""
ADVISORY_LOCK: Final = 4_712_604_819
"""A number of our own among PostgreSQL's advisory locks."""
PATIENCE_SECONDS: Final = 300.0

_ONE_UPGRADE: Final = Lock()
"""Alembic keeps the connection in a module: threads that upgrade different databases would work on each other's."""


def migrate(url: str) -> bool:
    """Creates or upgrades the database; True when there was something to do. Blocks while another process does it.

    Raises ConfigurationError when the database is newer than this program, StoreUnavailable when it cannot be used.
    """
    dsn = postgres_dsn(url)
    return _migrate_sqlite(url) if dsn is None else asyncio.run(_migrate_postgres(dsn))


def _migrate_sqlite(url: str) -> bool:
    directory = run_directory(url)
    make_run_directory(directory)
    engine = _sqlite_engine(sqlite_path(url))
    try:
        with _one_at_a_time(directory), engine.connect() as connection:
            changed = _bring_up_to_date(connection)
            connection.commit()
            return changed
    except SQLAlchemyError as error:
        raise in_our_words(error) from error
    finally:
        engine.dispose()


async def _migrate_postgres(dsn: str) -> bool:
    """The lock is the transaction's: whoever dies in the middle leaves neither a lock nor half a table."""
    from agent_runner.store.postgres import new_engine  # noqa: PLC0415 - a process needs the library of one database

    engine = new_engine(dsn, connections=1, busy_timeout_seconds=PATIENCE_SECONDS)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
            return await connection.run_sync(_bring_up_to_date)
    except SQLAlchemyError as error:
        raise in_our_words(error) from error
    finally:
        await engine.dispose()


def _bring_up_to_date(connection: Connection) -> bool:
    if current_revision(connection) == HEAD:
        return False
    _upgrade(connection)
    return True


def current_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _sqlite_engine(path: Path) -> Engine:
    from agent_runner.store.sqlite import pragmas, prepare_connections, sqlite_library  # noqa: PLC0415 - as above

    engine = create_engine(f"sqlite+pysqlite:///{path}", module=sqlite_library(), poolclass=StaticPool)
    prepare_connections(engine, pragmas(busy_timeout_seconds=30, read_only=False))
    return engine


@contextmanager
def _one_at_a_time(directory: Path) -> Generator[None]:
    with (directory / "migrate").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - only when there is something to do
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    try:
        with _ONE_UPGRADE:
            command.upgrade(config, HEAD)
    except CommandError as error:
        raise ConfigurationError(
            f"the database was made by another version of agent-runner: {error}",
            next_step="start the newer version, or point DATABASE_URL to another database",
        ) from error
