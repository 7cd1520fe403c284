"""The work of a host: rounds of its program, and what it has made offered to the project, if there is one."""

from pathlib import Path
from typing import Final

from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.agents.change.commands import readable_of
from agent_runner.agents.change.desk import open_desk
from agent_runner.agents.change.outcome import bring_in
from agent_runner.agents.change.review import Proposal
from agent_runner.agents.host.agent import Environments
from agent_runner.agents.host.proposal import lay_out
from agent_runner.agents.host.session import HostSession, Outcome
from agent_runner.domain.events import Log
from agent_runner.hosts.manifest import Host
from agent_runner.hosts.process import KIT, Program, open_host
from agent_runner.hosts.protocol import Start

PYTHON: Final = {
    "PYTHONPATH": str(KIT),
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
    "PYTHONUTF8": "1",
}
"""The same order of sets in every attempt, so that a resumed host asks the same; and nothing of the user's."""


class HostWork:
    """One attempt."""

    def __init__(self, host: Host, environments: Environments) -> None:
        self._host = host
        self._environments = environments

    async def run(self, context: RunContext) -> dict[str, JsonValue]:
        options = self._host.options(context.config)
        context.report(progress=0.0, current_agent=self._host.name, message=f"Starting {self._host.title}")
        program = await self._program(context)
        rounds = [await self._round(context, program, options, ())]
        if context.project is None or not rounds[0].files:
            return rounds[0].result
        desk = await open_desk(context, context.project, self._host.name)
        said: list[str] = []

        async def propose(wishes: str | None) -> Proposal:
            if wishes is not None:
                said.append(wishes)
                rounds.append(await self._round(context, program, options, tuple(said)))
            made = rounds[-1]
            summary = str(made.result.get("summary") or context.goal)
            return await lay_out(desk, len(rounds), made.files.values(), summary)

        brought = await bring_in(desk, propose)
        own = rounds[-1].result
        return {**own, **brought, **{name: own[name] for name in ("summary", "note") if name in own}}

    async def _round(
        self, context: RunContext, program: Program, options: dict[str, JsonValue], wishes: tuple[str, ...]
    ) -> Outcome:
        """The program from its start to its result; again, with one more wish each time."""
        number = 1 + len(wishes)
        prefix = f"{self._host.name}/{number}"
        directory = context.directory / f"host-{number}"
        directory.mkdir()
        start = Start(
            run_id=context.run_id,
            attempt=context.attempt,
            round=number,
            goal=context.goal,
            input=context.input,
            options=options,
            model=context.model_name,
            directory=str(directory),
            project=context.project.name if context.project else None,
            wishes=wishes,
        )
        silence = self._host.manifest.limits.silence_seconds
        async with open_host(await context.sandbox(), program, directory) as process:
            return await HostSession(context, process, start, prefix=prefix, silence_seconds=silence).run()

    async def _program(self, context: RunContext) -> Program:
        host, manifest = self._host, self._host.manifest

        def tell(sentence: str) -> None:
            context.emit(Log(message=sentence), host.name)
            context.report(current_agent=host.name, message=sentence)

        readable = [host.directory, *map(Path, manifest.readable)]
        if host.script is None:
            command = [word.replace("{directory}", str(host.directory)) for word in manifest.command]
        else:
            python = await self._environments.interpreter(host, tell)
            command = [str(python), str(host.script)]
            readable += readable_of([str(python.parents[1])])
        return Program(
            command=command,
            readable=readable,
            environment={**PYTHON, **self._environments.variables(host)},
            network=manifest.network,
            limits=manifest.limits,
        )
