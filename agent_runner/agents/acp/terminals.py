"""Commands that the program wants to be run for it: those that the project allows, to their end, in the sandbox."""

import asyncio
import shlex
from typing import Final

from acp.schema import (
    CreateTerminalRequest,
    CreateTerminalResponse,
    TerminalExitStatus,
    TerminalOutputResponse,
    WaitForTerminalExitResponse,
)

from agent_runner.agents.acp.telling import LONGEST_ARGUMENTS, Telling
from agent_runner.agents.change.commands import Check, Commands
from agent_runner.agents.prompt import shortened
from agent_runner.domain.events import ToolCall
from agent_runner.domain.policy import ProjectPolicy, allows
from agent_runner.errors import CommandRefused

MOST_TERMINALS: Final = 16
NOT_OK: Final = 1
"""How it really ended stands in the output: a command that was stopped has no exit code."""

Running = asyncio.Future[Check]


class Terminals:
    """The commands of one turn. A command tells its output when it has ended, and not before."""

    def __init__(self, commands: Commands, policy: ProjectPolicy, telling: Telling, root: str) -> None:
        self._commands: Final = commands
        self._policy: Final = policy
        self._telling: Final = telling
        self._root: Final = root
        self._running: Final[dict[str, Running]] = {}
        self._number = 0

    def create(self, asked: CreateTerminalRequest) -> CreateTerminalResponse:
        """Raises CommandRefused for what the project does not allow."""
        line = shlex.join([asked.command, *asked.args]) if asked.args else asked.command
        allows(self._policy, line)
        if asked.cwd is not None and asked.cwd.rstrip("/") != self._root:
            raise CommandRefused(
                f"a command may not be run in {asked.cwd!r}", next_step=f"commands are run in {self._root}"
            )
        if len(self._running) == MOST_TERMINALS:
            raise CommandRefused(f"{MOST_TERMINALS} terminals are open", next_step="release one that is not needed")
        self._number += 1
        terminal_id = f"terminal-{self._number}"
        self._running[terminal_id] = asyncio.ensure_future(self._run(line))
        return CreateTerminalResponse(terminal_id=terminal_id)

    def output(self, terminal_id: str) -> TerminalOutputResponse:
        running = self._known(terminal_id)
        if not running.done():
            return TerminalOutputResponse(output="", truncated=False)
        if running.cancelled():
            return TerminalOutputResponse(output="", truncated=False, exit_status=TerminalExitStatus(signal="SIGKILL"))
        check = running.result()
        said = check.output if check.ok else f"{check.output}\n[{check.ended}]"
        status = TerminalExitStatus(exit_code=_exit_code(check))
        return TerminalOutputResponse(output=said, truncated=False, exit_status=status)

    async def wait(self, terminal_id: str) -> WaitForTerminalExitResponse:
        running = self._known(terminal_id)
        await asyncio.wait({running})
        if running.cancelled():
            return WaitForTerminalExitResponse(signal="SIGKILL")
        return WaitForTerminalExitResponse(exit_code=_exit_code(running.result()))

    async def kill(self, terminal_id: str) -> None:
        await _ended(self._known(terminal_id))

    async def release(self, terminal_id: str) -> None:
        await self.kill(terminal_id)
        self._running.pop(terminal_id, None)

    async def end(self) -> None:
        for running in self._running.values():
            await _ended(running)
        self._running.clear()

    async def _run(self, line: str) -> Check:
        check = await self._commands.run(line)
        self._telling.tell(
            ToolCall(
                tool="command",
                arguments=shortened(line, LONGEST_ARGUMENTS),
                ok=check.ok,
                error=None if check.ok else check.ended,
                duration_ms=round(check.seconds * 1000, 1),
            )
        )
        return check

    def _known(self, terminal_id: str) -> Running:
        running = self._running.get(terminal_id)
        if running is None:
            raise CommandRefused(f"there is no terminal {terminal_id!r}", next_step="create one")
        return running


def _exit_code(check: Check) -> int:
    return 0 if check.ok else NOT_OK


async def _ended(running: Running) -> None:
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
