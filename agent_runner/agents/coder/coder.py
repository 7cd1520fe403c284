"""The `coder` agent, from the goal to the commit; each stage is one module beside this one.

1. A workspace: the project's files at one commit, in the attempt's own directory.
2. A plan, after a look at the project; approved first where that is wanted.
3. Rounds: the model edits, the project's checks run in the sandbox, the model repairs what fails.
4. The diff, its hash and the checks go to a person. Their wishes begin another round.
5. The approved tree, byte for byte, becomes one commit on the branch `agent/run-<id>`.
"""

import asyncio
from importlib import import_module

from pydantic import JsonValue

from agent_runner.agents.base import ProjectOfRun, RunContext
from agent_runner.agents.change.desk import open_desk
from agent_runner.agents.coder import ROLE
from agent_runner.domain.events import AgentStart
from agent_runner.errors import PermanentAgentError


class CoderAgent:
    """Keeps nothing between runs. Asks and acts under the same keys in every attempt."""

    async def run(self, context: RunContext) -> dict[str, JsonValue]:
        await asyncio.to_thread(import_module, "agent_runner.agents.coder.rounds")  # pydantic-ai takes seconds
        from agent_runner.agents.coder.rounds import work  # noqa: PLC0415 - loaded by the line above, beside the loop

        context.emit(AgentStart(message=f"The coder begins: {context.goal[:200]}"), ROLE)
        return await work(await open_desk(context, _project_of(context), ROLE))


def _project_of(context: RunContext) -> ProjectOfRun:
    if context.project is None:
        raise PermanentAgentError(
            "the coder needs a project to work in, and this run names none",
            next_step="register one (agent-runner projects create NAME --path DIRECTORY) and give its id as project_id",
        )
    return context.project
