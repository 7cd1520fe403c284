"""From an approved tree to one commit on the run's branch, whatever happens on the way."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent_runner.errors import BranchMoved, GitFailed
from agent_runner.workspace import commit as commits
from agent_runner.workspace.commit import full_message, trailer
from agent_runner.workspace.git import Person, Repository
from agent_runner.workspace.worktree import Workspace
from tests.workspace.conftest import BRANCH
from tests.workspace.hostile import Trap, everything, git, hostile_project, write

WHEN = datetime(2026, 11, 21, 12, 0, 0, 999_999, tzinfo=UTC)
TRAILERS = {"Run-Id": "1", "Approval-Id": "7", "Approved-By": "Ann \u202e<ann>\nRun-Id: 2", "Diff-Sha256": "ab" * 32}
AUTHOR = Person(name="agent-runner <x>\n", email="agent@example.invalid")


async def publish(workspace: Workspace, tree: str, message: str = "Answer 2\n\nAs asked.") -> str:
    return await workspace.publish(tree, message=message, trailers=TRAILERS, author=AUTHOR, when=WHEN)


async def changed(workspace: Workspace) -> str:
    write(workspace.path / "src/main.py", "def main():\n    return 2\n")
    write(workspace.path / "new/file.txt", "new\n")
    (workspace.path / "src/data.bin").unlink()
    return await workspace.snapshot()


def outside_of_the_branch(project: Path) -> dict[str, Any]:
    added = (".git/objects", ".git/refs/heads/agent")
    return {path: what for path, what in everything(project).items() if not path.startswith(added)}


async def test_the_commit_holds_exactly_the_approved_tree(workspace: Workspace, project: Path) -> None:
    tree = await changed(workspace)
    before = outside_of_the_branch(project)
    write(workspace.path / "later.txt", "not approved\n")
    commit = await publish(workspace, tree)
    assert git(project, "rev-parse", BRANCH, f"{BRANCH}^{{tree}}", f"{BRANCH}^").split() == [
        commit,
        tree,
        workspace.base,
    ]
    assert git(project, "log", "-1", "--format=%an %ae %aI %cn %cI", BRANCH) == (
        "agent-runner  x agent@example.invalid 2026-11-21T12:00:00+00:00 agent-runner  x 2026-11-21T12:00:00+00:00"
    )
    assert git(project, "log", "-1", "--format=%(trailers:key=Run-Id,valueonly)", BRANCH) == "1"
    assert git(project, "log", "-1", "--format=%s", BRANCH) == "Answer 2"
    assert outside_of_the_branch(project) == before
    assert git(project, "fsck", "--full", "--strict") == ""
    assert git(project, "status", "--porcelain") == ""


async def test_the_user_can_merge_it_with_plain_git(workspace: Workspace, project: Path) -> None:
    await publish(workspace, await changed(workspace))
    git(project, "merge", "--quiet", "--ff-only", BRANCH)
    assert (project / "new/file.txt").read_text() == "new\n"


async def test_nothing_planted_runs_while_publishing(tmp_path: Path, trap: Trap) -> None:
    project = hostile_project(tmp_path / "project", trap)
    workspace = await Workspace.open(project, tmp_path / "attempt", BRANCH)
    write(workspace.path / "new.txt", "new\n")
    before = outside_of_the_branch(project)
    tree = await workspace.snapshot()
    assert await publish(workspace, tree) == await publish(workspace, tree)
    assert trap.sprung == []
    assert outside_of_the_branch(project) == before


class Crash(BaseException):
    """The process ends here."""


def crashing(original: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
    def crash(*arguments: Any, **named: Any) -> Any:
        if after:
            original(*arguments, **named)
        raise Crash

    return crash


def half_of_the_objects(own: Repository, target: Repository, commit: str, _base: str) -> None:
    blob = own.run("cat-file", "blob", f"{commit}:new/file.txt")
    target.run("hash-object", "-w", "--stdin", standard_input=blob)
    raise Crash


CRASHES = {
    "before commit-tree": ("make_commit", False),
    "after commit-tree": ("make_commit", True),
    "before the objects": ("bring_objects", False),
    "after the objects": ("bring_objects", True),
    "before update-ref": ("_point", False),
    "after update-ref": ("_point", True),
}


@pytest.mark.parametrize("point", [*CRASHES, "within the objects"])
async def test_a_crash_at_any_point_ends_in_the_same_one_commit(
    point: str, workspace: Workspace, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = await changed(workspace)
    change = await workspace.delta(workspace.base_tree, tree)
    with monkeypatch.context() as patched:
        if point in CRASHES:
            name, after = CRASHES[point]
            patched.setattr(commits, name, crashing(getattr(commits, name), after=after))
        else:
            patched.setattr(commits, "bring_objects", half_of_the_objects)
        with pytest.raises(Crash):
            await publish(workspace, tree)
    published = git(project, "for-each-ref", "--format=%(objectname)", "refs/heads/agent")
    resumed = await Workspace.open(project, tmp_path / "attempt-2", BRANCH, base=workspace.base)
    await resumed.restore(resumed.base_tree, (change,), tree)
    commit = await publish(resumed, tree)
    assert published in {"", commit}
    assert (published != "") is (point == "after update-ref")
    assert git(project, "rev-list", f"{workspace.base}..{BRANCH}").split() == [commit]
    assert git(project, "rev-parse", f"{BRANCH}^{{tree}}") == tree
    assert git(project, "fsck", "--full", "--strict") == ""


async def test_two_publishers_at_once_make_one_commit(workspace: Workspace, project: Path, tmp_path: Path) -> None:
    other = await Workspace.open(project, tmp_path / "attempt-2", BRANCH)
    trees = [await changed(workspace), await changed(other)]
    made = await asyncio.gather(publish(workspace, trees[0]), publish(other, trees[1]))
    assert made[0] == made[1] == git(project, "rev-parse", BRANCH)


async def test_a_branch_that_somebody_moved_is_left_alone(workspace: Workspace, project: Path) -> None:
    tree = await changed(workspace)
    foreign = git(project, "commit-tree", "-p", "HEAD", "-m", "Mine\n\nRun-Id: 1\n\nNo trailer", "HEAD^{tree}")
    git(project, "branch", BRANCH, foreign)
    with pytest.raises(BranchMoved, match=f"{BRANCH} was moved to {foreign[:12]}"):
        await publish(workspace, tree)
    assert git(project, "rev-parse", BRANCH) == foreign


async def test_a_branch_that_is_moved_at_the_last_moment_is_left_alone(
    workspace: Workspace, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = await changed(workspace)
    foreign = git(project, "commit-tree", "-p", "HEAD", "-m", "Mine", "HEAD^{tree}")
    original = commits.bring_objects

    def moved_meanwhile(own: Repository, target: Repository, commit: str, base: str) -> None:
        original(own, target, commit, base)
        git(project, "branch", BRANCH, foreign)

    monkeypatch.setattr(commits, "bring_objects", moved_meanwhile)
    with pytest.raises(BranchMoved):
        await publish(workspace, tree)
    assert git(project, "rev-parse", BRANCH) == foreign


async def test_another_tree_under_the_name_of_the_run_is_no_commit_of_it(workspace: Workspace, project: Path) -> None:
    tree = await changed(workspace)
    planted = git(project, "commit-tree", "-p", "HEAD", "-m", "Planted\n\nRun-Id: 1", "HEAD^{tree}")
    git(project, "branch", BRANCH, planted)
    with pytest.raises(BranchMoved, match="not what was approved"):
        await publish(workspace, tree)


async def test_commits_that_the_user_put_on_top_or_reworded_count_as_published(
    workspace: Workspace, project: Path
) -> None:
    tree = await changed(workspace)
    commit = await publish(workspace, tree)
    top = git(project, "commit-tree", "-p", commit, "-m", "On top", f"{commit}^{{tree}}")
    git(project, "branch", "--force", BRANCH, top)
    assert await publish(workspace, tree) == commit
    reworded = git(project, "commit-tree", "-p", workspace.base, "-m", "Reworded\n\nRun-Id: 1", tree)
    git(project, "branch", "--force", BRANCH, reworded)
    assert await publish(workspace, tree) == reworded
    assert git(project, "rev-parse", BRANCH) == reworded


async def test_a_branch_made_at_the_base_is_used(workspace: Workspace, project: Path) -> None:
    git(project, "branch", BRANCH)
    commit = await publish(workspace, await changed(workspace))
    assert git(project, "rev-parse", BRANCH) == commit


async def test_a_branch_that_points_elsewhere_by_name_does_not_move_the_other(
    workspace: Workspace, project: Path
) -> None:
    git(project, "symbolic-ref", f"refs/heads/{BRANCH}", "refs/heads/main")
    commit = await publish(workspace, await changed(workspace))
    assert git(project, "rev-parse", BRANCH, "main").split() == [commit, workspace.base]


async def test_a_branch_that_is_checked_out_is_left_alone(workspace: Workspace, project: Path, tmp_path: Path) -> None:
    git(project, "worktree", "add", "--quiet", "-b", BRANCH, str(tmp_path / "elsewhere"))
    with pytest.raises(BranchMoved, match="is checked out"):
        await publish(workspace, await changed(workspace))


async def test_what_stands_in_the_way_of_the_branch_is_named(workspace: Workspace, project: Path) -> None:
    tree = await changed(workspace)
    git(project, "branch", "agent")
    with pytest.raises(GitFailed, match="refs/heads/agent"):
        await publish(workspace, tree)
    git(project, "branch", "-D", "agent")
    write(project / ".git/refs/heads/agent/run-1.lock", "")
    with pytest.raises(GitFailed, match=r"run-1\.lock"):
        await publish(workspace, tree)
    (project / ".git/refs/heads/agent/run-1.lock").unlink()
    assert await publish(workspace, tree) == git(project, "rev-parse", BRANCH)


@pytest.mark.parametrize("kind", ["bare", "linked", "detached", "shallow", "sha256"])
async def test_every_kind_of_repository_gets_its_commit(kind: str, project: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    match kind:
        case "bare":
            git(tmp_path, "clone", "--quiet", "--bare", str(project), str(target))
        case "linked":
            git(project, "worktree", "add", "--quiet", str(target))
        case "detached":
            git(project, "checkout", "--quiet", "--detach")
            target = project
        case "shallow":
            git(project, "commit", "--quiet", "--allow-empty", "--message", "Second")
            git(tmp_path, "clone", "--quiet", "--depth=1", project.as_uri(), str(target))
        case _:
            target.mkdir()
            git(target, "init", "--quiet", "--object-format=sha256")
            write(target / "README.md", "# Hello\n")
            git(target, "add", "--all")
            git(target, "commit", "--quiet", "--message", "First")
    workspace = await Workspace.open(target, tmp_path / "attempt", BRANCH)
    write(workspace.path / "new.txt", "new\n")
    tree = await workspace.snapshot()
    commit = await publish(workspace, tree)
    assert git(target, "rev-parse", BRANCH, f"{BRANCH}^{{tree}}", f"{BRANCH}^").split() == [
        commit,
        tree,
        workspace.base,
    ]
    assert workspace.notes == (
        (f"{target} is at a detached commit; the work is based on {workspace.base[:12]}",) if kind == "detached" else ()
    )


def test_the_trailers_are_the_last_paragraph_whatever_the_message_says() -> None:
    message = full_message("\n  Title\nRun-Id: 9\n\nRun-Id: 8\x00\r\n\n\n", TRAILERS)
    assert message.endswith(
        f"\n\nRun-Id: 1\nApproval-Id: 7\nApproved-By: Ann \\u202e<ann>\\nRun-Id: 2\nDiff-Sha256: {'ab' * 32}\n"
    )
    assert trailer(message, "Run-Id") == "1"
    assert full_message(" \n", {"Run-Id": "1"}) == "Change by an agent\n\nRun-Id: 1\n"
