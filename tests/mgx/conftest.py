"""A team on a real worker and a real database, with a project or with nothing; a person decides."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent_runner.agents.mgx.mgx import MgxAgent
from agent_runner.domain.policy import ProjectPolicy
from agent_runner.llm.demo import DemoModel
from agent_runner.sandbox.level import Level
from agent_runner.sandbox.probe import Probe
from agent_runner.store.approvals import ApprovalRecord, open_questions
from agent_runner.store.artifacts import get_artifact, list_artifacts
from agent_runner.store.database import Database
from agent_runner.store.decisions import Grant, Rejection, grant, reject
from agent_runner.store.projects import create_project
from agent_runner.store.run_queries import RunRecord
from agent_runner.store.runs import rerun
from agent_runner.store.verify import verify
from agent_runner.worker.sandboxes import Sandboxes
from tests.databases import copy_of
from tests.mgx.team_model import TeamModel
from tests.sandboxes import tried_sandboxes
from tests.worker.conftest import House
from tests.workspace.hostile import git, new_repository


class Office:
    """Where the team works; `project` is used by the runs that want one."""

    def __init__(self, house: House, project: Path, sandboxes: Sandboxes) -> None:
        self.house = house
        self.project = project
        self.sandboxes = sandboxes
        self.model: TeamModel | DemoModel = TeamModel()
        self.policy = ProjectPolicy()
        self.max_rounds = 5

    @property
    def holds_well(self) -> bool:
        return self.sandboxes.level is not None and self.sandboxes.level >= Level.L2

    async def queue(self, *, in_project: bool = False, config: dict[str, Any] | None = None, **changes: Any) -> int:
        if in_project:
            created = await self.house.database.write(create_project, "shop", str(self.project), self.policy)
            changes["project_id"] = created.id
        return await self.house.queue(agent="mgx", goal="Greet people", config=json.dumps(config or {}), **changes)

    async def work(self, run_id: int, status: str = "COMPLETED") -> RunRecord:
        """Until the queue is empty, by a worker that was not there before."""
        self.house.model = self.model  # pyright: ignore[reportAttributeAccessIssue] - it converses
        agent = MgxAgent(max_rounds=self.max_rounds)
        await self.house.worker({"mgx": agent.run}, sandboxes=self.sandboxes).drain()
        run = await self.house.run(run_id)
        assert run.status == status, run.error
        return run

    async def rerun(self, run_id: int) -> None:
        await self.house.database.write(rerun, run_id, 1)

    async def result(self, run_id: int) -> dict[str, Any]:
        return json.loads((await self.work(run_id)).result or "")

    async def question(self, run_id: int) -> ApprovalRecord:
        [asked] = (await self.house.database.read(open_questions, [run_id])).values()
        return asked

    async def detail(self, run_id: int) -> dict[str, Any]:
        return json.loads((await self.question(run_id)).question)["detail"]

    async def approve(self, run_id: int) -> ApprovalRecord:
        asked = await self.question(run_id)
        return await self.house.database.write(grant, run_id, Grant(decided_by="ada", diff_sha=asked.diff_sha))

    async def wish(self, run_id: int, comment: str) -> None:
        await self.house.database.write(reject, run_id, Rejection(decided_by="ada", comment=comment, revise=True))

    async def artifacts(self, run_id: int) -> dict[str, str]:
        """By path; with their media type where it is not that of text."""
        found = await self.house.database.read(list_artifacts, run_id)
        read = [await self.house.database.read(get_artifact, run_id, artifact.path) for artifact in found]
        return {
            artifact.path: content.decode() if artifact.media_type.startswith("text/plain") else artifact.media_type
            for artifact, content in read
        }

    async def told(self, run_id: int, *types: str) -> list[tuple[str | None, str]]:
        """(agent_role, event_type) of the events of these types."""
        events = await self.house.events(run_id)
        return [(event["agent_role"], event["event_type"]) for event in events if event["event_type"] in types]

    def git(self, *arguments: str) -> str:
        return git(self.project, *arguments)


def weak_sandboxes(level: Level) -> Sandboxes:
    """As on a machine that holds commands no better."""
    known = Probe(level=level, held=(), failed=(), reason="planned")

    async def find() -> Probe:
        return known

    return Sandboxes("auto", find, known)


@pytest.fixture
def new_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The database makes no difference to the team, and the coder is tried on both."""
    return copy_of(sqlite_template, tmp_path)


@pytest.fixture
async def house(new_url: str) -> AsyncIterator[House]:
    database = await Database.open(new_url)
    yield House(new_url, database)
    assert [violation.sentence for violation in await database.read(verify, idle=False)] == []
    await database.close()


@pytest.fixture
async def office(house: House, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Office:
    sandboxes = await tried_sandboxes(tmp_path_factory.getbasetemp())
    return Office(house, new_repository(tmp_path / "project", {"hello.py": "greet = 0\n"}), sandboxes)
