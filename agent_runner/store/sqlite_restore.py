"""A backup takes the place of a SQLite database: checked first, in one rename, the old one kept beside it."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from agent_runner.domain.clock import utc_now
from agent_runner.errors import AgentRunnerError, Conflict, InvalidInput
from agent_runner.store.address import make_run_directory, run_directory, run_directory_of, sqlite_path
from agent_runner.store.backup import Restored, refuse_unknown_revision, to_disk
from agent_runner.store.file_system import refuse_network_file_system
from agent_runner.store.migrations import migrate
from agent_runner.store.sqlite import sqlite_library
from agent_runner.store.sqlite_backup import copy_database
from agent_runner.store.status import first_damage, reading, revision_of_file

BESIDE: Final = ("-wal", "-shm")
"""SQLite's own files. Those of one database beside another destroy it."""
STOP_THEM: Final = "stop the API and the workers, for example with make stop, and try again"


def replace_database(url: str, source: Path) -> Restored:
    """All is checked before anything changes. Whoever looks finds the old database or the new one, never none."""
    path, directory = sqlite_path(url), run_directory(url)
    if path.exists() and source.samefile(path):
        raise InvalidInput(f"{source} is the database itself", next_step="name a backup")
    revision = check_backup(source)
    path.parent.mkdir(parents=True, exist_ok=True)
    refuse_network_file_system(path)
    make_run_directory(directory)
    with _nobody_starts(directory), _finished_copy(source, path) as (copy, is_migrated):
        kept = _replace(path, directory, copy)
    return Restored(where=str(path.absolute()), revision=revision, is_migrated=is_migrated, kept=kept, dropped=())


def check_backup(source: Path) -> str:
    """The revision of a sound backup. Raises InvalidInput for everything else."""
    try:
        damage = first_damage(source, thorough=True)
        with reading(source) as connection:
            revision = revision_of_file(connection)
    except AgentRunnerError as error:
        raise InvalidInput(f"{source} is no backup: {error.message}", next_step="name another file") from error
    if damage:
        raise InvalidInput(f"{source} is damaged: {damage}", next_step="use another backup")
    return refuse_unknown_revision(source, revision)


@contextmanager
def _nobody_starts(directory: Path) -> Generator[None]:
    """Every start begins with a look at the migrations, under this lock: it waits, and finds the new database."""
    with (directory / "migrate").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _finished_copy(source: Path, path: Path) -> Generator[tuple[Path, bool]]:
    """The backup on the disk of the database, up to date, in one file; and whether it had to be migrated."""
    copy = path.with_name(f".{path.name}.restoring")
    _remove_with_company(copy)
    try:
        copy.touch(mode=0o600, exist_ok=False)
        copy_database(source, copy)
        is_migrated = migrate(f"sqlite:///{copy}")
        _settle(copy)
        to_disk(copy)
        yield copy, is_migrated
    finally:
        _remove_with_company(copy)


def _replace(path: Path, directory: Path, copy: Path) -> Path | None:
    """Returns where the old database is kept."""
    if not path.exists():
        for suffix in BESIDE:
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        copy.rename(path)
        to_disk(path.parent)
        return None
    kept = _free_name(path)
    with _nobody_uses(path, directory):
        os.link(path, kept)
        path.with_name(path.name + "-shm").unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError):  # only a damaged database still has a log
            path.with_name(path.name + "-wal").rename(kept.with_name(kept.name + "-wal"))
        copy.replace(path)
        to_disk(path.parent)
    return kept


def _free_name(path: Path) -> Path:
    dated = f"{path.name}.before-restore-{utc_now():%Y%m%dT%H%M%SZ}"
    names = (path.with_name(dated + suffix) for suffix in ("", *(f"-{number}" for number in range(2, 100))))
    return next(name for name in names if not name.exists())


@contextmanager
def _nobody_uses(path: Path, directory: Path) -> Generator[None]:
    """Raises Conflict while any process has the database open, and names those that can be seen."""
    if users := sorted(set(users_of(path, directory))):
        pids = ", ".join(map(str, users))
        raise Conflict(f"{path.absolute()} is in use by process {pids}", next_step=STOP_THEM)
    with (directory / "write-lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(f"{path.absolute()} is just being written", next_step=STOP_THEM) from None
        connection = _settle(path, is_exclusive=True)
        try:
            yield
        finally:
            if connection is not None:
                connection.close()


def users_of(path: Path, directory: Path) -> Iterator[int]:
    """The processes that have the database or its locks open, as far as this user may see them. None off Linux."""
    ours = {path, *(path.with_name(path.name + suffix) for suffix in BESIDE)}
    ours |= {directory / "write-lock", directory / "turnstile"}
    wanted = {(found.st_dev, found.st_ino) for file in ours if file.exists() for found in [file.stat()]}
    for process in Path("/proc").glob("[0-9]*"):
        if int(process.name) != os.getpid() and any(_is_one_of(file, wanted) for file in _open_files(process)):
            yield int(process.name)


def _open_files(process: Path) -> list[Path]:
    try:
        return list((process / "fd").iterdir())
    except OSError:
        return []  # another user's, or it has just ended


def _is_one_of(file: Path, wanted: set[tuple[int, int]]) -> bool:
    try:
        found = file.stat()
    except OSError:
        return False
    return (found.st_dev, found.st_ino) in wanted


def _settle(path: Path, *, is_exclusive: bool = False) -> Any:
    """Moves the write-ahead log into the file and removes it, which SQLite does only for the last user of a database.

    With `is_exclusive` it keeps the lock, and returns the connection that holds it; None for what is no database.
    """
    library = sqlite_library()
    with contextlib.ExitStack() as stack:
        connection: Any = library.connect(path, timeout=1, isolation_level=None)
        stack.enter_context(closing(connection))
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = DELETE")
            if is_exclusive:
                connection.execute("BEGIN EXCLUSIVE")
                stack.pop_all()
        except library.DatabaseError as error:
            if not is_exclusive or "locked" in str(error):
                raise Conflict(f"{path.absolute()} is in use by another process", next_step=STOP_THEM) from error
            return None
    return connection


def _remove_with_company(path: Path) -> None:
    for suffix in ("", *BESIDE):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    shutil.rmtree(run_directory_of(path), ignore_errors=True)
