"""What a model can do in a workspace. The docstrings are what it is told; a refusal is a sentence it can act on.

Slow to import: only where an agent runs.
"""

import functools
from collections.abc import Awaitable, Callable
from typing import Concatenate, Final, ParamSpec

from pydantic_ai import Agent, ModelRetry, Tool, ToolReturn

from agent_runner.agents.change.desk import Desk
from agent_runner.agents.change.shown import found_lines, last_wanted, lines_of, listed
from agent_runner.agents.prompt import load_prompt, shortened
from agent_runner.domain.approval import ApprovalKind, ApprovalStatus, Question
from agent_runner.domain.events import FileChanged
from agent_runner.errors import CommandRefused, FileRefused

RETRIES: Final = 5
"""How often in a row a model may call the same tool in a way that is refused."""
MOST_QUESTIONS: Final = 3

Given = ParamSpec("Given")
Told = str | ToolReturn
Work = Callable[Concatenate["Tools", Given], Awaitable[Told]]


def _in_workspace(work: Work[Given]) -> Work[Given]:
    """Brings the workspace up to what the journal says first, and makes an answer of a refusal."""

    @functools.wraps(work)
    async def tool(self: "Tools", *args: Given.args, **kwargs: Given.kwargs) -> Told:
        await self.desk.draft.catch_up()
        try:
            return await work(self, *args, **kwargs)
        except (FileRefused, CommandRefused) as refusal:
            said = refusal.message if refusal.next_step is None else f"{refusal.message}; {refusal.next_step}"
            raise ModelRetry(said) from refusal

    # Of ToolReturn and all that it may hold pydantic-ai would make a schema for nobody, 12 ms for each tool.
    tool.__annotations__ = {**work.__annotations__, "return": str}
    return tool


class Tools:
    """Bound to the desk of one attempt; `role` stands on the events of what they change."""

    def __init__(self, desk: Desk, role: str) -> None:
        self.desk = desk
        self.role = role

    @property
    def reading(self) -> list[Tool]:
        return _tools(self.list_files, self.read_file, self.search)

    @property
    def looking(self) -> list[Tool]:
        return [*self.reading, *_tools(self.ask_person)]

    @property
    def all(self) -> list[Tool]:
        changing = _tools(self.edit_file, self.write_file, self.move_file, self.delete_file)
        running = _tools(self.run_command) if self.desk.commands.allowed else []
        return [*self.looking, *changing, *running]

    @_in_workspace
    async def list_files(self, path: str = ".", depth: int = 3, glob: str | None = None) -> Told:
        """List the files of the project.

        Args:
            path: The directory to begin at.
            depth: How many levels deep.
            glob: Only paths that match, such as `*.py` or `src/**`.
        """
        return listed(await self.desk.files.tree(path, depth, glob))

    @_in_workspace
    async def read_file(self, path: str, first_line: int = 1, last_line: int | None = None) -> Told:
        """Read lines of a text file.

        Args:
            path: The file, named from the project's root.
            first_line: The first line to read, counted from 1.
            last_line: The last line to read.
        """
        return lines_of(await self.desk.files.read(path, first_line, last_wanted(first_line, last_line)))

    @_in_workspace
    async def search(self, pattern: str, glob: str | None = None, is_regex: bool = False) -> Told:  # noqa: FBT001, FBT002 - tools are called by name
        """Find the lines that hold a text.

        Args:
            pattern: The text to look for.
            glob: Only in paths that match, such as `*.py`.
            is_regex: Whether the pattern is a regular expression.
        """
        return found_lines(await self.desk.files.search(pattern, is_regex=is_regex, glob=glob), pattern)

    @_in_workspace
    async def edit_file(self, path: str, old: str, new: str) -> Told:
        """Replace one piece of a file. The piece must stand in the file exactly once.

        Args:
            path: The file to change.
            old: The lines to replace, quoted from the file as they are, without line numbers.
            new: The lines to put in their place.
        """
        edited = await self.desk.files.edit(path, old, new)
        counts = (len(old.splitlines()), len(new.splitlines()))
        fact = FileChanged(path=path, change="edited", added=counts[1], removed=counts[0])
        return await self._changed(f"edited {path} at line {edited.line}", fact)

    @_in_workspace
    async def write_file(self, path: str, text: str) -> Told:
        """Write a whole file: a new one, or in place of the one that is there.

        Args:
            path: The file to write, named from the project's root.
            text: The whole new content.
        """
        await self.desk.files.write(path, text)
        fact = FileChanged(path=path, change="written", added=len(text.splitlines()))
        return await self._changed(f"wrote {path}, {fact.added} lines", fact)

    @_in_workspace
    async def move_file(self, path: str, new_path: str) -> Told:
        """Rename or move one file.

        Args:
            path: The file to move.
            new_path: Where to, a path at which nothing is.
        """
        await self.desk.files.move(path, new_path)
        return await self._changed(f"moved {path} to {new_path}", FileChanged(path=new_path, change="moved"))

    @_in_workspace
    async def delete_file(self, path: str) -> Told:
        """Delete one file.

        Args:
            path: The file to delete.
        """
        await self.desk.files.delete(path)
        return await self._changed(f"deleted {path}", FileChanged(path=path, change="deleted"))

    @_in_workspace
    async def run_command(self, command: str) -> Told:
        """Run one of the project's allowed commands and see its output. There is no shell and no network.

        Args:
            command: The command line, exactly as it is allowed.
        """
        draft = self.desk.draft
        try:
            check = await self.desk.commands.run(command)
            change = await draft.record()
        except FileRefused:
            await draft.undo()
            raise
        said = check.shown
        self.desk.context.report(message=f"{command}: {check.ended}")
        return said if change is None else ToolReturn(f"{said}\nIt changed files.", metadata=change.model_dump())

    @_in_workspace
    async def ask_person(self, question: str) -> Told:
        """Ask the person who gave the goal, and wait for the answer. Only when nothing else can tell.

        Args:
            question: One question, with the choices you see.
        """
        number = self.desk.questions + 1
        if number > MOST_QUESTIONS:
            raise FileRefused("no more questions may be asked", next_step="decide yourself and say so in the summary")
        asked = Question(kind=ApprovalKind.INPUT, text=shortened(question, 2000))
        answer = await self.desk.context.ask(f"question/{number}", asked)
        said = (
            answer.text
            if answer.status is ApprovalStatus.ANSWERED
            else f"no answer ({answer.comment or answer.status})"
        )
        return ToolReturn(said or "no answer", metadata={"question": number})

    async def _changed(self, said: str, *facts: FileChanged) -> ToolReturn:
        """Records what was changed with the step of this call."""
        change = await self.desk.draft.record()
        if change is None:
            await self.desk.draft.undo()
            raise FileRefused(
                f"nothing of the project was changed by this: {said}",
                next_step="git ignores this path, or it already was as you want it",
            )
        for fact in facts:
            self.desk.context.emit(fact, self.role)
        self.desk.context.report(message=said)
        return ToolReturn(said, metadata=change.model_dump())


def _tools(*works: Callable[..., Awaitable[Told]]) -> list[Tool]:
    """One call at a time: the workspace has room for one, and the order of changes must be the one that is replayed."""
    return [Tool(work, takes_ctx=False, sequential=True, docstring_format="google") for work in works]


def tool_user(name: str, prompt: str, tools: list[Tool]) -> Agent[None, str]:
    """An agent with these tools, whose instructions are the prompt file of that name; it answers in words."""
    return Agent(name=name, instructions=load_prompt(prompt).template, tools=tools, retries=RETRIES)
