"""What a project's directory is: a repository that can be worked in, plain files, or neither, said in one sentence."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_runner.domain.wording import one_line
from agent_runner.errors import GitFailed, ProjectUnusable
from agent_runner.workspace.git import OBJECT_ID, Repository

STATUS_SECONDS: Final = 20.0
STATUS_BYTES: Final = 2**20
SHORT: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a workspace takes its files from and brings its commit to. `notes` are sentences for the user."""

    repository: Repository
    base: str
    object_format: str
    is_bare: bool
    notes: tuple[str, ...]


def quoted(path: Path) -> str:
    return one_line(str(path))


def usable_directory(project: Path) -> Path:
    """The project's directory, without links. Raises ProjectUnusable if there is none that this user may read."""
    try:
        real = project.resolve(strict=True)
        if not real.is_dir():
            raise ProjectUnusable(
                f"the project {quoted(project)} is a file", next_step="register the directory that holds it"
            )
        os.scandir(real).close()
    except (FileNotFoundError, RuntimeError) as error:
        raise ProjectUnusable(
            f"the project's directory {quoted(project)} does not exist",
            next_step="create it, or change the project's local_path",
        ) from error
    except OSError as error:
        raise ProjectUnusable(
            f"the project's directory {quoted(project)} cannot be read: {error.strerror}",
            next_step="run the worker as a user who may read it",
        ) from error
    return real


def git_directory(project: Path) -> Path | None:
    """The git directory of `project`, None if it is a directory of plain files. Runs no program."""
    pointer = project / ".git"
    if os.path.lexists(pointer):
        return pointer
    if (project / "HEAD").is_file() and (project / "objects").is_dir() and (project / "refs").is_dir():
        return project
    for parent in project.parents:
        if os.path.lexists(parent / ".git"):
            raise ProjectUnusable(
                f"the project {quoted(project)} is a folder inside the git repository {quoted(parent)}",
                next_step=f"register {quoted(parent)} and allow the paths below {project.relative_to(parent)}/",
            )
    return None


def inspect(project: Path, pointer: Path, base: str | None) -> Source:
    """Look at a repository without changing it; `base` is None for the commit that is checked out.

    Raises ProjectUnusable for a repository that git cannot read, that belongs to another user or that lacks a commit.
    """
    _require_own(project, pointer)
    repository = Repository(git_dir=pointer)
    try:
        facts = repository.line("rev-parse", "--absolute-git-dir", "--show-object-format", "--is-bare-repository")
        git_dir, object_format, is_bare = facts.splitlines()
        head = repository.resolve("HEAD^{commit}")
    except (GitFailed, ValueError) as error:
        raise ProjectUnusable(
            f"the project {quoted(project)} has a git repository that git cannot read: {error}",
            next_step="mend it (git fsck), or register another directory",
        ) from error
    repository = Repository(git_dir=Path(git_dir))
    _require_own(project, repository.git_dir)
    chosen = _base(project, repository, base, head)
    return Source(
        repository=repository,
        base=chosen,
        object_format=object_format,
        is_bare=is_bare == "true",
        notes=_detached(repository, project, chosen),
    )


def _require_own(project: Path, path: Path) -> None:
    """Git itself refuses the repository of somebody else; what we wrote into it could not be changed by its owner."""
    for place in (project, path):
        owner = place.lstat().st_uid
        if owner != os.geteuid():
            raise ProjectUnusable(
                f"{quoted(place)} belongs to the user with number {owner}, and this worker runs as {os.geteuid()}",
                next_step="run the worker as the owner of the project, or clone the project as the worker's user",
            )


def _base(project: Path, repository: Repository, wanted: str | None, head: str | None) -> str:
    if wanted is None:
        if head is None:
            raise ProjectUnusable(
                f"the git repository {quoted(project)} has no commit yet",
                next_step="make a first one: git add -A && git commit",
            )
        return head
    if not OBJECT_ID.fullmatch(wanted) or repository.resolve(f"{wanted}^{{commit}}") != wanted:
        raise ProjectUnusable(
            f"the git repository {quoted(project)} has no commit {one_line(wanted)[:80]!r}",
            next_step="start a new run, which begins at the commit that is checked out now",
        )
    return wanted


def _detached(repository: Repository, project: Path, base: str) -> tuple[str, ...]:
    if repository.attempt("symbolic-ref", "--quiet", "HEAD").code == 0:
        return ()
    return (f"{quoted(project)} is at a detached commit; the work is based on {base[:SHORT]}",)


def uncommitted(project: Path, source: Source, own: Repository, scratch: Path) -> list[str]:
    """What is not committed, seen through `own`, which has the base: no filter or monitor of the project runs."""
    try:
        shutil.copyfile(source.repository.git_dir / "index", scratch, follow_symlinks=False)
        probe = Repository(git_dir=own.git_dir, work_tree=project, index=scratch)
        said = probe.run(
            *("status", "--porcelain", "-z", "--no-renames", "--ignore-submodules=all", "--untracked-files=normal"),
            seconds=STATUS_SECONDS,
            limit=STATUS_BYTES,
        )
    except (GitFailed, OSError):
        return [f"whether {quoted(project)} has uncommitted changes could not be seen; they are not taken"]
    finally:
        scratch.unlink(missing_ok=True)
    if not said:
        return []
    return [f"{quoted(project)} has {said.count(bytes(1))} uncommitted paths; they are neither taken nor touched"]
