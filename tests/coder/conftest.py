"""A project under git, a real worker over a real database, and a person who decides."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent_runner.agents.coder.coder import CoderAgent
from agent_runner.domain.policy import ProjectPolicy
from agent_runner.store.approvals import ApprovalRecord, open_questions
from agent_runner.store.database import Database
from agent_runner.store.decisions import Grant, Rejection, grant, reject
from agent_runner.store.projects import create_project
from agent_runner.store.run_queries import RunRecord
from agent_runner.store.verify import verify
from agent_runner.worker.sandboxes import Sandboxes
from tests.coder.coding_model import CodingModel
from tests.sandboxes import tried_sandboxes
from tests.worker.conftest import House
from tests.workspace.hostile import git, new_repository

FILES: dict[str, str | bytes] = {
    "README.md": "# Greetings\n",
    "hello.py": 'def greet(name):\n    return "Hello " + name\n',
    ".gitignore": "build/\n",
}


class Shop:
    """One project, and the runs of the coder in it."""

    def __init__(self, house: House, project: Path, sandboxes: Sandboxes) -> None:
        self.house = house
        self.sandboxes = sandboxes
        self.project = project
        self.model = CodingModel()
        self.policy = ProjectPolicy()
        self.secrets: tuple[str, ...] = ()
        self.project_id = 0

    async def queue(self, **changes: Any) -> int:
        if not self.project_id:
            created = await self.house.database.write(create_project, "shop", str(self.project), self.policy)
            self.project_id = created.id
        given = {"agent": "coder", "goal": "Be friendlier", "project_id": self.project_id}
        return await self.house.queue(**(given | changes))

    async def work(self, run_id: int, status: str) -> RunRecord:
        """Until the queue is empty, by a worker that was not there before."""
        self.house.model = self.model  # pyright: ignore[reportAttributeAccessIssue] - it converses
        worker = self.house.worker({"coder": CoderAgent().run}, secrets=self.secrets, sandboxes=self.sandboxes)
        await worker.drain()
        run = await self.house.run(run_id)
        assert run.status == status, run.error
        return run

    async def question(self, run_id: int) -> ApprovalRecord:
        [asked] = (await self.house.database.read(open_questions, [run_id])).values()
        return asked

    async def detail(self, run_id: int) -> dict[str, Any]:
        return json.loads((await self.question(run_id)).question)["detail"]

    async def approve(self, run_id: int) -> ApprovalRecord:
        asked = await self.question(run_id)
        flags = json.loads(asked.question)["flags"]
        wanted = Grant(decided_by="ada", diff_sha=asked.diff_sha, accept_flags=flags)
        return await self.house.database.write(grant, run_id, wanted)

    async def reject(self, run_id: int, comment: str, *, revise: bool) -> None:
        await self.house.database.write(reject, run_id, Rejection(decided_by="ada", comment=comment, revise=revise))

    async def events(self, run_id: int, event_type: str) -> list[dict[str, Any]]:
        events = await self.house.events(run_id)
        return [event["payload"] for event in events if event["event_type"] == event_type]

    def git(self, *arguments: str) -> str:
        return git(self.project, *arguments)

    def shown(self, run_id: int, path: str) -> str:
        """A file of the commit of the run."""
        return self.git("show", f"agent/run-{run_id}:{path}")

    def branches(self) -> list[str]:
        return self.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()


@pytest.fixture
async def house(new_url: str) -> AsyncIterator[House]:
    database = await Database.open(new_url)
    yield House(new_url, database)
    assert [violation.sentence for violation in await database.read(verify, idle=False)] == []
    await database.close()


@pytest.fixture
async def shop(house: House, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    sandboxes = await tried_sandboxes(tmp_path_factory.getbasetemp())
    return Shop(house, new_repository(tmp_path / "project", FILES), sandboxes)
