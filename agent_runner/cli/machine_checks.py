"""What doctor looks at on this machine: disk, file system, git, and who may read what."""

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agent_runner.cli.finding import Finding, failed, failed_with, passed, warned
from agent_runner.errors import AgentRunnerError

if TYPE_CHECKING:
    from agent_runner.sandbox.level import Level
    from agent_runner.settings import Settings

PLENTY_BYTES: Final = 1024**3
TOO_LITTLE_BYTES: Final = 64 * 1024**2
OLDEST_GIT: Final = (2, 39)
ENVIRONMENT_FILE: Final = Path(".env")
_A_SECRET: Final = re.compile(
    r"^\s*(?:export\s+)?(?:\w*(?:KEYS?|PASSWORD)\s*=\s*[^\s#]|\w+\s*=.*://[^/\s]*:[^/\s]+@)", re.MULTILINE
)


def disk(settings: "Settings") -> Iterator[Finding]:
    """Where the files are: the database's, or with PostgreSQL what is written here."""
    folder = _folder(settings)
    free = shutil.disk_usage(folder).free
    said = f"{free / 1024**2:.0f} MiB are free at {folder}"
    if free < TOO_LITTLE_BYTES:
        yield failed("disk", said, "free space: the database will soon refuse every write")
    elif free < PLENTY_BYTES:
        yield warned("disk", said, "free space; RETENTION_DAYS or agent-runner db prune make room in the database")
    else:
        yield passed("disk", said)
    yield from _file_system(settings, folder)


def _file_system(settings: "Settings", folder: Path) -> Iterator[Finding]:
    from agent_runner.store.address import postgres_dsn  # noqa: PLC0415 - only what the command needs

    if postgres_dsn(settings.store_url) is not None:
        return
    from agent_runner.store.file_system import refuse_network_file_system  # noqa: PLC0415 - as above

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


def git(_settings: "Settings") -> Iterator[Finding]:
    found = shutil.which("git")
    newer = f"install git {'.'.join(map(str, OLDEST_GIT))} or newer"
    if found is None:
        yield warned("git", "is not in PATH", newer)
        return
    done = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=5, check=False)  # noqa: S603 - no input
    version = re.search(r"(\d+)\.(\d+)", done.stdout)
    if version is None:
        yield warned("git", f"{found} does not say its version: {done.stdout.strip()}", newer)
    elif (int(version[1]), int(version[2])) < OLDEST_GIT:
        yield warned("git", f"{done.stdout.strip()} lacks what keeps a hostile repository in check", newer)
    else:
        yield passed("git", done.stdout.strip())


def sandbox(settings: "Settings") -> Iterator[Finding]:
    """A child really tries to escape; it leaves nothing behind."""
    import asyncio  # noqa: PLC0415 - as above
    import tempfile  # noqa: PLC0415 - as above

    from agent_runner.sandbox.level import Level  # noqa: PLC0415 - as above
    from agent_runner.sandbox.probe import probe, usable  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(probe(Path(folder)))
    try:
        level = usable(found, settings.sandbox_level)
    except AgentRunnerError as error:
        yield failed_with("sandbox", error)
        return
    said = f"{level.name}: {level.sentence}"
    if level is Level.L3:
        yield passed("sandbox", said)
    else:
        yield warned("sandbox", f"{said} ({found.reason})", next_step_for(level))


def next_step_for(level: "Level") -> str:
    """How to get more than this level."""
    if sys.platform != "linux":
        return "run the worker on Linux before it works on code that nobody trusts"
    if level >= 2:  # noqa: PLR2004 - Level.L2, whose room is not loaded
        return "install bubblewrap, or let this user make user namespaces"
    return "install bubblewrap, or use Linux 5.13 or newer with Landlock"


def permissions(settings: "Settings") -> Iterator[Finding]:
    """Nobody else may read the keys in .env, or write where the data lies."""
    problems = list(_problems_with_rights(settings))
    yield from problems or [passed("permissions", "nobody else may change the data or read the keys")]


def _problems_with_rights(settings: "Settings") -> Iterator[Finding]:
    if ENVIRONMENT_FILE.exists():
        others = stat.S_IMODE(ENVIRONMENT_FILE.stat().st_mode) & 0o077
        if others and _A_SECRET.search(ENVIRONMENT_FILE.read_text(errors="replace")):
            path = ENVIRONMENT_FILE.absolute()
            yield warned("permissions", f"{path} holds keys, and others may read or write it", f"chmod 600 {path}")
    for path in _places_of_data(settings):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            yield warned("permissions", f"everybody may change {path}", f"chmod o-w {path}")


def _places_of_data(settings: "Settings") -> Iterator[Path]:
    from agent_runner.store.address import postgres_dsn, run_directory, sqlite_path  # noqa: PLC0415 - as above

    url = settings.store_url
    if postgres_dsn(url) is None:
        yield from (path.absolute() for path in (sqlite_path(url).parent, sqlite_path(url)) if path.exists())
    if run_directory(url).exists():
        yield run_directory(url).absolute()


def _folder(settings: "Settings") -> Path:
    """The folder of the database, or the next above it that is there already."""
    from agent_runner.store.address import postgres_dsn, sqlite_path  # noqa: PLC0415 - as above

    url = settings.store_url
    folder = Path.cwd() if postgres_dsn(url) is not None else sqlite_path(url).absolute().parent
    return next(path for path in (folder, *folder.parents) if path.is_dir())
