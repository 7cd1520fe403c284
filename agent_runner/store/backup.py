"""A copy of the database in one file, and the way back from it. Blocking; for the command line."""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from agent_runner.errors import Conflict, InvalidInput, NotFound
from agent_runner.store import migrations
from agent_runner.store.address import postgres_dsn, sqlite_path
from agent_runner.store.migrations import migrate


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """`revision` is the backup's own, before it was brought up to date. `kept` is where the old database lies now."""

    where: str
    revision: str
    is_migrated: bool
    kept: Path | None
    dropped: tuple[str, ...]


def back_up(url: str, target: Path, *, environment: Mapping[str, str]) -> int:
    """Writes a copy of one moment, while everything goes on, and returns its size. `target` must not exist.

    The copy appears under its name only when it is whole, was read back, and is on disk. `environment` is for the tools
    of PostgreSQL, which are looked for in its PATH.
    """
    dsn = postgres_dsn(url)
    if target.exists():
        raise Conflict(f"{target} exists already", next_step="name a file that does not exist")
    with _unfinished(target) as unfinished:
        if dsn is None:
            from agent_runner.store.sqlite_backup import copy_database  # noqa: PLC0415 - as in database.py

            copy_database(sqlite_path(url), unfinished)
        else:
            from agent_runner.store.postgres_backup import dump_database  # noqa: PLC0415 - as above

            dump_database(dsn, unfinished, environment)
        to_disk(unfinished)
        unfinished.rename(target)
        to_disk(target.parent)
    return target.stat().st_size


def restore(url: str, source: Path, *, environment: Mapping[str, str], force: bool = False) -> Restored:
    """Puts a backup in the place of the database, and brings it up to date. All of it happens, or nothing.

    Raises Conflict while the database is in use, and, on PostgreSQL without `force`, when it has tables.
    """
    if not source.is_file():
        raise NotFound(f"there is no file {source}", next_step="name a file that agent-runner db backup has written")
    dsn = postgres_dsn(url)
    _refuse_the_other_kind(source, is_postgres=dsn is not None)
    if dsn is None:
        from agent_runner.store.sqlite_restore import replace_database  # noqa: PLC0415 - as above

        return replace_database(url, source)
    from agent_runner.store.postgres_backup import restore_database  # noqa: PLC0415 - as above

    restored = restore_database(dsn, source, environment, force=force)
    return replace(restored, is_migrated=migrate(url))


def refuse_unknown_revision(source: Path, revision: str | None) -> str:
    """The revision, when this program can bring it up to date. Raises InvalidInput for any other."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - slow to import

    if revision is None:
        raise InvalidInput(f"{source} is a database of something else", next_step="name another file")
    known = {script.revision for script in ScriptDirectory(str(Path(migrations.__file__).parent)).walk_revisions()}
    if revision not in known:
        raise InvalidInput(
            f"{source} is of revision {revision}, which this version of agent-runner does not know",
            next_step="restore it with the version that made it, or a newer one",
        )
    return revision


def _refuse_the_other_kind(source: Path, *, is_postgres: bool) -> None:
    with source.open("rb") as file:
        is_dump = file.read(5) == b"PGDMP"
    if is_dump is not is_postgres:
        kinds = ("a PostgreSQL database", "a SQLite file")
        raise InvalidInput(
            f"{source} is not a backup of {kinds[0] if is_postgres else kinds[1]}",
            next_step="a backup goes back into the kind of database it was made of; see agent-runner db status",
        )


@contextmanager
def _unfinished(target: Path) -> Generator[Path]:
    """An empty file beside the target that only its owner may read; gone in the end if it was not renamed."""
    path = target.with_name(f".{target.name}.unfinished")
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def to_disk(path: Path) -> None:
    """A file, or the names in a folder."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
