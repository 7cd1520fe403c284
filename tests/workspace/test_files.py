import ctypes
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_runner.errors import FileRefused
from agent_runner.workspace import search
from agent_runner.workspace.files import Files
from agent_runner.workspace.paths import Whitelist
from agent_runner.workspace.worktree import Workspace
from tests.workspace.hostile import everything, write


@pytest.fixture
def files(workspace: Workspace) -> Files:
    return workspace.files(Whitelist(deny=("*.key",)))


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    write(tmp_path / "outside/secret.txt", "SECRET\n")
    return tmp_path / "outside/secret.txt"


async def test_lines_are_read_with_their_numbers(files: Files) -> None:
    write(files.root / "many.txt", "".join(f"{number}\r\n" for number in range(1, 5001)))
    some = await files.read("many.txt", 10, 12)
    assert (some.text, some.first_line, some.last_line, some.lines) == ("10\n11\n12", 10, 12, 5000)
    assert (await files.read("many.txt")).last_line == 2000
    assert (await files.read("empty.txt")).lines == 0
    with pytest.raises(FileRefused, match="5000 lines, none with the number 5001"):
        await files.read("many.txt", 5001)


async def test_an_answer_is_bounded(files: Files) -> None:
    write(files.root / "wide.txt", ("x" * 999 + "\n") * 1000)
    write(files.root / "line.txt", "x" * 1_000_000)
    assert len((await files.read("wide.txt")).text) <= 64_000
    assert len((await files.read("line.txt")).text) == 64_000


async def test_binary_files_are_said_and_not_shown(files: Files) -> None:
    with pytest.raises(FileRefused, match=r"src/data\.bin is a binary file of 256 bytes"):
        await files.read("src/data.bin")


async def test_bytes_that_are_no_text_survive_an_edit(files: Files) -> None:
    write(files.root / "latin.txt", b"caf\xe9\nother\n")
    assert (await files.read("latin.txt")).text == "caf\ufffd\nother"
    await files.edit("latin.txt", "other", "changed")
    assert (files.root / "latin.txt").read_bytes() == b"caf\xe9\nchanged\n"


async def test_permissions_and_line_ends_are_kept(files: Files) -> None:
    write(files.root / "run.sh", "#!/bin/sh\r\necho 1\r\n")
    (files.root / "run.sh").chmod(0o750)
    await files.edit("run.sh", "echo 1", "echo 2\necho 3")
    await files.write("run.sh", "#!/bin/sh\necho 4\n")
    assert (files.root / "run.sh").read_bytes() == b"#!/bin/sh\r\necho 4\r\n"
    assert stat.S_IMODE((files.root / "run.sh").stat().st_mode) == 0o750


async def test_files_are_created_moved_and_deleted(files: Files) -> None:
    await files.create("new/deep/a.txt", "a")
    with pytest.raises(FileRefused, match="exists already"):
        await files.create("new/deep/a.txt", "b")
    await files.move("new/deep/a.txt", "b/c.txt")
    assert (files.root / "b/c.txt").read_text() == "a"
    for source, target in [("b/c.txt", "README.md"), ("b", "d"), ("missing", "d"), ("b/c.txt", ".git/x")]:
        with pytest.raises(FileRefused):
            await files.move(source, target)
    await files.delete("b/c.txt")
    for path in ("b/c.txt", "b", "."):
        with pytest.raises(FileRefused):
            await files.delete(path)
    with pytest.raises(FileRefused, match="no Unicode"):
        await files.write("x.txt", "\udc80")


async def test_the_tree_shows_what_may_be_read(files: Files) -> None:
    write(files.root / "tls.key", "KEY")
    write(files.root / "node_modules/x/index.js", "x")
    (files.root / "link").symlink_to("/etc")
    shown = [entry.path for entry in (await files.tree()).entries]
    assert shown == [
        ".gitignore", "README.md", "empty.txt", "link@", "node_modules/", "src/", "src/data.bin", "src/main.py",
    ]  # fmt: skip
    assert [entry.path for entry in (await files.tree("src", glob="*.py")).entries] == ["src/main.py"]
    for number in range(600):
        write(files.root / f"many/{number}.txt", "")
    assert not (await files.tree()).is_complete


