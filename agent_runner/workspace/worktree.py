"""One attempt's own copy of a project: opened, recorded, restored, compared, published. The whole way is here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from agent_runner.errors import ProjectUnusable
from agent_runner.workspace.commit import Commit, publish
from agent_runner.workspace.diff import Diff, compare, delta
from agent_runner.workspace.directory import remove_directory
from agent_runner.workspace.files import Files
from agent_runner.workspace.git import OURSELVES, Person, Repository, create_repository, is_branch_name, keep_bytes
from agent_runner.workspace.paths import Whitelist
from agent_runner.workspace.process import in_thread
from agent_runner.workspace.project import Source, git_directory, inspect, quoted, uncommitted, usable_directory
from agent_runner.workspace.tree import check_out, put_back, rebuild, record, renew, submodules

FETCH_SECONDS: Final = 600.0
MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The project's files at one commit, in a directory of their own; the project is only read until `publish`.

    `path` has no `.git` in it: every git command names the private repository beside it. Not to be used by two tasks at
    once, and not while a child process may still write in `path`.
    """

    path: Path
    """Where the files are; what the sandbox shows to the project's commands."""
    branch: str
    base: str
    """The commit that the work begins at; journal it, and give it to `open` when the run is resumed."""
    base_tree: str
    notes: tuple[str, ...]
    """Sentences for the user: what of the project is not taken, or works in another way than expected."""
    source: Source | None = field(repr=False)
    """None for a scratch."""
    _own: Repository = field(repr=False)

    @staticmethod
    async def open(project: Path, directory: Path, branch: str, *, base: str | None = None) -> "Workspace":
        """Copy the files of `project` at `base` (None: its checked-out commit), without the history.

        `directory` is new or empty, and nobody else's. Raises ProjectUnusable, with a next step, for a project that
        cannot be worked in; one without git is such a project.
        """
        return await in_thread(lambda: _open(project, directory, branch, base))

    @staticmethod
    async def scratch(directory: Path, branch: str) -> "Workspace":
        """An empty workspace of no project, whose base is the same commit everywhere. It cannot be published.

        `directory` is new or empty, and nobody else's.
        """
        return await in_thread(lambda: _scratch(directory, branch))

    def files(self, whitelist: Whitelist) -> Files:
        """What tools may use."""
        return Files(root=self.path, whitelist=whitelist, repository=self._own)

    async def snapshot(self) -> str:
        """The id of the tree that a commit of everything here would have; ignored files are left out.

        Raises FileRefused for what must not be committed: a repository inside, a FIFO, a file above 64 MiB.
        """
        return await in_thread(lambda: record(self._own))

    async def delta(self, before: str, after: str) -> bytes:
        """The canonical binary diff between two recorded trees; FileRefused above 16 MiB."""
        return await in_thread(lambda: delta(self._own, before, after))

    async def restore(self, base_tree: str, deltas: tuple[bytes, ...], expected: str) -> None:
        """Make this workspace what another one was after `deltas`. Raises GitFailed if it is not `expected`."""
        await in_thread(lambda: rebuild(self._own, base_tree, deltas, expected))

    async def reset(self, tree: str) -> None:
        """The files of `tree` and nothing else: what is ignored, and what cannot be recorded, goes too."""
        await in_thread(lambda: renew(self._own, tree))

    async def put_back(self, tree: str, paths: tuple[bytes, ...]) -> None:
        """Undo what was done to single paths since `tree`; the last snapshot must hold them."""
        await in_thread(lambda: put_back(self._own, tree, paths))

    async def diff(self, base: str, tree: str) -> Diff:
        """What a person is asked to approve: `base` and `tree` are commits or trees."""
        return await in_thread(lambda: compare(self._own, base, tree))

    async def publish(
        self,
        tree: str,
        *,
        message: str,
        trailers: Mapping[str, str],
        author: Person,
        when: datetime,
        base: str | None = None,
        branch: str | None = None,
    ) -> str:
        """Put one commit of exactly `tree` on the branch in the project, and return its id; repeating it is well.

        `trailers` holds `Run-Id`; `when` is the time of the decision, so that a repeated commit has the same id. `base`
        and `branch` are the workspace's own. Raises BranchMoved if the branch holds something else.
        """
        assert self.source is not None, "a scratch has nowhere to be published"
        target = self.source.repository
        wanted = Commit(tree=tree, base=base or self.base, message=message, trailers=trailers, author=author, when=when)
        return await in_thread(lambda: publish(self._own, target, branch or self.branch, wanted))


async def remove(directory: Path) -> None:
    """Remove an attempt's directory, whatever was made in it. Raises OSError for what cannot be removed."""
    await in_thread(lambda: remove_directory(directory))


def _open(project: Path, directory: Path, branch: str, base: str | None) -> Workspace:
    if not is_branch_name(branch):
        raise ProjectUnusable(
            f"{branch[:200]!r} cannot be the name of a branch",
            next_step="use letters, digits and . _ - / as in agent/run-1",
        )
    real = usable_directory(project)
    source = _source(real, base)
    own = _copy(source, directory)
    notes = list(source.notes)
    if base is None and not source.is_bare:
        notes += uncommitted(real, source, own, directory / "status.index")
    keep_bytes(own.git_dir)
    check_out(own, source.base)
    if found := sorted(entry.partition(b"\t")[2].decode("utf-8", "replace") for entry in submodules(own)):
        notes.append(f"submodules stay empty and unchanged: {', '.join(found[:MOST_NAMED])}")
    return Workspace(
        path=directory / "tree",
        branch=branch,
        base=source.base,
        base_tree=own.line("rev-parse", f"{source.base}^{{tree}}"),
        notes=tuple(notes),
        source=source,
        _own=own,
    )


def _scratch(directory: Path, branch: str) -> Workspace:
    own = _repository(directory, "sha1")
    keep_bytes(own.git_dir)
    tree = own.line("write-tree")
    first = OURSELVES.identity(datetime.fromtimestamp(0, UTC))
    base = own.bare().line("commit-tree", tree, standard_input=b"Nothing yet\n", identity=first)
    return Workspace(path=directory / "tree", branch=branch, base=base, base_tree=tree, notes=(), source=None, _own=own)


def _source(project: Path, base: str | None) -> Source:
    pointer = git_directory(project)
    if pointer is None:
        raise ProjectUnusable(
            f"the project {quoted(project)} is not a git repository",
            next_step="make it one there: git init && git add -A && git commit -m 'First commit'",
        )
    return inspect(project, pointer, base)


def _copy(source: Source, directory: Path) -> Repository:
    """A repository of our own making with the one commit in it: git's documented boundary to a hostile one."""
    own = _repository(directory, source.object_format)
    fetch = ("fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance")
    origin = str(source.repository.git_dir)
    own.bare().run(*fetch, "--end-of-options", origin, f"{source.base}:refs/base", seconds=FETCH_SECONDS)
    own.bare().run("update-ref", "--no-deref", "HEAD", source.base)
    return own


def _repository(directory: Path, object_format: str) -> Repository:
    """An empty one of our own, with an empty work tree."""
    work_tree = directory / "tree"
    work_tree.mkdir(parents=True, mode=0o700)
    own = Repository(git_dir=directory / "repository.git", work_tree=work_tree, index=directory / "index")
    create_repository(own.git_dir, object_format)
    return own
