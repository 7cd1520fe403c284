"""The company itself: its roles, what they may try, and the rounds that drive it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import parent_model
import patience
from agent_runner_host import Host
from demo import Demo
from idea import whole_idea
from metagpt.actions import prepare_documents
from metagpt.config2 import Config
from metagpt.configs.llm_config import LLMConfig, LLMType
from metagpt.const import METAGPT_ROOT
from metagpt.context import Context
from metagpt.roles import Architect, Engineer, ProductManager, ProjectManager, Role
from metagpt.schema import Document, Message
from metagpt.team import Team
from metagpt.utils.file_repository import FileRepository
from names import Refused, safe_name
from stop import Stop
from story import Story
from texts import package_name
from workspace import Workspace

if TYPE_CHECKING:
    from metagpt.roles import Engineer as AnEngineer
    from metagpt.roles import Role as ARole
else:  # a role of its own would bring Role's empty name and goal along
    AnEngineer = ARole = object


class Told(ARole):
    """Put before one of MetaGPT's roles: tells of its turns, and lets no exception of it get lost."""

    story: ClassVar[Story]

    async def react(self) -> Message:
        role = type(self).__name__
        parent_model.speaking.set(role)
        try:
            reply: Message = await super().react()
        except Exception as error:
            raise patience.failed(role, error) from error
        self.story.turn_ends(role)
        return reply

    async def _act(self) -> Message:
        self.story.turn_begins(type(self).__name__, self.rc.todo.name)
        return await super()._act()


class SafeFiles(AnEngineer):
    """Put before the engineer: what may not be written is dropped before anything is paid for it."""

    story: ClassVar[Story]
    most_files: ClassVar[int]

    def _parse_tasks(self, task_msg: Document) -> list[str]:
        listed: list[str] = super()._parse_tasks(task_msg) or []
        kept: dict[str, None] = {}
        for name in listed:
            try:
                kept[self._allowed(name, kept)] = None
            except Refused as refused:
                self.story.refused("ProjectManager", name, str(refused))
        if not kept:
            raise Stop(
                "the ProjectManager's task list names no file that may be written: fork the run, or use another model",
                permanent=True,
            )
        self.story.planned(list(kept))
        return list(kept)

    def _allowed(self, name: str, others: dict[str, None]) -> str:
        safe = safe_name(name)
        if any(other.startswith(f"{safe}/") or safe.startswith(f"{other}/") for other in others):
            raise Refused("another file of the list has its name as a directory")
        if safe not in others and len(others) >= self.most_files:
            raise Refused(f"there are more than {self.most_files} files, the option `files`")
        return safe


def watched(role: type[Role], *before: type) -> type[Role]:
    """Under the name of the role that it stands for: MetaGPT routes its messages by that."""
    return type(role.__name__, (*before, role), {"__module__": role.__module__, "__qualname__": role.__qualname__})


def context_in(root: Path, package: str) -> Context:
    config = Config(
        llm=LLMConfig(api_type=LLMType.OPENAI, api_key="none", model="parent"),
        workspace={"path": root / "workspace"},
        mermaid={"engine": "none"},
        project_name=package,
    )
    return Context(config=config)


def hired(story: Story, context: Context, options: dict[str, Any]) -> list[Role]:
    Told.story = SafeFiles.story = story
    SafeFiles.most_files = options["files"]
    roles = [watched(role, Told)(context=context) for role in (ProductManager, Architect, ProjectManager)]
    engineer = watched(Engineer, Told, SafeFiles)
    return [*roles, engineer(context=context, use_code_review=options["code_review"])]


async def found(host: Host, root: Path) -> dict[str, Any]:
    """The result of the run. Raises Stop with a sentence when there is none."""
    if root != METAGPT_ROOT:
        raise Stop(f"MetaGPT would write to {METAGPT_ROOT}: unset METAGPT_PROJECT_ROOT", permanent=True)
    start, options = host.start, host.start["options"]
    idea, package = whole_idea(start), package_name(start["goal"])
    is_demo = start["model"] == "demo"
    story = Story(host, package)
    Workspace.story = story
    prepare_documents.GitRepository = Workspace
    FileRepository.new_filename = staticmethod(lambda: "1")  # MetaGPT's is the time
    patience.shorten()
    parent_model.put_in_place(host, Demo(start["goal"]) if is_demo else None)
    team = Team(context=context_in(root, package))
    team.hire(hired(story, team.env.context, options))
    team.run_project(idea)
    rounds = 0
    while rounds < options["rounds"] and not team.env.is_idle:
        rounds += 1
        story.round_begins(rounds)
        await team.env.run()
    if team.env.is_idle and not story.code:
        raise Stop("the Engineer wrote no file: fork the run, or use another model", permanent=True)
    return story.result(start["goal"], rounds, is_demo=is_demo)
