"""The whole way on a project of more than a thousand files."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent_runner.workspace.git import Person
from agent_runner.workspace.paths import Whitelist
from agent_runner.workspace.worktree import Workspace, remove
from tests.workspace.conftest import BRANCH
from tests.workspace.hostile import everything, git
from tests.workspace.sdist import source_of_a_real_project


@pytest.mark.timeout(300)
async def test_the_whole_way_on_a_real_project(tmp_path: Path) -> None:
    project = source_of_a_real_project(tmp_path)
    git(project, "init", "--quiet", "--initial-branch=main")
    git(project, "add", "--all", "--force")
    git(project, "commit", "--quiet", "--message", "Import")
    assert len(git(project, "ls-files").splitlines()) > 1000
    before = everything(project)

    workspace = await Workspace.open(project, tmp_path / "attempt", BRANCH)
    assert await workspace.snapshot() == workspace.base_tree
    files = workspace.files(Whitelist(write=("fastapi/", "tests/"), deny=("*.pem",)))
    found = await files.search(r"^class FastAPI\(", is_regex=True, glob="*.py")
    assert [match.path for match in found.matches] == ["fastapi/applications.py"]
    line = found.matches[0].line
    header = (await files.read("fastapi/applications.py", line, line)).text
    await files.edit("fastapi/applications.py", header, f"# A change by an agent.\n{header}")
    await files.create("tests/test_agent.py", "def test_nothing() -> None:\n    pass\n")
    await files.move("fastapi/utils.py", "fastapi/moved.py")
    tree = await workspace.snapshot()
    change = await workspace.delta(workspace.base_tree, tree)
    diff = await workspace.diff(workspace.base, tree)
    assert [(file.path, file.status) for file in diff.files] == [
        ("fastapi/applications.py", "M"),
        ("fastapi/moved.py", "A"),
        ("fastapi/utils.py", "D"),
        ("tests/test_agent.py", "A"),
    ]

    resumed = await Workspace.open(project, tmp_path / "attempt-2", BRANCH, base=workspace.base)
    await resumed.restore(resumed.base_tree, (change,), tree)
    assert everything(resumed.path) == everything(workspace.path)
    assert (await resumed.diff(resumed.base, tree)).sha256 == diff.sha256
    commit = await resumed.publish(
        tree,
        message="Change something",
        trailers={"Run-Id": "1"},
        author=Person(name="agent", email="agent@example.invalid"),
        when=datetime.now(UTC),
    )
    assert git(project, "rev-parse", f"{BRANCH}^{{tree}}", BRANCH).split() == [tree, commit]
    assert (
        git(project, "diff", "--full-index", "--binary", "--no-renames", "main", BRANCH).encode() == diff.text.rstrip()
    )
    await remove(tmp_path / "attempt")
    new = {path for path in everything(project) if not path.startswith((".git/objects", ".git/refs/heads/agent"))}
    assert new == {path for path in before if not path.startswith(".git/objects")}
