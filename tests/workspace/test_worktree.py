import asyncio
import hashlib
import os
from pathlib import Path

import pytest

from agent_runner.errors import FileRefused, GitFailed, ProjectUnusable
from agent_runner.workspace.git import Repository, is_branch_name
from agent_runner.workspace.paths import Whitelist
from agent_runner.workspace.worktree import Workspace, remove
from tests.workspace.conftest import BRANCH, FILES
from tests.workspace.hostile import everything, git, new_repository, write


async def test_a_workspace_holds_the_files_of_the_commit_and_no_pointer(workspace: Workspace, project: Path) -> None:
    assert {path: content for path, (_, content) in everything(workspace.path).items() if path in FILES} == {
        path: content if isinstance(content, bytes) else content.encode() for path, content in FILES.items()
    }
    assert not (workspace.path / ".git").exists()
    assert workspace.base == git(project, "rev-parse", "HEAD")
    assert workspace.base_tree == git(project, "rev-parse", "HEAD^{tree}")
    assert workspace.notes == ()


async def test_a_snapshot_of_an_untouched_workspace_is_the_base_tree(workspace: Workspace) -> None:
    assert await workspace.snapshot() == workspace.base_tree


async def test_opening_and_recording_leave_the_project_as_it_was(project: Path, tmp_path: Path) -> None:
    before = everything(project)
    workspace = await Workspace.open(project, tmp_path / "attempt", BRANCH)
    write(workspace.path / "new.txt", "new\n")
    await workspace.diff(workspace.base, await workspace.snapshot())
    assert everything(project) == before


async def test_the_base_is_kept_when_the_project_moves_on(project: Path, tmp_path: Path) -> None:
    first = git(project, "rev-parse", "HEAD")
    git(project, "commit", "--quiet", "--allow-empty", "--message", "Second")
    write(project / "README.md", "changed\n")
    workspace = await Workspace.open(project, tmp_path / "attempt", BRANCH, base=first)
    assert workspace.base == first
    assert (workspace.path / "README.md").read_text() == "# Hello\n"


async def test_a_resumed_attempt_gets_the_same_files_from_the_recorded_changes(
    workspace: Workspace, project: Path, tmp_path: Path
) -> None:
    trees, deltas = [workspace.base_tree], []
    write(workspace.path / "src/main.py", "def main():\r\n    return 2")
    write(workspace.path / "src/data.bin", bytes(reversed(range(256))))
    for change in range(3):
        write(workspace.path / f"new/file {change}.txt", f"{change}\n" * change)
        (workspace.path / f"new/file {change}.txt").chmod(0o755)
        trees.append(await workspace.snapshot())
        deltas.append(await workspace.delta(trees[-2], trees[-1]))
    (workspace.path / "README.md").unlink()
    (workspace.path / "link").symlink_to("src/main.py")
    (workspace.path / "empty.txt").rename(workspace.path / os.fsdecode(b'\xff\n"name'))
    trees.append(await workspace.snapshot())
    deltas.append(await workspace.delta(trees[-2], trees[-1]))

    resumed = await Workspace.open(project, tmp_path / "attempt-2", BRANCH, base=workspace.base)
    await resumed.restore(resumed.base_tree, tuple(deltas), trees[-1])
    assert everything(resumed.path) == everything(workspace.path)
    assert await resumed.snapshot() == trees[-1]


async def test_changes_that_do_not_lead_to_the_recorded_tree_are_an_error(workspace: Workspace) -> None:
    with pytest.raises(GitFailed, match="the journal says"):
        await workspace.restore(workspace.base_tree, (), "0" * 40)


async def test_nothing_changed_is_an_empty_delta_and_a_diff_without_files(workspace: Workspace) -> None:
    assert await workspace.delta(workspace.base_tree, workspace.base_tree) == b""
    nothing = await workspace.diff(workspace.base, workspace.base_tree)
    assert (nothing.text, nothing.files, nothing.flags, nothing.hidden) == (b"", (), (), ())
    await workspace.restore(workspace.base_tree, (b"",), workspace.base_tree)


