"""Edit, check, repair, and again with what a person wants otherwise; within bounds, whoever makes the change."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from agent_runner.agents.change.commands import Check
from agent_runner.agents.change.desk import Desk
from agent_runner.agents.change.review import Proposal
from agent_runner.agents.prompt import load_prompt, shortened
from agent_runner.domain.events import Executing

MOST_REPAIRS: Final = 3
"""Rounds in a row in which it may mend what the checks say; then a person sees the failing checks."""
PLANNED: Final = 0.2
CHECKED: Final = 0.8


class Maker(Protocol):
    """Who makes the change, in the workspace of the desk and in the journal of its run."""

    async def edit(self, number: int, prompt: str) -> str:
        """Does what the prompt says, and returns the closing words; a later attempt replays what is finished."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """Sentences for the person about the last round."""
        ...


@dataclass(slots=True, kw_only=True)
class Rounds:
    """Where the work stands; rebuilt by replay in every attempt.

    `first` is the prompt of the first round, `what` says to people what it is for. `nothing` is said when it has
    changed nothing; empty where that is an end.
    """

    desk: Desk
    maker: Maker
    first: str
    what: str
    nothing: str = ""
    number: int = 0

    async def propose(self, wishes: str | None) -> Proposal:
        prompt, what = self.first, self.what
        if wishes is not None:
            prompt, what = load_prompt("change-revise").substitute(wishes=wishes), f"Revise: {shortened(wishes, 200)}"
        summary, checks = await self._edit_and_check(prompt, what)
        return Proposal(summary=summary, checks=checks, notes=tuple(self.maker.notes))

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
        """`what` says to people what the round is for."""
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
