"""What the tools of one attempt work with."""

from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.agents.coder.commands import Commands
from agent_runner.agents.coder.draft import Draft
from agent_runner.domain.policy import ProjectPolicy
from agent_runner.workspace.files import Files
from agent_runner.workspace.paths import Whitelist
from agent_runner.workspace.worktree import Workspace


class Beginning(BaseModel):
    """What a run begins with and keeps, whatever becomes of the project meanwhile."""

    model_config = ConfigDict(frozen=True)

    base: str
    """The commit."""
    notes: tuple[str, ...]
    """What the user should know of how the project was taken."""
    project: str
    policy: ProjectPolicy


@dataclass(slots=True, kw_only=True)
class Desk:
    context: RunContext
    beginning: Beginning
    draft: Draft
    files: Files
    commands: Commands
    questions: int = field(default=0)
    """How many a person was asked by the model."""

    @property
    def policy(self) -> ProjectPolicy:
        return self.beginning.policy

    @property
    def workspace(self) -> Workspace:
        return self.draft.workspace

    def heed(self, told: JsonValue) -> None:
        """What a finished tool call left in the journal beside its answer."""
        match told:
            case {"question": int(number)}:
                self.questions = max(self.questions, number)
            case _:
                self.draft.heed(told)


def open_desk(context: RunContext, beginning: Beginning, workspace: Workspace) -> Desk:
    draft, policy = Draft(workspace, context.holds_secret), beginning.policy
    return Desk(
        context=context,
        beginning=beginning,
        draft=draft,
        files=workspace.files(Whitelist.of(policy, context.policy)),
        commands=Commands(context, policy, draft),
    )
