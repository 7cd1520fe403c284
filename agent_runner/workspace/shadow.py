"""A project without git: its files are recorded in a bare repository elsewhere, so that diff and commit work.

The project's directory is only read. Recording the same files twice gives the same commit, so nothing has to be locked.
"""

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from agent_runner.domain.wording import one_line
from agent_runner.errors import ProjectUnusable
from agent_runner.workspace.git import OBJECT_ID, Person, Repository, create_repository, keep_bytes
from agent_runner.workspace.project import Source, quoted
from agent_runner.workspace.sensitive import is_git_name

LARGEST_FILE_BYTES: Final = 2 * 2**20
LARGEST_PROJECT_BYTES: Final = 256 * 2**20
MOST_FILES: Final = 20_000
MOST_NAMED: Final = 5
NOT_RECORDED: Final = frozenset(
    {b"node_modules", b".venv", b"venv", b"__pycache__", b".tox", b".nox", b".mypy_cache", b".ruff_cache"}
    | {b".pytest_cache", b".cache", b".DS_Store", b".env", b".ssh", b".aws", b".gnupg", b".netrc"}
)
"""Caches and dependencies, which are made anew, and keys, which belong in no history."""
RECORDER: Final = Person(name="agent-runner", email="agent-runner@localhost")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def record_files(project: Path, shadow: Path, base: str | None) -> Source:
    """The source of a workspace: the project's files as they are now, or as they were at `base`.

    Raises ProjectUnusable if there are too many files or bytes, or if `base` was never recorded.
    """
    shadow.mkdir(parents=True, exist_ok=True, mode=0o700)
    repository = Repository(git_dir=shadow / "repository.git")
    create_repository(repository.git_dir, "sha1")
    notes: list[str] = [f"{quoted(project)} is not a git repository; commits go to {quoted(repository.git_dir)}"]
    if base is None:
        base = _record(project, repository, notes)
    elif not OBJECT_ID.fullmatch(base) or repository.resolve(f"{base}^{{commit}}") != base:
        raise ProjectUnusable(
            f"the files of {quoted(project)} were never recorded as {one_line(base)[:80]!r}",
            next_step="start a new run, which begins with the files as they are now",
        )
    return Source(repository=repository, base=base, object_format="sha1", is_bare=True, notes=tuple(notes))


def _record(project: Path, repository: Repository, notes: list[str]) -> str:
    keep_bytes(repository.git_dir)
    try:
        names = _names(project, notes)
    except OSError as error:
        place = one_line(os.fsdecode(error.filename))
        raise ProjectUnusable(
            f"the files of {quoted(project)} cannot be recorded: {error.strerror}: {place}",
            next_step="let the worker's user read it, or make the project a git repository with a .gitignore",
        ) from error
    index = repository.git_dir / f"recording-{os.getpid()}-{os.urandom(8).hex()}.index"
    reader = Repository(git_dir=repository.git_dir, work_tree=project, index=index)
    try:
        reader.run("update-index", "--add", "-z", "--stdin", standard_input=b"".join(name + b"\0" for name in names))
        tree = reader.line("write-tree")
    finally:
        index.unlink(missing_ok=True)
    commit = repository.line(
        "commit-tree", tree, standard_input=b"The files as they were\n", identity=RECORDER.identity(EPOCH)
    )
    repository.run("update-ref", f"refs/recorded/{commit}", commit)
    return commit


def _names(project: Path, notes: list[str]) -> list[bytes]:
    names: list[bytes] = []
    left_out: list[str] = []
    total = 0
    for name, why, size in _walk(os.fsencode(project)):
        if why:
            left_out.append(f"{one_line(os.fsdecode(name))} ({why})")
            continue
        names.append(name)
        total += size
        if len(names) > MOST_FILES or total > LARGEST_PROJECT_BYTES:
            raise ProjectUnusable(
                f"{quoted(project)} is not a git repository, and too large to record: more than {MOST_FILES} files "
                f"or {LARGEST_PROJECT_BYTES // 2**20} MiB",
                next_step="make it a git repository with a .gitignore, or register a smaller directory",
            )
    if left_out:
        more = f" and {len(left_out) - MOST_NAMED} more" if len(left_out) > MOST_NAMED else ""
        notes.append(f"not recorded: {', '.join(left_out[:MOST_NAMED])}{more}")
    return sorted(names)


def _walk(project: bytes) -> Iterator[tuple[bytes, str, int]]:
    """Each path with why it is left out, or with its size."""
    waiting = [b""]
    while waiting:
        directory = waiting.pop()
        with os.scandir(project + b"/" + directory) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                path = directory + b"/" + entry.name if directory else entry.name
                found = entry.stat(follow_symlinks=False)
                why = _why_left_out(entry, found)
                if not why and stat.S_ISDIR(found.st_mode):
                    waiting.append(path)
                else:
                    yield path, why, found.st_size


def _why_left_out(entry: "os.DirEntry[bytes]", found: os.stat_result) -> str:
    if entry.name in NOT_RECORDED:
        return "left out by default"
    if is_git_name(os.fsdecode(entry.name)):
        return "belongs to git"
    if stat.S_ISDIR(found.st_mode):
        inner = os.path.lexists(entry.path + b"/.git")
        return "a git repository of its own" if inner else ""
    if stat.S_ISREG(found.st_mode):
        return f"{found.st_size} bytes" if found.st_size > LARGEST_FILE_BYTES else ""
    return "" if stat.S_ISLNK(found.st_mode) else "a FIFO, a socket or a device"
