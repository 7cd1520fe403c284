"""What to do, in steps that a person can read: made by the model after a look at the project, and approved if asked."""

from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from agent_runner.agents.base import Told
from agent_runner.agents.change.desk import Desk
from agent_runner.agents.change.shown import listed
from agent_runner.agents.change.tools import Tools, tool_user
from agent_runner.agents.manner import Manner
from agent_runner.agents.plan import parse_plan
from agent_runner.agents.prompt import load_prompt, shortened
from agent_runner.agents.tool_loop import run_agent
from agent_runner.domain.approval import Answer, ApprovalKind, ApprovalStatus, Question
from agent_runner.domain.events import AgentThinking, PlanGenerated
from agent_runner.errors import FileRefused, PermanentAgentError
from agent_runner.llm.conversation import DemoScript

OVERVIEW_DEPTH: Final = 3
LONGEST_OVERVIEW: Final = 6_000
LONGEST_HOUSE_RULES: Final = 6_000
HOUSE_RULES: Final = "AGENTS.md"
"""Where many projects say how agents should work in them."""
NO_PROJECT: Final = "There is no project: the directory is empty, and the work begins with nothing."
MOST_CALLS: Final = 20
MOST_PLANS: Final = 5
EXPIRED: Final = "start the run again (agent-runner runs retry), and answer in time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Who plans. `KEY/1` is the key of the first plan's conversation; `instructions` a prompt file."""

    role: str
    key: str
    instructions: str
    demo: DemoScript
    must_ask: bool = False
    """Whether the run itself wants its plan approved, whatever its project says."""


async def plan(desk: Desk, planner: Planner) -> tuple[str, list[str]]:
    """The overview of the project that the model was shown, and the steps of the plan."""
    context, message = desk.context, f"Planning with {desk.context.model_name}"
    context.report(iteration=1, progress=0.05, current_agent=planner.role, message=message)
    context.emit(AgentThinking(message=message), planner.role)
    must_ask = desk.policy.approve_plan or context.policy.approve_plan or planner.must_ask
    overview = await _overview(desk)
    wishes = ""
    for number in range(1, MOST_PLANS + 1):
        steps = await _plan(desk, planner, number, overview, wishes)
        if not must_ask:
            return overview, steps
        answer = await context.ask(f"approve-plan/{number}", _question(desk, steps))
        if answer.status is ApprovalStatus.GRANTED:
            return overview, steps
        wishes = _wishes(answer)
    raise PermanentAgentError(f"{MOST_PLANS} plans were rejected", next_step="start a new run with a clearer goal")


async def _plan(desk: Desk, planner: Planner, number: int, overview: str, wishes: str) -> list[str]:
    prompt, role = load_prompt("change-plan"), planner.role
    answer = await run_agent(
        desk.context,
        f"{planner.key}/{number}",
        tool_user(role, planner.instructions, Tools(desk, role).looking),
        prompt.substitute(goal=desk.context.goal, overview=overview, wishes=wishes),
        manner=Manner(agent_role=role, most_model_calls=MOST_CALLS, demo=planner.demo, heed=desk.heed),
    )
    steps = parse_plan(answer.output, desk.context.goal)

    async def keep() -> JsonValue:
        return list(steps)

    def told(_: JsonValue) -> Told:
        return Told(PlanGenerated(steps=steps), role)

    await desk.context.step(f"planned/{number}", keep, input=list(steps), tells=told, derived=True)
    return steps


async def _overview(desk: Desk) -> str:
    """A step of its own: a later attempt must show the model the same words."""
    if desk.beginning.project is None:
        return NO_PROJECT

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
