"""Edit, check, repair, and again with what a person wants otherwise; within bounds."""

from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue
from pydantic_ai import ModelMessage

from agent_runner.agents.change.commands import Check
from agent_runner.agents.change.demo import plan_of_demo, work_of_demo
from agent_runner.agents.change.desk import Desk
from agent_runner.agents.change.outcome import bring_in
from agent_runner.agents.change.planning import Planner, plan
from agent_runner.agents.change.review import Proposal
from agent_runner.agents.change.tools import Tools, reported, tool_user
from agent_runner.agents.coder import ROLE
from agent_runner.agents.prompt import load_prompt, shortened
from agent_runner.agents.tool_loop import Manner, run_agent
from agent_runner.domain.events import Executing
from agent_runner.llm.thoughts import without_thoughts

MOST_REPAIRS: Final = 3
"""Rounds in a row in which the model may mend what the checks say; then a person sees the failing checks."""
PLANNED: Final = 0.2
CHECKED: Final = 0.8
PLANNER: Final = Planner(role=ROLE, key="plan", instructions="coder-plan-system", demo=plan_of_demo)


@dataclass(slots=True, kw_only=True)
class Rounds:
    """Where the work stands; rebuilt by replay in every attempt."""

    desk: Desk
    number: int = 0
    history: list[ModelMessage] = field(default_factory=list[ModelMessage])

    async def edit(self, prompt: str, what: str) -> str:
        """One round of the model, and its closing words; `what` says to people what the round is for."""
        context = self.desk.context
        self.number += 1
        progress = CHECKED - (CHECKED - PLANNED) / self.number
        context.report(iteration=self.number, progress=round(progress, 4), current_agent=ROLE, message=what)
        context.emit(Executing(step=self.number, of=self.number, description=what), ROLE)
        agent = tool_user(ROLE, "coder-system", Tools(self.desk, ROLE).all)
        manner = Manner(agent_role=ROLE, demo=work_of_demo, heed=self.desk.heed)
        answer = await run_agent(context, f"work/{self.number}", agent, prompt, history=self.history, manner=manner)
        self.history = answer.all_messages()
        return without_thoughts(answer.output).strip()

    async def edit_and_check(self, prompt: str, what: str) -> tuple[str, list[Check]]:
        """Lets the model repair what the checks find, within bounds."""
        summary = await self.edit(prompt, what)
        if not self.desk.draft.is_changed:
            summary = await self.edit(load_prompt("coder-nothing").template, "Nothing is changed yet: ask again")
        checks = await self._check()
        for left in range(MOST_REPAIRS, 0, -1):
            failed = [check for check in checks if not check.ok]
            if not failed:
                break
            output = "\n\n".join(map(reported, failed))
            what = f"Repair what the checks found: {'; '.join(check.command for check in failed)}"
            summary = await self.edit(load_prompt("coder-repair").substitute(output=output, left=left - 1), what)
            checks = await self._check()
        return summary, checks

    async def _check(self) -> list[Check]:
        if not self.desk.draft.is_changed:
            return []
        self.desk.context.report(progress=CHECKED)
        return await self.desk.commands.check(self.number)


async def work(desk: Desk) -> dict[str, JsonValue]:
    """Everything after the workspace is open. Returns the run's result."""
    overview, steps = await plan(desk, PLANNER)
    rounds = Rounds(desk=desk)
    first = load_prompt("change").substitute(
        goal=desk.context.goal,
        overview=overview,
        plan="\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1)),
        commands="\n".join(f"- {line}" for line in desk.commands.allowed) or "none",
    )

    async def propose(wishes: str | None) -> Proposal:
        prompt, what = first, "Carry out the plan"
        if wishes is not None:
            prompt = load_prompt("coder-revise").substitute(wishes=wishes)
            what = f"Revise: {shortened(wishes, 200)}"
        summary, checks = await rounds.edit_and_check(prompt, what)
        return Proposal(summary=summary, checks=checks)

    return await bring_in(desk, propose)
