"""The model as the maker of a change: with tools, along a plan."""

from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue
from pydantic_ai import ModelMessage

from agent_runner.agents.change.desk import Desk
from agent_runner.agents.change.rounds import Rounds
from agent_runner.agents.change.tools import Tools, tool_user
from agent_runner.agents.coder import ROLE
from agent_runner.agents.coder.demo import work_of_demo
from agent_runner.agents.coder.planning import plan
from agent_runner.agents.prompt import load_prompt
from agent_runner.agents.tool_loop import Manner, run_agent
from agent_runner.llm.thoughts import without_thoughts

DEMO_NOTE: Final = "The demo model made a small labelled change; no real model was used. Set LLM_MODEL to use one."


@dataclass(slots=True, kw_only=True)
class ModelMaker:
    """One conversation over all rounds; rebuilt by replay in every attempt."""

    desk: Desk
    history: list[ModelMessage] = field(default_factory=list[ModelMessage])

    async def edit(self, number: int, prompt: str) -> str:
        agent = tool_user(ROLE, "coder-system", Tools(self.desk, ROLE).all)
        manner = Manner(agent_role=ROLE, demo=work_of_demo, heed=self.desk.heed)
        answer = await run_agent(
            self.desk.context, f"work/{number}", agent, prompt, history=self.history, manner=manner
        )
        self.history = answer.all_messages()
        return without_thoughts(answer.output).strip()


async def work(desk: Desk) -> dict[str, JsonValue]:
    """Everything after the workspace is open. Returns the run's result."""
    overview, steps = await plan(desk)
    prompt = load_prompt("coder").substitute(
        goal=desk.context.goal,
        overview=overview,
        plan="\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1)),
        commands="\n".join(f"- {line}" for line in desk.commands.allowed) or "none",
    )
    rounds = Rounds(desk=desk, maker=ModelMaker(desk=desk), nothing=load_prompt("coder-nothing").template)
    result = {**await rounds.carry_through(prompt, "Carry out the plan"), "model": desk.context.model_name}
    is_demo = desk.context.model_name == "demo" and result["commit"] is not None
    return {**result, "note": DEMO_NOTE} if is_demo else result
