"""The model as the maker of a change: with tools, along a plan."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue
from pydantic_ai import ModelMessage

from agent_runner.agents.change.demo import plan_of_demo, work_of_demo
from agent_runner.agents.change.desk import Desk
from agent_runner.agents.change.outcome import bring_in
from agent_runner.agents.change.planning import Planner, plan
from agent_runner.agents.change.rounds import Rounds
from agent_runner.agents.change.tools import Tools, tool_user
from agent_runner.agents.coder import ROLE
from agent_runner.agents.manner import Manner
from agent_runner.agents.prompt import load_prompt
from agent_runner.agents.tool_loop import run_agent
from agent_runner.llm.thoughts import without_thoughts

PLANNER: Final = Planner(role=ROLE, key="plan", instructions="coder-plan-system", demo=plan_of_demo)


@dataclass(slots=True, kw_only=True)
class ModelMaker:
    """One conversation over all rounds; rebuilt by replay in every attempt."""

    desk: Desk
    history: list[ModelMessage] = field(default_factory=list[ModelMessage])
    notes: Sequence[str] = ()

    async def edit(self, number: int, prompt: str) -> str:
        context, agent = self.desk.context, tool_user(ROLE, "coder-system", Tools(self.desk, ROLE).all)
        manner = Manner(agent_role=ROLE, demo=work_of_demo, heed=self.desk.heed)
        answer = await run_agent(context, f"work/{number}", agent, prompt, history=self.history, manner=manner)
        self.history = answer.all_messages()
        return without_thoughts(answer.output).strip()


async def work(desk: Desk) -> dict[str, JsonValue]:
    """Everything after the workspace is open. Returns the run's result."""
    overview, steps = await plan(desk, PLANNER)
    first = load_prompt("change").substitute(
        goal=desk.context.goal,
        overview=overview,
        plan="\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1)),
        commands="\n".join(f"- {line}" for line in desk.commands.allowed) or "none",
    )
    maker, nothing = ModelMaker(desk=desk), load_prompt("coder-nothing").template
    rounds = Rounds(desk=desk, maker=maker, first=first, what="Carry out the plan", nothing=nothing)
    return await bring_in(desk, rounds.propose)
