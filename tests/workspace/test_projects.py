"""Every odd project works, or is refused with one sentence and a next step."""

import os
from pathlib import Path

import pytest

from agent_runner.errors import ProjectUnusable
from agent_runner.workspace import project as projects
from agent_runner.workspace.worktree import Workspace
from tests.workspace.conftest import BRANCH
from tests.workspace.hostile import everything, git, write


async def refusal(project: Path, tmp_path: Path, *, base: str | None = None) -> ProjectUnusable:
    with pytest.raises(ProjectUnusable) as refused:
        await Workspace.open(project, tmp_path / "attempt", BRANCH, base=base)
    assert refused.value.next_step
    assert "\n" not in refused.value.message
    assert not (tmp_path / "attempt").exists()
    return refused.value


async def test_a_missing_project(tmp_path: Path) -> None:
    assert "does not exist" in (await refusal(tmp_path / "missing", tmp_path)).message
    (tmp_path / "loop").symlink_to("loop")
    assert "does not exist" in (await refusal(tmp_path / "loop", tmp_path)).message


async def test_a_file(tmp_path: Path) -> None:
    write(tmp_path / "file", "x")
    assert "is a file" in (await refusal(tmp_path / "file", tmp_path)).message


async def test_a_project_without_git(tmp_path: Path) -> None:
    write(tmp_path / "plain/a.txt", "a")
    assert "is not a git repository" in (await refusal(tmp_path / "plain", tmp_path)).message


async def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "empty")
    assert "has no commit yet" in (await refusal(tmp_path / "empty", tmp_path)).message


@pytest.mark.parametrize("damage", ["no HEAD", "config", "pointer", "format", "object"])
async def test_a_damaged_repository(damage: str, project: Path, tmp_path: Path) -> None:
    match damage:
        case "no HEAD":
            (project / ".git/HEAD").unlink()
        case "config":
            write(project / ".git/config", "[core\n")
        case "pointer":
            (project / ".git").rename(project / "moved")
            write(project / ".git", "gitdir: /nonexistent\n")
        case "format":
            git(project, "config", "core.repositoryFormatVersion", "99")
        case _:
            write(project / ".git/refs/heads/main", "0123456789" * 4 + "\n")
    message = (await refusal(project, tmp_path)).message
    assert "cannot read" in message or "has no commit" in message


async def test_a_folder_inside_a_repository(project: Path, tmp_path: Path) -> None:
    error = await refusal(project / "src", tmp_path)
    assert "is a folder inside the git repository" in error.message
    assert str(error.next_step).endswith("allow the paths below src/")


@pytest.mark.parametrize("base", ["0" * 40, "main", "--help", "HEAD", ""])
async def test_a_base_that_is_no_commit_of_it(base: str, project: Path, tmp_path: Path) -> None:
    assert "has no commit" in (await refusal(project, tmp_path, base=base)).message


async def test_a_repository_of_somebody_else(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = os.geteuid()
    monkeypatch.setattr(projects.os, "geteuid", lambda: own + 1)
    assert f"belongs to the user with number {own}" in (await refusal(project, tmp_path)).message


async def test_a_dirty_checkout_is_said_and_not_taken(project: Path, tmp_path: Path) -> None:
    write(project / "README.md", "not committed\n")
    write(project / "src/main.py", "staged\n")
    git(project, "add", "src/main.py")
    write(project / "untracked.txt", "new\n")
    write(project / "ignored.log", "noise\n")
    before = everything(project)
    workspace = await Workspace.open(project, tmp_path / "attempt", BRANCH)
    assert workspace.notes == (f"{project} has 3 uncommitted paths; they are neither taken nor touched",)
    assert await workspace.snapshot() == workspace.base_tree
    assert everything(project) == before


async def test_a_project_reached_by_a_link(project: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(project)
    assert (await Workspace.open(tmp_path / "alias", tmp_path / "attempt", BRANCH)).notes == ()
