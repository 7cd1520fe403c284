"""Brings the tables up to date, by whoever starts first; the others wait and find it done."""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, StaticPool, create_engine, inspect, text

from agent_runner.errors import ConfigurationError
from agent_runner.store.database import run_directory_of, sqlite_path
from agent_runner.store.sqlite import pragmas, prepare_connections, sqlite_library

HEAD: Final = "0001"
"""The newest revision. Compared at start without importing Alembic, which costs more than the rest of the start."""


def migrate(url: str) -> bool:
    """Creates or upgrades the database; True when there was something to do. Blocks while another process does it.

    Raises ConfigurationError when the database is newer than this program.
    """
    path = sqlite_path(url)
    run_directory_of(path).mkdir(parents=True, exist_ok=True)
    engine = _engine(path)
    try:
        with _one_at_a_time(run_directory_of(path)), engine.connect() as connection:
            if current_revision(connection) == HEAD:
                return False
            _upgrade(connection)
            connection.commit()
            return True
    finally:
        engine.dispose()


def is_up_to_date(connection: Connection) -> bool:
    return current_revision(connection) == HEAD


def current_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _engine(path: Path) -> Engine:
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
        command.upgrade(config, HEAD)
    except CommandError as error:
        raise ConfigurationError(
            f"the database was made by another version of agent-runner: {error}",
            next_step="start the newer version, or point DATABASE_URL to another database",
        ) from error