async def test_a_diff_names_every_file_and_its_hash_is_that_of_its_bytes(workspace: Workspace) -> None:
    write(workspace.path / "src/main.py", "def main():\n    return 2\n    # done\n")
    write(workspace.path / "src/data.bin", b"\0\1")
    (workspace.path / "README.md").unlink()
    found = await workspace.diff(workspace.base, await workspace.snapshot())
    assert [(file.path, file.status, file.added, file.removed) for file in found.files] == [
        ("README.md", "D", 0, 1),
        ("src/data.bin", "M", None, None),
        ("src/main.py", "M", 2, 1),
    ]
    assert found.sha256 == hashlib.sha256(found.text).hexdigest()
    assert b"GIT binary patch" in found.text


async def test_a_diff_does_not_depend_on_what_the_project_says_of_its_files(workspace: Workspace) -> None:
    write(workspace.path / ".gitattributes", "* -diff\n")
    write(workspace.path / "src/main.py", "import evil\n")
    found = await workspace.diff(workspace.base, await workspace.snapshot())
    assert b"+import evil" in found.text
    assert found.flags == (".gitattributes: a tool of the developer or a build server obeys it",)


async def test_files_to_look_at_with_care_are_flagged(workspace: Workspace) -> None:
    for name in (".github/workflows/ci.yml", "sub/.VSCode/tasks.json", ".mcp.json", ".gitmodules", "plain.txt"):
        write(workspace.path / name, "x\n")
    write(workspace.path / "run.sh", "#!/bin/sh\n")
    (workspace.path / "run.sh").chmod(0o755)
    (workspace.path / "passwords").symlink_to("/etc/passwd")
    flags = (await workspace.diff(workspace.base, await workspace.snapshot())).flags
    assert [flag.partition(":")[0] for flag in flags] == [
        ".github/workflows/ci.yml", ".gitmodules", ".mcp.json", "passwords", "run.sh", "sub/.VSCode/tasks.json",
    ]  # fmt: skip


async def test_hidden_characters_are_found_in_added_lines_and_names(workspace: Workspace) -> None:
    write(
        workspace.path / "src/main.py",
        "def main():\n    return 1\n# \u202etrojan\u2066\n++ plain\nzero\u200bwidth\x1b[2K\n",
    )
    write(workspace.path / "a\u202etxt.exe", "plain\n")
    found = (await workspace.diff(workspace.base, await workspace.snapshot())).hidden
    assert [(hidden.path, hidden.line, hidden.characters) for hidden in found] == [
        ("a\\u202etxt.exe", 0, ("RIGHT-TO-LEFT OVERRIDE",)),
        ("src/main.py", 3, ("RIGHT-TO-LEFT OVERRIDE", "LEFT-TO-RIGHT ISOLATE")),
        ("src/main.py", 5, ("U+001B", "ZERO WIDTH SPACE")),
    ]


async def test_bytes_are_kept_whatever_the_project_says_of_its_files(tmp_path: Path) -> None:
    attributes = "*.crlf text eol=crlf\n*.id ident\n*.wide working-tree-encoding=UTF-16\n"
    files: dict[str, str | bytes] = {".gitattributes": attributes, "a.crlf": "one\n", "a.id": "$Id$\n", "a.wide": "x"}
    files["a.wide"] = "x".encode("utf-16")
    project = new_repository(tmp_path / "attributes", files)
    workspace = await Workspace.open(project, tmp_path / "attempt", BRANCH)
    assert workspace.notes == ()
    assert (workspace.path / "a.crlf").read_bytes() == b"one\n"
    assert (workspace.path / "a.id").read_bytes() == b"$Id$\n"
    write(workspace.path / "a.crlf", "two\r\n")
    tree = await workspace.snapshot()
    assert [file.path for file in (await workspace.diff(workspace.base, tree)).files] == ["a.crlf"]
    assert b"+two\r\n" in await workspace.delta(workspace.base_tree, tree)


async def test_ignored_files_are_not_recorded(workspace: Workspace) -> None:
    write(workspace.path / "debug.log", "noise\n")
    write(workspace.path / "build/dep/.git/config", "[core]\n")
    assert await workspace.snapshot() == workspace.base_tree


@pytest.mark.parametrize("pointer", [".git", "vendor/dep/.git", "vendor/.GIT", "vendor/git~1"])
async def test_a_repository_inside_the_workspace_is_refused(workspace: Workspace, pointer: str) -> None:
    write(workspace.path / pointer / "config", "[core]\n")
    with pytest.raises(FileRefused, match="git repository"):
        await workspace.snapshot()


