"""`MGXTeamProvider`: the team of the agent `mgx`, with settings of its own, for Python code beside the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import JsonValue

from agent_runner.errors import InvalidInput
from agent_runner.faces.runner import BackgroundTaskRunner, title_of

AGENT: Final = "mgx"


@dataclass(frozen=True, slots=True, kw_only=True)
class MGXTeam:
    """A team bound to how it is to work. It executes nothing: its tasks are done by workers."""

    runner: BackgroundTaskRunner
    max_revision_rounds: int = 2
    approve_plan: bool = False
    cache: bool = False
    project_id: int | None = None
    budget: Mapping[str, Any] | None = None
    model: str | None = None

    async def submit(self, goal: str, *, title: str | None = None) -> str:
        """Queues a task for the team and returns its id."""
        config = {
            "max_revision_rounds": self.max_revision_rounds,
            "approve_plan": self.approve_plan,
            "cache": self.cache,
        }
        return await self.runner.submit(
            title or title_of(goal),
            goal,
            agent=AGENT,
            config=config,
            project_id=self.project_id,
            budget=self.budget,
            model=self.model,
        )

    async def run(self, goal: str, *, timeout: float | None = None) -> JsonValue:  # noqa: ASYNC109 - as of the runner
        """Queues a task, waits for its end, and returns its final result. Raises what `run_task` raises."""
        return await self.runner.run_task(await self.submit(goal), timeout=timeout)


class MGXTeamProvider:
    """Gives the team. Called, it does so too, so `Depends(provider)` hands a team to a route of FastAPI."""

    def __init__(
        self,
        runner: BackgroundTaskRunner,
        *,
        max_revision_rounds: int = 2,
        approve_plan: bool = False,
        cache: bool = False,
        project_id: int | None = None,
        budget: Mapping[str, Any] | None = None,
        model: str | None = None,
    ) -> None:
        if type(max_revision_rounds) is not int or max_revision_rounds < 0:
            raise InvalidInput(f"max_revision_rounds is {max_revision_rounds!r}: write a whole number from 0")
        self._team: Final = MGXTeam(
            runner=runner,
            max_revision_rounds=max_revision_rounds,
            approve_plan=approve_plan,
            cache=cache,
            project_id=project_id,
            budget=budget,
            model=model,
        )

    def team(self) -> MGXTeam:
        return self._team

    async def __call__(self) -> MGXTeam:
        return self._team