async def test_text_and_expressions_are_found(files: Files) -> None:
    write(files.root / "odd: 1:\nname.py", "def main(): pass  # \x1b[2K\n")
    write(files.root / "tls.key", "def main\n")
    write(files.root / "debug.log", "def main\n")
    found = await files.search(r"def\s+main\b", is_regex=True, glob="*.py")
    assert [(match.path, match.line) for match in found.matches] == [("odd: 1:\\nname.py", 1), ("src/main.py", 1)]
    assert all(match.text.isprintable() for match in found.matches)
    assert (await files.search("def main")).matches == found.matches
    assert (await files.search("--no-such")).matches == ()
    for pattern in ("(", "a\nb", ""):
        with pytest.raises(FileRefused):
            await files.search(pattern, is_regex=True)


async def test_a_hostile_expression_ends_in_time(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SEARCH_SECONDS", 1.0)
    write(files.root / "as.txt", ("a" * 5000 + "\n") * 2000)
    try:
        found = await files.search(r"(a|aa|a?)+(a+)+\2\1b$", is_regex=True)
    except FileRefused:
        return
    assert found.matches == ()


ESCAPES = (
    "to_file",
    "to_dir/secret.txt",
    "to_root/etc/passwd",
    "loop",
    "hard",
    "pipe",
    "up/outside/secret.txt",
    "device",
)


@pytest.mark.parametrize("path", ESCAPES)
async def test_no_path_leads_out_by_a_link(files: Files, secret: Path, path: str) -> None:
    for name, target in (
        ("to_file", secret),
        ("to_dir", secret.parent),
        ("to_root", "/"),
        ("loop", "loop"),
        ("up", "../.."),
    ):
        (files.root / name).symlink_to(target)
    (files.root / "device").symlink_to("/dev/zero")
    (files.root / "hard").hardlink_to(secret)
    os.mkfifo(files.root / "pipe")
    outside = everything(secret.parent)
    for attempt in (
        files.read(path),
        files.edit(path, "SECRET", "x"),
        files.write(path, "x"),
        files.create(path, "x"),
        files.move(path, "new"),
    ):
        with pytest.raises(FileRefused):
            await attempt
    assert everything(secret.parent) == outside


def exchange(one: Path, other: Path) -> None:
    """Swap two paths in one step, so that both exist at any moment."""
    here, in_one_step = -100, 2
    assert ctypes.CDLL(None).renameat2(here, os.fsencode(one), here, os.fsencode(other), in_one_step) == 0


@pytest.fixture
def swapped(files: Files, secret: Path) -> Iterator[Path]:
    """A directory that is a link to the outside in turns, as fast as a thread can swap them."""
    write(files.root / "way/secret.txt", "inside\n")
    (files.root / "link").symlink_to(secret.parent)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            exchange(files.root / "way", files.root / "link")

    swapper = threading.Thread(target=swap)
    swapper.start()
    yield files.root / "way"
    stop.set()
    swapper.join()


def test_the_swapper_beats_a_check_before_the_use(swapped: Path) -> None:
    def careless() -> str:
        return (swapped / "secret.txt").read_text() if not swapped.is_symlink() else ""

    assert any(careless() == "SECRET\n" for _ in range(100_000))


async def test_a_link_swapped_in_while_files_are_used_reaches_nothing(
    swapped: Path, files: Files, secret: Path
) -> None:
    inside = refused = 0
    while inside < 200 or refused < 50:
        try:
            assert (await files.read(f"{swapped.name}/secret.txt")).text in {"inside", "written"}
            inside += 1
            await files.write(f"{swapped.name}/secret.txt", "written\n")
            await files.edit(f"{swapped.name}/secret.txt", "written", "inside")
        except FileRefused:
            refused += 1
    assert everything(secret.parent) == {"secret.txt": (0o100644, b"SECRET\n")}


async def test_a_whole_file_is_given_exactly_as_it_is_or_not_at_all(files: Files) -> None:
    text = "".join(f"{number}\r\n" for number in range(5000)) + "no end of line"
    write(files.root / "many.txt", text)
    assert await files.text("many.txt") == text
    write(files.root / "latin.txt", "gr\u00fc\u00df".encode("latin-1"))
    write(files.root / "large.txt", "x" * (2 * 2**20 + 1))
    for path, why in (("latin.txt", "no UTF-8"), ("large.txt", "too many"), ("a.key", "may not be read")):
        with pytest.raises(FileRefused, match=why):
            await files.text(path)