@pytest.mark.parametrize("name", ["pipe", ".gitignore"])
async def test_a_fifo_is_refused_and_never_waited_for(workspace: Workspace, name: str) -> None:
    (workspace.path / name).unlink(missing_ok=True)
    os.mkfifo(workspace.path / name)
    with pytest.raises(FileRefused, match="FIFO"):
        await workspace.snapshot()


async def test_a_file_too_large_to_record_is_refused(workspace: Workspace) -> None:
    write(workspace.path / "core.dump", "")
    os.truncate(workspace.path / "core.dump", 65 * 2**20)
    with pytest.raises(FileRefused, match=r"core\.dump has 68157440 bytes"):
        await workspace.snapshot()


async def test_a_cancelled_caller_leaves_no_work_behind(workspace: Workspace) -> None:
    for number in range(300):
        write(workspace.path / f"many/{number}.txt", f"{number}\n" * 200)
    task = asyncio.create_task(workspace.snapshot())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await remove(workspace.path.parent)
    assert not workspace.path.parent.exists()


@pytest.mark.parametrize("name", ["agent/run-1", "a.b_c-d/e", "x"])
def test_branch_names_that_are_allowed(name: str) -> None:
    assert is_branch_name(name)


@pytest.mark.parametrize("name", ["", "-x", "a b", "a..b", "a.lock", "/a", "a/", "a\n", "ä", "@{-1}", "a~1", "x" * 201])
async def test_branch_names_that_are_not(name: str, project: Path, tmp_path: Path) -> None:
    assert not is_branch_name(name)
    with pytest.raises(ProjectUnusable, match="name of a branch"):
        await Workspace.open(project, tmp_path / "attempt", name)


async def test_names_of_any_bytes_travel(project: Path, tmp_path: Path) -> None:
    odd = [
        b"-option",
        b"a\nb",
        b'quote"s',
        b"\xff\xfe",
        b"tab\tname",
        "\u202egnp.exe".encode(),
        b":(glob)*",
        b"spa ce ",
    ]
    other = new_repository(tmp_path / "odd", {})
    for name in odd:
        write(other / os.fsdecode(name), name)
    git(other, "add", "--all")
    git(other, "commit", "--quiet", "--message", "Odd")
    workspace = await Workspace.open(other, tmp_path / "attempt", BRANCH)
    assert await workspace.snapshot() == workspace.base_tree
    empty = Repository(git_dir=tmp_path / "attempt/repository.git").line("hash-object", "-w", "-t", "tree", "/dev/null")
    found = await workspace.diff(empty, workspace.base)
    assert sorted(file.name for file in found.files) == sorted(odd)
    assert all(file.path.isprintable() for file in found.files)


async def test_single_paths_are_put_back_and_the_rest_of_the_work_stays(workspace: Workspace) -> None:
    (workspace.path / "README.md").unlink()
    write(workspace.path / "src/main.py", "changed\n")
    write(workspace.path / "src/:(glob)*", "new\n")
    write(workspace.path / "empty.txt", "kept\n")
    await workspace.snapshot()
    await workspace.put_back(workspace.base_tree, (b"README.md", b"src/main.py", b"src/:(glob)*"))
    found = await workspace.diff(workspace.base_tree, await workspace.snapshot())
    assert [file.path for file in found.files] == ["empty.txt"]
    assert (workspace.path / "README.md").read_text() == "# Hello\n"


async def test_a_scratch_begins_empty_with_the_same_base_everywhere_and_is_rebuilt_from_its_changes(
    tmp_path: Path,
) -> None:
    first, second = [await Workspace.scratch(tmp_path / name, BRANCH) for name in ("one", "two")]
    assert list(first.path.iterdir()) == []
    assert (first.base, first.base_tree) == (second.base, second.base_tree)
    assert await first.snapshot() == first.base_tree
    write(first.path / "src" / "a.bin", bytes(range(256)))
    after = await first.snapshot()
    await second.restore(second.base_tree, (await first.delta(first.base_tree, after),), after)
    assert await second.files(Whitelist()).content("src/a.bin") == bytes(range(256))
    assert [file.path for file in (await second.diff(second.base, after)).files] == ["src/a.bin"]
