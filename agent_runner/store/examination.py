"""What can be found out about the database, and about this machine as its place. Blocking; changes nothing.

For `agent-runner doctor` and for the API's answer about itself.
"""

import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from agent_runner.domain.finding import Finding, failed, failed_with, passed, warned
from agent_runner.errors import AgentRunnerError
from agent_runner.store.address import postgres_dsn, run_directory, sqlite_path
from agent_runner.store.file_system import refuse_network_file_system
from agent_runner.store.server import CONNECTIONS_OF_A_WORKER, examine_server
from agent_runner.store.status import DatabaseStatus, database_status, first_damage

SMALL_FILE_BYTES: Final = 64 * 1024**2
"""So much is checked for damage in a moment."""
LARGEST_CLOCK_DIFFERENCE_SECONDS: Final = 2.0
PLENTY_BYTES: Final = 1024**3
TOO_LITTLE_BYTES: Final = 64 * 1024**2
_A_SECRET: Final = re.compile(
    r"^\s*(?:export\s+)?(?:\w*(?:KEYS?|PASSWORD)\s*=\s*[^\s#]|\w+\s*=.*://[^/\s]*:[^/\s]+@)", re.MULTILINE
)


def examine_database(url: str) -> Iterator[Finding]:
    found = database_status(url, counted=())
    name = "SQLite" if found.kind == "sqlite" else "PostgreSQL"
    if found.warnings:
        for warning in found.warnings:
            sentence, _, next_step = warning.partition(": ")
            yield warned(found.kind, sentence, next_step or "see agent-runner db status")
    elif found.exists or found.kind == "sqlite":
        yield passed(found.kind, f"{name} {found.version}")
    yield from _tables(found)
    if found.kind == "sqlite":
        yield passed("clock", "SQLite goes by the clock of this machine")
    elif found.exists:
        yield from _server(url, needs_tables=not found.is_up_to_date)


def _tables(found: DatabaseStatus) -> Iterator[Finding]:
    if not found.is_up_to_date:
        state = f"at revision {found.revision}" if found.revision else "without tables" if found.exists else "not there"
        migrate = "agent-runner db migrate; every start does it as well"
        yield warned("database", f"{found.where} is {state}, and this version needs {found.newest_revision}", migrate)
        return
    checked = ""
    if found.kind == "sqlite" and found.bytes <= SMALL_FILE_BYTES:
        if damage := first_damage(Path(found.where), thorough=False):
            yield failed("database", f"{found.where} is damaged: {damage}", "agent-runner db restore FILE")
            return
        checked = ", undamaged"
    size = f"{found.bytes / 1024**2:.1f} MiB"
    yield passed("database", f"{found.where} at revision {found.revision}, {size}{checked}")


def _server(url: str, *, needs_tables: bool) -> Iterator[Finding]:
    facts = examine_server(url)
    if not facts.may_create_tables:
        sentence = f"{facts.user} may not create tables, which every new version has to"
        judged = failed if needs_tables else warned
        yield judged("rights", sentence, f"GRANT CREATE ON SCHEMA public TO {facts.user}")
    else:
        yield passed("rights", f"{facts.user} may create tables")
    difference = f"{abs(facts.clock_difference_seconds):.1f} s"
    if abs(facts.clock_difference_seconds) > LARGEST_CLOCK_DIFFERENCE_SECONDS:
        sentence = f"the server's clock and ours are {difference} apart"
        yield warned("clock", sentence, "keep both machines in time with NTP; leases go by the server's clock alone")
    else:
        yield passed("clock", f"the server's clock and ours are {difference} apart")
    free = facts.connections - facts.connections_in_use
    sentence = (
        f"{facts.connections_in_use} of {facts.connections} in use; one more worker needs {CONNECTIONS_OF_A_WORKER}"
    )
    if free < CONNECTIONS_OF_A_WORKER:
        yield warned("connections", sentence, "raise max_connections of the server, or end programs that hold them")
    else:
        yield passed("connections", sentence)


def examine_disk(url: str) -> Iterator[Finding]:
    """Where the files are: the database's, or with PostgreSQL what is written here."""
    folder = _folder(url)
    free = shutil.disk_usage(folder).free
    said = f"{free / 1024**2:.0f} MiB are free at {folder}"
    if free < TOO_LITTLE_BYTES:
        yield failed("disk", said, "free space: the database will soon refuse every write")
    elif free < PLENTY_BYTES:
        yield warned("disk", said, "free space; RETENTION_DAYS or agent-runner db prune make room in the database")
    else:
        yield passed("disk", said)
    yield from _file_system(url, folder)


def _file_system(url: str, folder: Path) -> Iterator[Finding]:
    if postgres_dsn(url) is not None:
        return
    try:
        refuse_network_file_system(folder)
    except AgentRunnerError as error:
        yield failed_with("file system", error)
        return
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        yield failed("file system", f"{folder} can only be read", "mount it writable, or set DATABASE_URL")
    elif not os.access(folder, os.W_OK | os.X_OK):
        yield failed("file system", f"this user may not write to {folder}", "change its rights, or set DATABASE_URL")
    else:
        yield passed("file system", f"{folder} is local and can be written")


def examine_rights(url: str, environment: Path) -> Iterator[Finding]:
    """Nobody else may read the keys in the file of the environment, or write where the data lies."""
    problems = list(_problems_with_rights(url, environment))
    yield from problems or [passed("permissions", "nobody else may change the data or read the keys")]


def _problems_with_rights(url: str, environment: Path) -> Iterator[Finding]:
    if environment.exists():
        others = stat.S_IMODE(environment.stat().st_mode) & 0o077
        if others and _A_SECRET.search(environment.read_text(errors="replace")):
            path = environment.absolute()
            yield warned("permissions", f"{path} holds keys, and others may read or write it", f"chmod 600 {path}")
    for path in _places_of_data(url):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            yield warned("permissions", f"everybody may change {path}", f"chmod o-w {path}")


def _places_of_data(url: str) -> Iterator[Path]:
    if postgres_dsn(url) is None:
        yield from (path.absolute() for path in (sqlite_path(url).parent, sqlite_path(url)) if path.exists())
    if run_directory(url).exists():
        yield run_directory(url).absolute()


def _folder(url: str) -> Path:
    """The folder of the database, or the next above it that is there already."""
    folder = Path.cwd() if postgres_dsn(url) is not None else sqlite_path(url).absolute().parent
    return next(path for path in (folder, *folder.parents) if path.is_dir())
