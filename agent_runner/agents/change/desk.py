"""What the tools of one attempt work with: an open workspace, and what the run may do in it."""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue

from agent_runner.agents.base import ProjectOfRun, RunContext
from agent_runner.agents.change.commands import Commands
from agent_runner.agents.change.draft import Draft
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
    project: str | None
    """None where the run has none, and its workspace is a scratch."""
    policy: ProjectPolicy


@dataclass(slots=True, kw_only=True)
class Desk:
    """`role`: under whose name the commit is told."""

    context: RunContext
    role: str
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


async def open_desk(context: RunContext, project: ProjectOfRun, role: str, *, checks_role: str | None = None) -> Desk:
    """What the run begins with is a step: a later attempt works on the same files, and is allowed the same.

    `checks_role`: under whose name checks are told, where it is another one.
    """
    place, branch = place_of(context)
    opened: list[Workspace] = []

    async def first() -> JsonValue:
        workspace = await Workspace.open(Path(project.local_path), place, branch)
        opened.append(workspace)
        beginning = Beginning(base=workspace.base, notes=workspace.notes, project=project.name, policy=project.policy)
        return beginning.model_dump(mode="json")

    beginning = Beginning.model_validate(await context.step("open", first))
    if not opened:
        opened.append(await Workspace.open(Path(project.local_path), place, branch, base=beginning.base))
    draft = Draft(opened[0], context.holds_secret)
    return furnished(context, role, beginning, draft, Commands(context, beginning.policy, draft, checks_role or role))


def place_of(context: RunContext) -> tuple[Path, str]:
    """Where the workspace of the attempt lies, and what its branch is called."""
    return context.directory / "workspace", f"agent/run-{context.run_id}"


def furnished(context: RunContext, role: str, beginning: Beginning, draft: Draft, commands: Commands) -> Desk:
    return Desk(
        context=context,
        role=role,
        beginning=beginning,
        draft=draft,
        files=draft.workspace.files(Whitelist.of(beginning.policy, context.policy)),
        commands=commands,
    )
