"""What an operator asks of the database as a whole: how it is, and a copy of it. Blocking; for the command line."""

import os
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agent_runner.errors import Conflict, NotFound
from agent_runner.store.address import sqlite_path
from agent_runner.store.database import unusable
from agent_runner.store.migrations import HEAD
from agent_runner.store.sqlite import sqlite_library, unsafe_version_warning

COUNTED: Final = ("projects", "tasks", "runs", "events", "steps", "workers")
BUSY_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseStatus:
    """`revision` is None, and so are the counts, until the database is migrated."""

    path: Path
    exists: bool
    revision: str | None
    newest_revision: str
    bytes: int
    wal_bytes: int
    counts: dict[str, int]
    sqlite_version: str
    warning: str | None

    @property
    def is_up_to_date(self) -> bool:
        return self.revision == self.newest_revision


def database_status(url: str) -> DatabaseStatus:
    """Changes nothing, and makes no file."""
    path = sqlite_path(url)
    library = sqlite_library()
    revision, counts = None, dict[str, int]()
    if path.exists():
        with _reading(path) as connection:
            revision = _revision(connection)
            counts = _counts(connection)
    return DatabaseStatus(
        path=path.absolute(),
        exists=path.exists(),
        revision=revision,
        newest_revision=HEAD,
        bytes=_size(path),
        wal_bytes=_size(path.with_name(path.name + "-wal")),
        counts=counts,
        sqlite_version=library.sqlite_version,
        warning=unsafe_version_warning(library),
    )


def back_up(url: str, target: Path) -> int:
    """Writes a copy of one moment, while everything goes on, and returns its size. `target` must not exist.

    The copy appears under its name only when it is whole and on disk.
    """
    path = sqlite_path(url)
    if not path.exists():
        raise NotFound(f"there is no database at {path.absolute()}", next_step="see agent-runner db status")
    if target.exists():
        raise Conflict(f"{target} exists already", next_step="name a file that does not exist")
    unfinished = target.with_name(f".{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        with _reading(path) as connection:
            connection.execute("VACUUM INTO ?", (str(unfinished),))
        unfinished.chmod(0o600)
        _to_disk(unfinished)
        unfinished.rename(target)
        _to_disk(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)
    return target.stat().st_size


@contextmanager
def _reading(path: Path) -> Generator[Any]:
    library = sqlite_library()
    try:
        with closing(library.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as found:
            yield found
    except library.Error as error:
        why = unusable(str(error))
        raise type(why)(f"{path.absolute()}: {why.message}", next_step=why.next_step) from error


def _revision(connection: Any) -> str | None:
    known = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'").fetchone()
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if known else None
    return None if row is None else str(row[0])


def _counts(connection: Any) -> dict[str, int]:
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    return {
        name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608 - names of our own tables
        for name in COUNTED
        if name in tables
    }


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _to_disk(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
