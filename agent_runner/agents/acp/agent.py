"""The agent `host:<name>` for a program that speaks the Agent Client Protocol; each concern is one module beside this.

1. A workspace, as the coder has it; the program is started in the sandbox, with that directory to write in.
2. Turns: it is told the goal, and works until it says that it is done. Each turn is a step of the journal.
3. What it asks for meanwhile (files, commands, permissions) is answered by what the project and the run allow.
4. Checks, repairs, the question to a person, revisions and the commit: `agents/change/rounds.py`.

A turn is done at least once: one that was interrupted, be it by a question, begins again where the last one ended.
"""

import asyncio
from collections.abc import Mapping
from importlib import import_module

from pydantic import JsonValue

from agent_runner.agents.base import ProjectOfRun, RunContext
from agent_runner.agents.change.desk import open_desk
from agent_runner.errors import PermanentAgentError
from agent_runner.hosts.manifest import Host


class AcpAgent:
    """Keeps nothing between runs. `variables`: those of the worker that the program gets."""

    def __init__(self, host: Host, variables: Mapping[str, str]) -> None:
        self._host = host
        self._variables = variables

    async def run(self, context: RunContext) -> dict[str, JsonValue]:
        await asyncio.to_thread(import_module, "agent_runner.agents.acp.turns")  # the schema takes half a second
        from agent_runner.agents.acp.turns import work  # noqa: PLC0415 - loaded by the line above, beside the loop

        project = self._project_of(context)
        return await work(await open_desk(context, project, self._host.name), self._host, self._variables)

    def _project_of(self, context: RunContext) -> ProjectOfRun:
        name, project = self._host.name, context.project
        if project is None:
            raise PermanentAgentError(
                f"{name} needs a project to work in, and this run names none",
                next_step="register one (agent-runner projects create NAME --path DIRECTORY)"
                " and give its id as project_id",
            )
        if project.policy.approve_plan or context.policy.approve_plan:
            raise PermanentAgentError(
                f"a plan must be approved first, and {name} has none that it would wait with",
                next_step="let the coder do it, or take approve_plan off the project or the run",
            )
        return project
