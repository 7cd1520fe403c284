"""The `mgx` agent: four roles on one journal, each with a conversation of its own.

1. A workspace: of the run's project, as the coder has it, or empty where the run names none.
2. The leader plans; a person approves the plan first where that is wanted.
3. Rounds: the engineer writes, the tester tests and the checks run, the reviewer accepts or sends back, within bounds.
4. With a project a person decides on the diff, and the approved tree becomes one commit; without, the files become
   artifacts.
"""

import asyncio
from importlib import import_module

from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.agents.mgx import LEADER, MOST_ROUNDS
from agent_runner.agents.mgx.options import options_of
from agent_runner.domain.events import AgentStart


class MgxAgent:
    """Keeps nothing between runs. Asks and acts under the same keys in every attempt.

    `max_rounds`: how many rounds of engineer, tester and reviewer the team takes by itself.
    """

    def __init__(self, *, max_rounds: int = MOST_ROUNDS) -> None:
        self._max_rounds = max_rounds

    async def run(self, context: RunContext) -> dict[str, JsonValue]:
        options = options_of(context.config)
        await asyncio.to_thread(import_module, "agent_runner.agents.mgx.team")  # pydantic-ai takes seconds
        from agent_runner.agents.mgx.team import work  # noqa: PLC0415 - loaded by the line above, beside the loop

        context.emit(AgentStart(message=f"The team begins: {context.goal[:200]}"), LEADER)
        return await work(context, options, self._max_rounds)
