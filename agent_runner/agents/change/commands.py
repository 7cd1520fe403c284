"""The project's own commands, run in the sandbox: checks after each round, and what the model may run besides."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, JsonValue

from agent_runner.agents.base import RunContext, Told
from agent_runner.agents.change.draft import Draft
from agent_runner.agents.prompt import shortened
from agent_runner.domain.events import ToolCall
from agent_runner.domain.policy import ProjectPolicy, allows
from agent_runner.errors import CommandRefused
from agent_runner.sandbox.level import Finished, Level, Limits
from agent_runner.sandbox.sandbox import PATH

LONGEST_OUTPUT: Final = 8_000
"""Characters of a command's output that a model or a person is shown: its end, where the errors stand."""
LONGEST_ARGUMENTS: Final = 500
ENVIRONMENT: Final = {
    "CI": "1",
    "NO_COLOR": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTEST_ADDOPTS": "-p no:cacheprovider",
}
"""No caches and no colours: the first would become part of the change, the second only costs tokens."""


class Check(BaseModel):
    """How a command of the project ended."""

    model_config = ConfigDict(frozen=True)

    command: str
    ok: bool
    ended: str
    """Half a sentence: `exit code 1`, `stopped after 600 s` …"""
    output: str
    seconds: float
    sandbox: str

    @property
    def shown(self) -> str:
        """As in a terminal, for whoever made the change."""
        return f"$ {self.command}\n{self.output or '(no output)'}\n[{self.ended}, {self.seconds:g} s]"


class Commands:
    """`role`: under whose name checks are told. Where commands are held less than `least`, none is run."""

    def __init__(
        self, context: RunContext, policy: ProjectPolicy, draft: Draft, role: str, *, least: Level = Level.L0
    ) -> None:
        self._context = context
        self._least = least
        self._role = role
        self._policy = policy
        self._draft = draft

    @property
    def allowed(self) -> tuple[str, ...]:
        return (*self._policy.checks, *self._policy.commands)

    async def check(self, round_number: int) -> list[Check]:
        """Runs the project's checks, a step each. What they write is undone: it is no part of the change."""
        checks: list[Check] = []
        for number, line in enumerate(self._policy.checks, start=1):
            self._context.report(message=f"Running {line}")

            async def work(line: str = line) -> JsonValue:
                await self._draft.catch_up()
                try:
                    return (await self.run(line)).model_dump()
                except CommandRefused as refusal:
                    return _not_run(line, refusal).model_dump()
                finally:
                    await self._draft.undo()

            key = f"check/{round_number}/{number}"
            given: JsonValue = {"command": line, "tree": self._draft.tree}
            checks.append(Check.model_validate(await self._context.step(key, work, input=given, tells=self._told)))
        return checks

    async def run(self, line: str) -> Check:
        """Runs one allowed command line in the workspace.

        Raises CommandRefused for one that is not allowed, or that cannot be held as strongly as it must be here.
        """
        command = allows(self._policy, line)
        sandbox = await self._context.sandbox()
        if sandbox.level < self._least:
            raise CommandRefused(
                f"commands are held with {sandbox.level.name} here, and this run needs {self._least.name}",
                next_step="go on without running anything, and say so",
            )
        place = self._draft.workspace.path
        finished = await sandbox.run(
            command,
            cwd=place,
            writable=[place],
            readable=readable_of(self._policy.toolchain),
            environment={**ENVIRONMENT, "PATH": search_path(self._policy.toolchain)},
            limits=Limits(seconds=self._policy.check_seconds),
        )
        return Check(
            command=line,
            ok=finished.exit_code == 0,
            ended=_how(finished),
            output=_end_of("\n".join(part.strip("\n") for part in (finished.stdout, finished.stderr) if part.strip())),
            seconds=round(finished.seconds, 2),
            sandbox=finished.level.name,
        )

    def _told(self, output: JsonValue) -> Told:
        check = Check.model_validate(output)
        call = ToolCall(
            tool="check",
            arguments=shortened(check.command, LONGEST_ARGUMENTS),
            ok=check.ok,
            error=None if check.ok else check.ended,
            duration_ms=round(check.seconds * 1000, 1),
        )
        return Told(call, self._role)


def _not_run(line: str, refusal: CommandRefused) -> Check:
    ended = f"not run: {refusal.message}"
    return Check(command=line, ok=False, ended=ended, output="", seconds=0.0, sandbox="none")


def readable_of(toolchain: Sequence[str]) -> list[Path]:
    """The directories themselves, and the Python that a virtual environment among them was made of."""
    places = [Path(place) for place in toolchain]
    bases = [Path(os.path.realpath(place / "bin" / "python")).parents[1] for place in places if is_venv(place)]
    return [*places, *bases]


def is_venv(place: Path) -> bool:
    return (place / "pyvenv.cfg").is_file()


def search_path(toolchain: Sequence[str]) -> str:
    """The programs of the toolchain come first."""
    places = [Path(place) for place in toolchain]
    return os.pathsep.join([*(str(place / "bin" if (place / "bin").is_dir() else place) for place in places), PATH])


def _how(finished: Finished) -> str:
    if finished.stop is not None:
        return f"stopped after {finished.seconds:.0f} s: too much {finished.stop}"
    if finished.signal is not None:
        return f"killed by signal {finished.signal}"
    return f"exit code {finished.exit_code}"


def _end_of(text: str) -> str:
    if len(text) <= LONGEST_OUTPUT:
        return text
    return f"[the first {len(text) - LONGEST_OUTPUT} characters are left out] …{text[-LONGEST_OUTPUT:]}"
