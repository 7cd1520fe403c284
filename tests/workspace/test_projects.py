"""Every odd project works, or is refused with one sentence and a next step."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent_runner.errors import ProjectUnusable
from agent_runner.workspace import project as projects
from agent_runner.workspace import shadow as shadows
from agent_runner.workspace.git import Person
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


async def test_no_repository_and_no_shadow(tmp_path: Path) -> None:
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


PLAIN: dict[str, str | bytes] = {
    "notes.txt": "one\r\n",
    "src/a.py": "a = 1\n",
    ".gitattributes": "*.txt text eol=lf\n",
    "node_modules/x.js": "x",
    ".env": "KEY=1",
    "nested/repo/.git/HEAD": "ref: refs/heads/main\n",
    "nested/repo/b.txt": "b",
    "large.bin": bytes(2 * 2**20 + 1),
}


async def test_a_project_without_git_is_recorded_elsewhere(tmp_path: Path) -> None:
    plain, shadow = tmp_path / "plain", tmp_path / "shadow"
    for name, content in PLAIN.items():
        write(plain / name, content)
    (plain / "link").symlink_to("/etc/passwd")
    os.mkfifo(plain / "pipe")
    before = everything(plain)
    workspace = await Workspace.open(plain, tmp_path / "attempt", BRANCH, shadow=shadow)
    repository = shadow / "repository.git"
    said = f"{plain} is not a git repository; commits go to {repository}"
    left_out = (
        "not recorded: .env (left out by default), large.bin (2097153 bytes), node_modules (left out by default), "
        "pipe (a FIFO, a socket or a device), nested/repo (a git repository of its own)"
    )
    assert workspace.notes == (said, left_out)
    assert sorted(everything(workspace.path)) == [".gitattributes", "link", "notes.txt", "src", "src/a.py"]
    assert git(repository, "--git-dir=.", "cat-file", "blob", f"{workspace.base}:notes.txt") == "one"

    again = await Workspace.open(plain, tmp_path / "attempt-2", BRANCH, shadow=shadow)
    assert again.base == workspace.base
    write(plain / "src/a.py", "a = 2\n")
    moved_on = await Workspace.open(plain, tmp_path / "attempt-3", BRANCH, shadow=shadow)
    assert moved_on.base != workspace.base
    resumed = await Workspace.open(plain, tmp_path / "attempt-4", BRANCH, shadow=shadow, base=workspace.base)
    assert resumed.base_tree == workspace.base_tree
    write(plain / "src/a.py", "a = 1\n")

    write(resumed.path / "src/a.py", "a = 3\n")
    tree = await resumed.snapshot()
    assert [file.path for file in (await resumed.diff(resumed.base, tree)).files] == ["src/a.py"]
    person = Person(name="agent", email="agent@example.invalid")
    commit = await resumed.publish(tree, message="m", trailers={"Run-Id": "1"}, author=person, when=datetime.now(UTC))
    assert git(repository, "--git-dir=.", "rev-parse", BRANCH) == commit
    after = everything(plain)
    assert after == before


async def test_a_project_too_large_to_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shadows, "MOST_FILES", 3)
    for number in range(4):
        write(tmp_path / f"plain/{number}.txt", "x")
    with pytest.raises(ProjectUnusable, match="too large to record") as refused:
        await Workspace.open(tmp_path / "plain", tmp_path / "attempt", BRANCH, shadow=tmp_path / "shadow")
    assert refused.value.next_step


async def test_a_project_of_which_something_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root reads everything: the directory that vanishes while it is looked at stands for one that may not be read."""
    write(tmp_path / "plain/closed/a.txt", "a")

    def vanishing(entry: "os.DirEntry[bytes]", _found: os.stat_result) -> str:
        shutil.rmtree(entry.path, ignore_errors=True)
        return ""

    monkeypatch.setattr(shadows, "_why_left_out", vanishing)
    with pytest.raises(ProjectUnusable, match=r"cannot be recorded: No such file or directory: .*closed"):
        await Workspace.open(tmp_path / "plain", tmp_path / "attempt", BRANCH, shadow=tmp_path / "shadow")


async def test_an_empty_directory_can_be_worked_in(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    workspace = await Workspace.open(tmp_path / "plain", tmp_path / "attempt", BRANCH, shadow=tmp_path / "shadow")
    write(workspace.path / "a.txt", "a")
    assert [file.path for file in (await workspace.diff(workspace.base, await workspace.snapshot())).files] == ["a.txt"]
