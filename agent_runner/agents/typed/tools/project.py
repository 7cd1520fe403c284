"""Reading the project of a run: the files of one commit, the same for all agents and all attempts of it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import JsonValue

from agent_runner.agents.base import ProjectOfRun, RunContext
from agent_runner.agents.change.shown import found_lines, last_wanted, lines_of, listed
from agent_runner.errors import JournalMismatch
from agent_runner.workspace.files import Files
from agent_runner.workspace.paths import Whitelist
from agent_runner.workspace.worktree import Workspace

KEY: Final = "project"
"""The step that says which commit is read."""


@dataclass(frozen=True, slots=True)
class _Copy:
    """A workspace has room for one at a time: a search writes down what is there."""

    files: Files
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


def project_tools(context: RunContext, project: ProjectOfRun) -> dict[str, Callable[..., Awaitable[Any]]]:
    tools = _ProjectTools(context, project)
    return {"list_files": tools.list_files, "read_file": tools.read_file, "search_files": tools.search_files}


class _ProjectTools:
    def __init__(self, context: RunContext, project: ProjectOfRun) -> None:
        self._context = context
        self._project = project

    async def list_files(self, path: str = ".", depth: int = 3, glob: str | None = None) -> str:
        """List the files of the project.

        Args:
            path: The directory to begin at.
            depth: How many levels deep.
            glob: Only paths that match, such as `*.py` or `src/**`.
        """
        copy = await self._copy()
        async with copy.turn:
            return listed(await copy.files.tree(path, depth, glob))

    async def read_file(self, path: str, first_line: int = 1, last_line: int | None = None) -> str:
        """Read lines of a text file of the project.

        Args:
            path: The file, named from the project's root.
            first_line: The first line to read, counted from 1.
            last_line: The last line to read.
        """
        copy = await self._copy()
        async with copy.turn:
            return lines_of(await copy.files.read(path, first_line, last_wanted(first_line, last_line)))

    async def search_files(self, pattern: str, glob: str | None = None, is_regex: bool = False) -> str:  # noqa: FBT001, FBT002 - tools are called by name
        """Find the lines of the project's files that hold a text.

        Args:
            pattern: The text to look for.
            glob: Only in paths that match, such as `*.py`.
            is_regex: Whether the pattern is a regular expression.
        """
        copy = await self._copy()
        async with copy.turn:
            return found_lines(await copy.files.search(pattern, is_regex=is_regex, glob=glob), pattern)

    async def _copy(self) -> _Copy:
        """One for all, made when the first reads something; who is stopped then takes it from nobody."""
        shared = self._context.shared
        if KEY not in shared:
            shared[KEY] = making = asyncio.create_task(_open(self._context, self._project), name="copy of a project")
            making.add_done_callback(_forget)
        return await asyncio.shield(shared[KEY])


def _forget(making: "asyncio.Task[_Copy]") -> None:
    """Whoever waited for it may be gone; asyncio complains of an error that nobody has taken."""
    if not making.cancelled():
        making.exception()


async def _open(context: RunContext, project: ProjectOfRun) -> _Copy:
    """The commit is a step: a later attempt reads the same."""
    place, opened = context.directory / KEY, list[Workspace]()

    async def first() -> JsonValue:
        opened.append(await _workspace(project, place, None))
        return opened[0].base

    base = await context.step(KEY, first)
    if not isinstance(base, str):
        raise JournalMismatch(f"the recorded step {KEY!r} of run {context.run_id} names no commit: {base!r:.100}")
    workspace = opened[0] if opened else await _workspace(project, place, base)
    return _Copy(workspace.files(Whitelist.of(project.policy, context.policy)))


async def _workspace(project: ProjectOfRun, place: Path, base: str | None) -> Workspace:
    return await Workspace.open(Path(project.local_path), place, "agent/reads", base=base)
