"""The tree of files that git keeps: recorded from the work tree, rebuilt from recorded changes, never by running it."""

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from agent_runner.domain.wording import one_line
from agent_runner.errors import FileRefused, GitFailed
from agent_runner.workspace.directory import remove_directory
from agent_runner.workspace.git import Repository
from agent_runner.workspace.process import Ended
from agent_runner.workspace.sensitive import is_git_name

SUBMODULE: Final = b"160000 "
LARGEST_FILE_BYTES: Final = 64 * 2**20
MOST_FILES: Final = 500_000
MOST_NAMED: Final = 5
READ_BY_GIT: Final = frozenset({b".gitignore", b".gitattributes"})
"""Git would wait for a FIFO of such a name for ever."""


def check_out(repository: Repository, tree: str) -> None:
    """Make index and work tree equal to `tree`. Files that git does not know stay."""
    repository.run("read-tree", "--reset", "-u", "--no-recurse-submodules", tree)


def renew(repository: Repository, tree: str) -> None:
    """An empty work tree and index, and `tree` checked out there."""
    assert repository.work_tree is not None
    remove_directory(repository.work_tree)
    repository.work_tree.mkdir(mode=0o700)
    repository.run("read-tree", "--empty")
    check_out(repository, tree)


def record(repository: Repository) -> str:
    """The tree id of what is in the work tree now, as `git add --all` sees it.

    Raises FileRefused for what must not become part of a commit: a repository or submodule inside the tree, a FIFO,
    socket or device, a file above 64 MiB. Nobody else may write in the work tree meanwhile.
    """
    assert repository.work_tree is not None
    before = submodules(repository)
    _refuse(repository, before)
    repository.run("add", "--all", "--", ".")
    if (added := submodules(repository) - before) or before - submodules(repository):
        repository.run("read-tree", "--empty")
        names = _names(sorted(added or before))
        raise FileRefused(f"{names}: a submodule cannot be added, changed or removed", next_step="leave it as it was")
    return repository.line("write-tree")


def submodules(repository: Repository) -> frozenset[bytes]:
    """`mode id stage<TAB>path` of every submodule in the index."""
    entries = repository.run("ls-files", "--stage", "-z").split(b"\0")
    return frozenset(entry for entry in entries if entry.startswith(SUBMODULE))


def rebuild(repository: Repository, base: str, deltas: tuple[bytes, ...], expected: str) -> None:
    """Apply `deltas` to the tree of `base`, and check the result out if it is `expected`.

    In an index of its own: the one of the work tree must go on to say which files a check-out has to remove.
    """
    assert repository.index is not None
    apart = replace(repository, work_tree=None, index=repository.index.with_name("rebuilt.index"))
    apart.run("read-tree", base)
    for change in deltas:
        if change:
            apart.run("apply", "--cached", "--binary", "--whitespace=nowarn", standard_input=change)
    found = apart.line("write-tree")
    if found != expected:
        raise GitFailed(
            f"the recorded changes lead to the tree {found}, and the journal says {expected}",
            next_step="start the run again from the beginning: its journal does not fit this repository",
        )
    check_out(repository, found)


def put_back(repository: Repository, tree: str, paths: tuple[bytes, ...]) -> None:
    """Make these recorded paths what they are in `tree`; what is not there is removed."""
    named = b"\0".join(b":(top,literal)" + path for path in paths)
    options = ("--staged", "--worktree", "--no-recurse-submodules", "--pathspec-from-file=-", "--pathspec-file-nul")
    repository.run("restore", f"--source={tree}", *options, standard_input=named)


def _refuse(repository: Repository, known: frozenset[bytes]) -> None:
    work_tree = os.fsencode(repository.work_tree or "")
    suspects = dict(_suspects(work_tree))
    if not suspects:
        return
    in_submodules = {entry.partition(b"\t")[2] for entry in known}
    tracked = set(repository.run("ls-files", "-z").split(b"\0"))
    ignored = _ignored(repository, sorted(suspects))
    for path, why in sorted(suspects.items()):
        if path.rpartition(b"/")[0] in in_submodules or (path not in ignored and path not in tracked):
            raise FileRefused(f"{_names([path])} {why}", next_step="remove it")


def _ignored(repository: Repository, paths: list[bytes]) -> set[bytes]:
    """Git never sees `.git` itself: whether it is left out is decided by the directory it lies in.

    A leading `./` keeps git from taking a name for a pattern.
    """
    owners = {
        path: path.rpartition(b"/")[0] if is_git_name(os.fsdecode(path.rpartition(b"/")[2])) else path for path in paths
    }
    asked = b"\0".join(b"./" + owner for owner in sorted(set(owners.values())) if owner)
    outcome = repository.attempt("check-ignore", "-z", "--stdin", standard_input=asked + b"\0" if asked else b"")
    if outcome.ended is not Ended.BY_ITSELF or outcome.code not in {0, 1}:
        raise GitFailed(
            f"git check-ignore ended with {outcome.code}: {one_line(outcome.errors.decode(errors='replace'))}"
        )
    found = set(outcome.output.split(b"\0"))
    return {path for path, owner in owners.items() if b"./" + owner in found}


def _suspects(work_tree: bytes) -> Iterator[tuple[bytes, str]]:
    count = 0
    waiting = [b""]
    while waiting:
        directory = waiting.pop()
        with os.scandir(work_tree + b"/" + directory) as entries:
            for entry in entries:
                path = directory + b"/" + entry.name if directory else entry.name
                count += 1
                if count > MOST_FILES:
                    raise FileRefused(f"the workspace holds more than {MOST_FILES} files", next_step="remove some")
                if (why := _why_suspect(entry)) is not None:
                    yield path, why
                elif entry.is_dir(follow_symlinks=False):
                    waiting.append(path)


def _why_suspect(entry: "os.DirEntry[bytes]") -> str | None:
    if is_git_name(os.fsdecode(entry.name)) and not entry.name.endswith(b"modules"):
        return "is a git repository, or looks like one, inside the workspace"
    mode = entry.stat(follow_symlinks=False)
    if not (stat.S_ISREG(mode.st_mode) or stat.S_ISDIR(mode.st_mode) or stat.S_ISLNK(mode.st_mode)):
        why = "is a FIFO, a socket or a device"
        if entry.name in READ_BY_GIT:
            raise FileRefused(f"a {os.fsdecode(entry.name)} {why}", next_step="remove it")
        return why
    if stat.S_ISREG(mode.st_mode) and mode.st_size > LARGEST_FILE_BYTES:
        return f"has {mode.st_size} bytes, more than the {LARGEST_FILE_BYTES} that a workspace records"
    return None


def _names(paths: list[bytes]) -> str:
    named = ", ".join(one_line(os.fsdecode(path.rpartition(b"\t")[2])) for path in paths[:MOST_NAMED])
    return named if len(paths) <= MOST_NAMED else f"{named} and {len(paths) - MOST_NAMED} more"
