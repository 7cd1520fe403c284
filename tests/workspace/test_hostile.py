"""A repository that plants a program wherever git looks for one runs none of them."""

import asyncio
import os
from pathlib import Path

import pytest

from agent_runner.errors import FileRefused
from agent_runner.workspace.worktree import Workspace, remove
from tests.workspace.conftest import BRANCH
from tests.workspace.hostile import Trap, everything, git, hostile_project, new_repository, write


def test_plain_git_runs_what_is_planted(tmp_path: Path, trap: Trap) -> None:
    project = hostile_project(tmp_path / "project", trap)
    write(project / "src/main.py", "print('changed')\n")
    git(project, "status")
    git(project, "add", "--all")
    git(project, "-c", "commit.gpgSign=false", "commit", "--quiet", "--message", "Second")
    git(project, "diff", "HEAD~1")
    git(project, "checkout", "--quiet", "-b", "other")
    sprung = trap.sprung
    assert {"hook-pre-commit", "hook-reference-transaction", "core.fsmonitor", "diff.evil.command"} <= set(sprung)
    assert [name for name in sprung if name.startswith("filter.evil")] != []
    assert len(sprung) >= 8


async def test_hardened_git_runs_none_of_it(tmp_path: Path, trap: Trap) -> None:
    project = hostile_project(tmp_path / "project", trap)
    write(project / "README.md", "not committed\n")
    before = everything(project)
    workspace = await Workspace.open(project, tmp_path / "attempt", BRANCH)
    assert any("1 uncommitted path" in note for note in workspace.notes)
    write(workspace.path / "src/main.py", "print('changed')\n")
    tree = await workspace.snapshot()
    change = await workspace.delta(workspace.base_tree, tree)
    await workspace.diff(workspace.base, tree)
    resumed = await Workspace.open(project, tmp_path / "attempt-2", BRANCH, base=workspace.base)
    await resumed.restore(resumed.base_tree, (change,), tree)
    await remove(tmp_path / "attempt")
    assert trap.sprung == []
    assert everything(project) == before


async def test_what_is_planted_in_the_workspace_runs_neither(tmp_path: Path, trap: Trap) -> None:
    """A check that the agent runs may write anything there, a whole repository with hooks and monitors too."""
    dependency = new_repository(tmp_path / "dependency", {"a.txt": "a\n"})
    project = new_repository(tmp_path / "project", {"README.md": "# Hello\n"})
    git(project, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(dependency), "sub")
    git(project, "commit", "--quiet", "--message", "Submodule")
    workspace = await Workspace.open(project, tmp_path / "attempt", BRANCH)
    assert workspace.notes == ("submodules stay empty and unchanged: sub",)
    assert await workspace.snapshot() == workspace.base_tree
    for place in (workspace.path / "sub", workspace.path / "new", workspace.path):
        git(place.parent, "init", "--quiet", str(place))
        write(place / "b.txt", "b\n")
        git(place, "add", "b.txt")
        git(place, "commit", "--quiet", "--message", "Planted")
        trap.plant_in(place / ".git")
        with pytest.raises(FileRefused):
            await workspace.snapshot()
        await remove(place / ".git")
    assert trap.sprung == []


async def test_a_submodule_can_be_neither_added_nor_removed(tmp_path: Path) -> None:
    project = new_repository(tmp_path / "project", {"README.md": "# Hello\n"})
    commit = git(project, "rev-parse", "HEAD")
    git(project, "update-index", "--add", "--cacheinfo", f"160000,{commit},sub")
    git(project, "commit", "--quiet", "--message", "Submodule")
    workspace = await Workspace.open(project, tmp_path / "attempt", BRANCH)
    write(workspace.path / "README.md", "changed\n")
    tree = await workspace.snapshot()
    assert [file.path for file in (await workspace.diff(workspace.base, tree)).files] == ["README.md"]
    (workspace.path / "sub").rmdir()
    write(workspace.path / "sub", "a file now\n")
    with pytest.raises(FileRefused, match="submodule"):
        await workspace.snapshot()


async def test_removing_follows_no_link_and_stops_at_no_permission(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write(outside / "kept.txt", "kept\n")
    directory = tmp_path / "attempt"
    write(directory / "deep/er/file.txt", "x")
    (directory / "link").symlink_to(outside)
    (directory / "deep/loop").symlink_to("..")
    os.mkfifo(directory / "pipe")
    (directory / "deep/er").chmod(0)
    (directory / "deep").chmod(0o500)
    outside.chmod(0o700)
    await remove(directory)
    assert not directory.exists()
    assert (outside / "kept.txt").read_text() == "kept\n"
    await remove(directory)
    (tmp_path / "alias").symlink_to(outside)
    await remove(tmp_path / "alias")
    assert (outside / "kept.txt").exists()


async def test_removing_copes_with_any_depth(tmp_path: Path) -> None:
    directory = tmp_path / "attempt"
    directory.mkdir()

    def dig() -> None:
        here = os.open(directory, os.O_RDONLY)
        for _ in range(3000):
            os.mkdir("d" * 50, dir_fd=here)
            below = os.open("d" * 50, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(here)

    await asyncio.to_thread(dig)
    await remove(directory)
    assert not directory.exists()
