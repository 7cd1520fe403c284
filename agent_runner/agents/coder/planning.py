"""What to do, in steps that a person can read: made by the model after a look at the project, and approved if asked."""

from typing import Final

from pydantic import JsonValue

from agent_runner.agents.base import Told
from agent_runner.agents.change.desk import Desk
from agent_runner.agents.change.tools import Tools, listed, tool_user
from agent_runner.agents.coder import ROLE
from agent_runner.agents.coder.demo import plan_of_demo
from agent_runner.agents.plan import parse_plan
from agent_runner.agents.prompt import load_prompt, shortened
from agent_runner.agents.tool_loop import Manner, run_agent
from agent_runner.domain.approval import Answer, ApprovalKind, ApprovalStatus, Question
from agent_runner.domain.events import AgentThinking, PlanGenerated
from agent_runner.errors import FileRefused, PermanentAgentError

OVERVIEW_DEPTH: Final = 3
LONGEST_OVERVIEW: Final = 6_000
LONGEST_HOUSE_RULES: Final = 6_000
HOUSE_RULES: Final = "AGENTS.md"
"""Where many projects say how agents should work in them."""
MOST_CALLS: Final = 20
MOST_PLANS: Final = 5
EXPIRED: Final = "start the run again (agent-runner runs retry), and answer in time"


async def plan(desk: Desk) -> tuple[str, list[str]]:
    """The overview of the project that the model was shown, and the steps of the plan."""
    context = desk.context
    context.report(iteration=1, progress=0.05, current_agent=ROLE, message=f"Planning with {context.model_name}")
    context.emit(AgentThinking(message=f"Planning with {context.model_name}"), ROLE)
    overview = await _overview(desk)
    wishes = ""
    for number in range(1, MOST_PLANS + 1):
        steps = await _plan(desk, number, overview, wishes)
        if not (desk.policy.approve_plan or context.policy.approve_plan):
            return overview, steps
        answer = await context.ask(f"approve-plan/{number}", _question(desk, steps))
        if answer.status is ApprovalStatus.GRANTED:
            return overview, steps
        wishes = _wishes(answer)
    raise PermanentAgentError(f"{MOST_PLANS} plans were rejected", next_step="start a new run with a clearer goal")


async def _plan(desk: Desk, number: int, overview: str, wishes: str) -> list[str]:
    prompt = load_prompt("coder-plan").substitute(goal=desk.context.goal, overview=overview, wishes=wishes)
    answer = await run_agent(
        desk.context,
        f"plan/{number}",
        tool_user(ROLE, "coder-plan-system", Tools(desk, ROLE).looking),
        prompt,
        manner=Manner(agent_role=ROLE, most_model_calls=MOST_CALLS, demo=plan_of_demo, heed=desk.heed),
    )
    steps = parse_plan(answer.output, desk.context.goal)

    async def keep() -> JsonValue:
        return list(steps)

    def told(_: JsonValue) -> Told:
        return Told(PlanGenerated(steps=steps), ROLE)

    await desk.context.step(f"planned/{number}", keep, input=list(steps), tells=told)
    return steps


async def _overview(desk: Desk) -> str:
    """A step of its own: a later attempt must show the model the same words."""

    async def look() -> JsonValue:
        await desk.draft.catch_up()
        text = shortened(listed(await desk.files.tree(".", OVERVIEW_DEPTH)), LONGEST_OVERVIEW)
        try:
            rules = await desk.files.read(HOUSE_RULES)
        except FileRefused:
            return text
        return f"{text}\n\nThe project's {HOUSE_RULES}:\n{shortened(rules.text, LONGEST_HOUSE_RULES)}"

    return str(await desk.context.step("overview", look))


def _question(desk: Desk, steps: list[str]) -> Question:
    text = f"Carry out this plan of {len(steps)} steps?" if len(steps) > 1 else "Carry out this plan of one step?"
    return Question(kind=ApprovalKind.PLAN, text=text, detail={"goal": desk.context.goal[:2000], "steps": [*steps]})


def _wishes(answer: Answer) -> str:
    """What the person wants otherwise. A rejection without `revise` never comes here: it has cancelled the run."""
    if answer.status is ApprovalStatus.EXPIRED:
        raise PermanentAgentError("nobody has answered the plan in time", next_step=EXPIRED)
    return f"\nA person has read your last plan and says:\n<wishes>\n{answer.comment}\n</wishes>\n"
