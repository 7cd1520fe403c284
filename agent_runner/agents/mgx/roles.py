"""The turns of the roles: who begins, who has said what, and each under a name and keys of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue
from pydantic_ai import Agent, ModelMessage

from agent_runner.agents.base import Told
from agent_runner.agents.change.desk import Desk
from agent_runner.agents.change.tools import RETRIES, Tools, tool_user
from agent_runner.agents.manner import Manner
from agent_runner.agents.mgx import ENGINEER, REVIEWER, TESTER
from agent_runner.agents.mgx.demo import review_of_demo
from agent_runner.agents.mgx.verdict import Verdict
from agent_runner.agents.prompt import load_prompt, shortened
from agent_runner.agents.tool_loop import run_agent
from agent_runner.domain.events import AgentComplete, AgentStart, Message
from agent_runner.llm.conversation import DemoScript
from agent_runner.llm.thoughts import without_thoughts

TURNS: Final = (ENGINEER, TESTER, REVIEWER)
PLANNED: Final = 0.15
DONE: Final = 0.85
LONGEST_MESSAGE: Final = 8_000
LONGEST_LINE: Final = 200


@dataclass(slots=True, kw_only=True)
class Worker:
    """Writes with all tools; remembers the earlier rounds."""

    desk: Desk
    role: str
    demo: DemoScript
    history: list[ModelMessage] = field(default_factory=list[ModelMessage])

    async def turn(self, round_number: int, prompt: str, what: str) -> str:
        """Its closing words. `what` says to people what the turn is for."""
        begins(self.desk, self.role, round_number, what)
        key, tools = f"{self.role}/{round_number}", Tools(self.desk, self.role).all
        agent = tool_user(self.role, f"mgx-{self.role}-system", tools)
        manner = Manner(agent_role=self.role, demo=self.demo, heed=self.desk.heed)
        done = await run_agent(self.desk.context, key, agent, prompt, history=self.history, manner=manner)
        self.history = done.all_messages()
        words = without_thoughts(done.output).strip()
        await ends(self.desk, self.role, key, words)
        return words


async def reviewed(desk: Desk, round_number: int, prompt: str) -> Verdict:
    """The verdict on one round, by a reviewer who remembers nothing and can look at everything."""
    begins(desk, REVIEWER, round_number, f"Reviewing round {round_number}")
    key = f"{REVIEWER}/{round_number}"
    agent = Agent(
        name=REVIEWER,
        output_type=Verdict,
        instructions=load_prompt("mgx-reviewer-system").template,
        tools=Tools(desk, REVIEWER).reading,
        retries=RETRIES,
    )
    manner = Manner(agent_role=REVIEWER, demo=review_of_demo, heed=desk.heed)
    verdict = (await run_agent(desk.context, key, agent, prompt, manner=manner)).output
    decided = "Accepted" if verdict.accepts else "Sent back"
    await ends(desk, REVIEWER, key, "\n- ".join([f"{decided}: {verdict.summary}", *verdict.findings]))
    return verdict


def begins(desk: Desk, role: str, round_number: int, what: str) -> None:
    done = DONE - (DONE - PLANNED) / (3 * round_number - 2 + TURNS.index(role))
    desk.context.report(iteration=round_number, progress=round(done, 4), current_agent=role, message=what)
    desk.context.emit(AgentStart(message=what), role)


async def ends(desk: Desk, role: str, key: str, words: str) -> None:
    """A step, so that what the role has said is told once, however often the run is resumed here."""
    said = shortened(words, LONGEST_MESSAGE) or "(said nothing)"
    line = shortened(said.splitlines()[0], LONGEST_LINE)

    async def keep() -> JsonValue:
        return said

    def told(_: JsonValue) -> Sequence[Told]:
        return [Told(Message(content=said), role), Told(AgentComplete(message=line), role)]

    await desk.context.step(f"{key}/said", keep, input=said, tells=told, derived=True)
