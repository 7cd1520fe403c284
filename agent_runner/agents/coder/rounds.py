"""Edit, check, repair, ask, revise: until a person approves, and within bounds."""

from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue
from pydantic_ai import ModelMessage

from agent_runner.agents.change.commands import Check
from agent_runner.agents.change.desk import Desk
from agent_runner.agents.change.review import Reviewed, commit_result, publish, review
from agent_runner.agents.change.tools import Tools, reported, tool_user
from agent_runner.agents.coder import ROLE
from agent_runner.agents.coder.demo import work_of_demo
from agent_runner.agents.coder.planning import plan
from agent_runner.agents.prompt import load_prompt, shortened
from agent_runner.agents.tool_loop import Manner, run_agent
from agent_runner.domain.events import AgentComplete, Executing
from agent_runner.errors import FileRefused, PermanentAgentError
from agent_runner.llm.thoughts import without_thoughts
from agent_runner.workspace.diff import Diff

MOST_REPAIRS: Final = 3
"""Rounds in a row in which the model may mend what the checks say; then a person sees the failing checks."""
MOST_REVISIONS: Final = 10
PLANNED: Final = 0.2
CHECKED: Final = 0.8
LONGEST_SUMMARY: Final = 4_000
DEMO_NOTE: Final = "The demo model made a small labelled change; no real model was used. Set LLM_MODEL to use one."


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
    overview, steps = await plan(desk)
    rounds = Rounds(desk=desk)
    numbered = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1))
    prompt = load_prompt("coder").substitute(
        goal=desk.context.goal,
        overview=overview,
        plan=numbered,
        commands="\n".join(f"- {line}" for line in desk.commands.allowed) or "none",
    )
    what = "Carry out the plan"
    for number in range(1, MOST_REVISIONS + 1):
        summary, checks = await rounds.edit_and_check(prompt, what)
        if not desk.draft.is_changed:
            return _unchanged(desk, summary)
        said = await review(desk, number, await _diff(desk), summary, checks)
        if isinstance(said, Reviewed):
            return _result(desk, said, await publish(desk, said), summary, checks)
        prompt, what = load_prompt("coder-revise").substitute(wishes=said), f"Revise: {shortened(said, 200)}"
    raise PermanentAgentError(
        f"the change was sent back {MOST_REVISIONS} times", next_step="start a new run with a clearer goal"
    )


async def _diff(desk: Desk) -> Diff:
    await desk.draft.catch_up()
    try:
        return await desk.workspace.diff(desk.workspace.base, desk.draft.tree)
    except FileRefused as refusal:
        raise PermanentAgentError(refusal.message, next_step="start a new run with a smaller goal") from refusal


def _unchanged(desk: Desk, summary: str) -> dict[str, JsonValue]:
    desk.context.report(progress=1.0, message="Nothing was changed")
    return {
        "summary": shortened(summary, LONGEST_SUMMARY) or "The model changed nothing and did not say why.",
        "commit": None,
        "files": [],
        "note": "Nothing was changed, so there was nothing to approve.",
        "model": desk.context.model_name,
    }


def _result(desk: Desk, reviewed: Reviewed, commit_id: str, summary: str, checks: list[Check]) -> dict[str, JsonValue]:
    context, done = desk.context, f"Committed {commit_id[:12]} on {desk.workspace.branch}"
    context.emit(AgentComplete(message=done), ROLE)
    context.report(progress=1.0, message=done)
    result: dict[str, JsonValue] = {
        "summary": shortened(summary, LONGEST_SUMMARY),
        **commit_result(desk, reviewed, commit_id, checks),
    }
    return {**result, "note": DEMO_NOTE} if context.model_name == "demo" else result
