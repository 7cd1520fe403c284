"""The rounds of the team, from the workspace to the result."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import BaseModel, ConfigDict, JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.agents.change.commands import Check
from agent_runner.agents.change.demo import plan_of_demo, work_of_demo
from agent_runner.agents.change.desk import Desk, open_desk
from agent_runner.agents.change.outcome import bring_in, diff_of
from agent_runner.agents.change.planning import Planner, plan
from agent_runner.agents.change.review import Proposal
from agent_runner.agents.change.scratch import open_scratch
from agent_runner.agents.mgx import ENGINEER, LEADER, TESTER
from agent_runner.agents.mgx import demo as of_demo
from agent_runner.agents.mgx.deliver import deliver
from agent_runner.agents.mgx.options import Options
from agent_runner.agents.mgx.roles import Worker, ends, reviewed
from agent_runner.agents.mgx.verdict import Verdict
from agent_runner.agents.prompt import load_prompt, shortened
from agent_runner.llm.conversation import DemoScript

LONGEST_DIFF: Final = 24_000
"""Characters of the diff that the reviewer is shown; it can read the files."""
LONGEST_CHECKS: Final = 24_000
NOTHING_RUN: Final = "Nothing was run: the project allows no checks and no commands."


class Bounds(BaseModel):
    """How long the team goes on by itself; what a run begins with holds for all of its attempts."""

    model_config = ConfigDict(frozen=True)

    rounds: int
    revisions: int


@dataclass(slots=True, kw_only=True)
class Team:
    """Where the work stands; rebuilt by replay in every attempt."""

    desk: Desk
    bounds: Bounds
    overview: str
    steps: list[str]
    engineer: Worker
    tester: Worker
    number: int = 0
    sent_back: int = 0
    summary: str = ""
    verdict: Verdict | None = None
    checks: list[Check] = field(default_factory=list[Check])

    async def propose(self, wishes: str | None) -> Proposal:
        """Rounds until the reviewer accepts, or may not send back any more; at least one."""
        what = "A person wants it otherwise" if wishes else "Carrying out the plan"
        verdict = await self._round(wishes, what)
        while not verdict.accepts and self._may_go_on:
            self.sent_back += 1
            verdict = await self._round(as_list(verdict.findings), "Mending what the reviewer has found")
        self.verdict = verdict
        words = (verdict.summary, *verdict.findings)
        return Proposal(
            summary=self.summary,
            checks=self.checks,
            notes=(*self._not_run, *(f"The reviewer says: {each}" for each in words if verdict.accepts)),
            objections=() if verdict.accepts else (self.not_accepted, *words[1:]),
        )

    @property
    def not_accepted(self) -> str:
        assert self.verdict is not None, "there was at least one round"
        rounds = "1 round" if self.number == 1 else f"{self.number} rounds"
        return f"The reviewer has not accepted the work after {rounds}: {self.verdict.summary}"

    @property
    def told(self) -> dict[str, JsonValue]:
        """What the result says of the team."""
        assert self.verdict is not None, "there was at least one round"
        told: dict[str, JsonValue] = {
            "accepted": self.verdict.accepts,
            "rounds": self.number,
            "plan": [*self.steps],
            "review": {"summary": self.verdict.summary, "findings": [*self.verdict.findings]},
            "notes": [*self.desk.beginning.notes, *self._not_run],
        }
        return told if self.verdict.accepts else told | {"warning": self.not_accepted}

    @property
    def _may_go_on(self) -> bool:
        return self.number < self.bounds.rounds and self.sent_back < self.bounds.revisions

    @property
    def _not_run(self) -> tuple[str, ...]:
        is_silent = self.desk.beginning.project is not None and not self.desk.commands.allowed
        return (NOTHING_RUN,) if is_silent else ()

    async def _round(self, wishes: str | None, what: str) -> Verdict:
        self.number += 1
        again = "" if self.number == 1 else "-again"
        facts = {
            "goal": self.desk.context.goal,
            "overview": self.overview,
            "plan": as_list(self.steps),
            "commands": "\n".join(f"- {line}" for line in self.desk.commands.allowed) or "none",
            "wishes": wishes or "none",
        }
        prompt = load_prompt(f"mgx-engineer{again}").substitute(facts)
        self.summary = await self.engineer.turn(self.number, prompt, what)
        facts["engineer"] = self.summary or "(said nothing)"
        prompt = load_prompt(f"mgx-tester{again}").substitute(facts)
        facts["tester"] = await self.tester.turn(self.number, prompt, "Testing") or "(said nothing)"
        self.checks = await self.desk.commands.check(self.number) if self.desk.draft.is_changed else []
        worst_first = sorted(self.checks, key=lambda check: check.ok)
        facts["checks"] = (
            shortened("\n\n".join(check.shown for check in worst_first), LONGEST_CHECKS) or "none were run"
        )
        facts["diff"] = await self._diff()
        return await reviewed(self.desk, self.number, load_prompt("mgx-reviewer").substitute(facts))

    async def _diff(self) -> str:
        """A step, so that a later attempt need not build the workspace of a round that is over."""

        async def look() -> JsonValue:
            if not self.desk.draft.is_changed:
                return "(nothing was changed)"
            return shortened((await diff_of(self.desk)).text.decode("utf-8", "replace"), LONGEST_DIFF)

        given: JsonValue = {"tree": self.desk.draft.tree}
        return str(await self.desk.context.step(f"diff/{self.number}", look, input=given))


async def work(context: RunContext, options: Options, max_rounds: int) -> dict[str, JsonValue]:
    """Returns the run's result."""

    async def begin() -> JsonValue:
        return Bounds(rounds=max_rounds, revisions=options.max_revision_rounds).model_dump()

    bounds = Bounds.model_validate(await context.step("bounds", begin))
    if context.project is not None:
        desk = await open_desk(context, context.project, LEADER, checks_role=TESTER)
        team = await _planned(desk, bounds, options, plan_of_demo, work_of_demo)
        return {**await bring_in(desk, team.propose), **team.told}
    desk = await open_scratch(context, LEADER, checks_role=TESTER)
    team = await _planned(desk, bounds, options, of_demo.plan_of_demo, of_demo.engineer_of_demo)
    return {**await deliver(desk, await team.propose(None)), **team.told}


async def _planned(
    desk: Desk, bounds: Bounds, options: Options, leader_demo: DemoScript, engineer_demo: DemoScript
) -> Team:
    """The team with a plan. The demos are what the demo model does in the place of these two."""
    instructions = "mgx-leader-system"
    planner = Planner(
        role=LEADER, key=LEADER, instructions=instructions, demo=leader_demo, must_ask=options.approve_plan
    )
    overview, steps = await plan(desk, planner)
    await ends(desk, LEADER, LEADER, as_list(steps))
    return Team(
        desk=desk,
        bounds=bounds,
        overview=overview,
        steps=steps,
        engineer=Worker(desk=desk, role=ENGINEER, demo=engineer_demo),
        tester=Worker(desk=desk, role=TESTER, demo=of_demo.tester_of_demo),
    )


def as_list(lines: Sequence[str]) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, start=1))
