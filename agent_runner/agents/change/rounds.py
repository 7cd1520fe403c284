"""Edit, check, repair, ask, revise: until a person approves, and within bounds, whoever makes the change."""

from dataclasses import dataclass
from typing import Final, Protocol

from pydantic import JsonValue

from agent_runner.agents.change.commands import Check
from agent_runner.agents.change.desk import Desk
from agent_runner.agents.change.review import Reviewed, publish, review
from agent_runner.agents.prompt import load_prompt, shortened
from agent_runner.domain.events import AgentComplete, Executing
from agent_runner.errors import FileRefused, PermanentAgentError
from agent_runner.workspace.diff import Diff

MOST_REPAIRS: Final = 3
"""Rounds in a row in which it may mend what the checks say; then a person sees the failing checks."""
MOST_REVISIONS: Final = 10
PLANNED: Final = 0.2
CHECKED: Final = 0.8
LONGEST_SUMMARY: Final = 4_000


class Maker(Protocol):
    """Who makes the change, in the workspace of the desk and in the journal of its run."""

    async def edit(self, number: int, prompt: str) -> str:
        """Does what the prompt says, and returns the closing words; a later attempt replays what is finished."""
        ...


@dataclass(slots=True, kw_only=True)
class Rounds:
    """Where the work stands; rebuilt by replay in every attempt.

    `nothing` is said when the first round has changed nothing; empty where that is an end.
    """

    desk: Desk
    maker: Maker
    nothing: str = ""
    number: int = 0

    async def carry_through(self, prompt: str, what: str) -> dict[str, JsonValue]:
        """From the first round to the commit. `what` says to people what a round is for. Returns the run's result."""
        for number in range(1, MOST_REVISIONS + 1):
            summary, checks = await self._edit_and_check(prompt, what)
            if not self.desk.draft.is_changed:
                return _unchanged(self.desk, summary)
            said = await review(self.desk, number, await _diff(self.desk), summary, checks)
            if isinstance(said, Reviewed):
                return _result(self.desk, said, await publish(self.desk, said), summary, checks)
            prompt, what = load_prompt("change-revise").substitute(wishes=said), f"Revise: {shortened(said, 200)}"
        raise PermanentAgentError(
            f"the change was sent back {MOST_REVISIONS} times", next_step="start a new run with a clearer goal"
        )

    async def _edit_and_check(self, prompt: str, what: str) -> tuple[str, list[Check]]:
        """Lets the maker repair what the checks find, within bounds."""
        summary = await self._edit(prompt, what)
        if self.nothing and not self.desk.draft.is_changed:
            summary = await self._edit(self.nothing, "Nothing is changed yet: ask again")
        checks = await self._check()
        for left in range(MOST_REPAIRS, 0, -1):
            failed = [check for check in checks if not check.ok]
            if not failed:
                break
            output = "\n\n".join(check.shown for check in failed)
            what = f"Repair what the checks found: {'; '.join(check.command for check in failed)}"
            summary = await self._edit(load_prompt("change-repair").substitute(output=output, left=left - 1), what)
            checks = await self._check()
        return summary, checks

    async def _edit(self, prompt: str, what: str) -> str:
        context, role = self.desk.context, self.desk.role
        self.number += 1
        progress = CHECKED - (CHECKED - PLANNED) / self.number
        context.report(iteration=self.number, progress=round(progress, 4), current_agent=role, message=what)
        context.emit(Executing(step=self.number, of=self.number, description=what), role)
        return await self.maker.edit(self.number, prompt)

    async def _check(self) -> list[Check]:
        if not self.desk.draft.is_changed:
            return []
        self.desk.context.report(progress=CHECKED)
        return await self.desk.commands.check(self.number)


async def _diff(desk: Desk) -> Diff:
    await desk.draft.catch_up()
    try:
        return await desk.workspace.diff(desk.workspace.base, desk.draft.tree)
    except FileRefused as refusal:
        raise PermanentAgentError(refusal.message, next_step="start a new run with a smaller goal") from refusal


def _unchanged(desk: Desk, summary: str) -> dict[str, JsonValue]:
    desk.context.report(progress=1.0, message="Nothing was changed")
    return {
        "summary": shortened(summary, LONGEST_SUMMARY) or "Nothing was changed, and nothing was said about why.",
        "commit": None,
        "files": [],
        "note": "Nothing was changed, so there was nothing to approve.",
    }


def _result(desk: Desk, reviewed: Reviewed, commit_id: str, summary: str, checks: list[Check]) -> dict[str, JsonValue]:
    context, workspace = desk.context, desk.workspace
    context.emit(AgentComplete(message=f"Committed {commit_id[:12]} on {workspace.branch}"), desk.role)
    context.report(progress=1.0, message=f"Committed {commit_id[:12]} on {workspace.branch}")
    return {
        "summary": shortened(summary, LONGEST_SUMMARY),
        "commit": commit_id,
        "branch": workspace.branch,
        "base": workspace.base,
        "files": [file.path for file in reviewed.diff.files],
        "checks": [{"command": check.command, "ok": check.ok, "ended": check.ended} for check in checks],
        "approved_by": reviewed.answer and reviewed.answer.decided_by,
        "next": f"git merge {workspace.branch}",
    }
