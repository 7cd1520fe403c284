"""What a host makes for a project: a diff, a person, one commit; and another round where they want it otherwise."""

import json
from pathlib import Path

import pytest

from agent_runner.domain.policy import ProjectPolicy
from agent_runner.store.approvals import ApprovalRecord, open_questions
from agent_runner.store.decisions import Grant, Rejection, grant, reject
from agent_runner.store.projects import create_project
from tests.hosts.stage import BY_HAND, Stage, result_of
from tests.workspace.hostile import git, new_repository

WRITES = """
start = begin()
text = model(1, "write, " + ", ".join(start["wishes"]))["text"]
model(2, "and again")
say(type="artifact", path="code/new.py", text=text, project_path="src/new.py")
say(type="artifact", path="notes.txt", text="not for the project")
if start["round"] == 1:
    say(type="artifact", path="code/old.py", text="of the first round", project_path="src/old.py")
for path in ("../outside.py", "/abs.py", ".git/hooks/post-commit", "a/../../b.py"):
    say(type="artifact", path=f"bad/{abs(hash(path))}", text="x", project_path=path)
result(summary="Add what was wanted", round=start["round"], project=start["project"])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return new_repository(tmp_path / "project", {"README.md": "# Here\n"})


async def question(stage: Stage, run_id: int) -> ApprovalRecord:
    [asked] = (await stage.house.database.read(open_questions, [run_id])).values()
    return asked


async def queue(stage: Stage, project: Path, policy: ProjectPolicy | None = None) -> int:
    created = await stage.house.database.write(create_project, "shop", str(project), policy or ProjectPolicy())
    return await stage.house.queue(agent="host:test", project_id=created.id)


async def test_a_person_approves_what_a_host_made_and_it_is_committed_once(stage: Stage, project: Path) -> None:
    host = stage.host(BY_HAND + WRITES)
    run_id = await queue(stage, project)
    await stage.worker(host).drain()
    asked = await question(stage, run_id)
    detail = json.loads(asked.question)["detail"]
    assert [file["path"] for file in detail["files"]] == ["src/new.py", "src/old.py"]
    await stage.house.database.write(
        reject, run_id, Rejection(decided_by="ada", comment="shorter, please", revise=True)
    )
    await stage.worker(host).drain()
    second = await question(stage, run_id)
    assert [file["path"] for file in json.loads(second.question)["detail"]["files"]] == ["src/new.py"]
    await stage.house.database.write(grant, run_id, Grant(decided_by="ada", diff_sha=second.diff_sha))
    await stage.worker(host).drain()
    run = await stage.house.run(run_id)
    assert run.status == "COMPLETED", run.error
    result = result_of(run)
    assert (result["round"], result["project"], result["approved_by"]) == (2, "shop", "ada")
    assert len(detail["notes"]) == 4
    assert len(await stage.payloads(run_id, "ERROR")) == 8, "each is told, in both rounds"
    branch = f"agent/run-{run_id}"
    assert git(project, "rev-list", f"main..{branch}") == result["commit"]
    assert git(project, "show", f"{branch}:src/new.py") == "WRITE, SHORTER, PLEASE"
    assert git(project, "log", "-1", "--format=%s", branch) == "Add what was wanted"
    assert stage.model.asked == {"write, ": 1, "write, shorter, please": 1, "and again": 2}


async def test_without_a_project_the_files_are_artifacts_only(stage: Stage) -> None:
    run = await stage.work(stage.host(BY_HAND + WRITES))
    assert result_of(run) == {"summary": "Add what was wanted", "round": 1, "project": None}


async def test_a_project_that_allows_nothing_of_it_gets_nothing(stage: Stage, project: Path) -> None:
    policy = ProjectPolicy.model_validate({"allowed_paths": {"write": ["docs/"]}})
    run_id = await queue(stage, project, policy)
    await stage.worker(stage.host(BY_HAND + WRITES)).drain()
    run = await stage.house.run(run_id)
    assert run.status == "COMPLETED", run.error
    assert (result_of(run)["commit"], result_of(run)["files"]) == (None, [])
    assert len(await stage.payloads(run_id, "ERROR")) == 6
