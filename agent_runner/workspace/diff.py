"""The canonical diff of two trees, what it touches, and what in it a reader might not see."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from agent_runner.domain.wording import one_line
from agent_runner.errors import FileRefused, GitFailed
from agent_runner.workspace.git import COMMAND_SECONDS, Repository, failure
from agent_runner.workspace.process import Ended
from agent_runner.workspace.sensitive import why_sensitive

LARGEST_DIFF_BYTES: Final = 16 * 2**20
MOST_HIDDEN: Final = 100
CANONICAL: Final = (
    *("--patch", "--binary", "--full-index", "--no-ext-diff", "--no-textconv", "--no-renames", "--no-color"),
    *("--unified=3", "--inter-hunk-context=0", "--diff-algorithm=myers", "--indent-heuristic"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--ignore-submodules=dirty"),
)
"""Every option whose default a configuration or a version of git may change: the hash is of these bytes."""
SUBMODULE: Final = "160000"
SYMLINK: Final = "120000"
EXECUTABLE: Final = "100755"
HUNK: Final = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
ORDINARY_CONTROLS: Final = frozenset("\t\r\n\f")
OTHER_CONTROLS: Final = bytes(sorted({*range(32), 127} - {ord(character) for character in ORDINARY_CONTROLS}))
LOOKS_EMPTY: Final = frozenset("\u115f\u1160\u3164\uffa0\u034f")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One path of a diff. `status` is A, M, D or T (another type); the modes are git's, `000000` for none."""

    name: bytes
    status: str
    old_mode: str
    new_mode: str
    added: int | None
    """Lines; None for a binary file."""
    removed: int | None

    @property
    def path(self) -> str:
        """On one line, with everything escaped that is not printable."""
        return one_line(self.name.decode("utf-8", "surrogateescape"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """Characters that change what a reader sees without being seen; `line` is 0 for the path itself."""

    path: str
    line: int
    characters: tuple[str, ...]
    """Names such as RIGHT-TO-LEFT OVERRIDE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    text: bytes
    """Canonical: the same two trees give the same bytes everywhere."""
    sha256: str
    files: tuple[FileChange, ...]
    flags: tuple[str, ...]
    """A sentence per file that a person should look at with care."""
    hidden: tuple[Hidden, ...]
    """The first 100."""


def delta(repository: Repository, before: str, after: str) -> bytes:
    """What turns tree `before` into tree `after`; empty if nothing does. Raises FileRefused above 16 MiB."""
    outcome = repository.bare().attempt("diff-tree", "-r", *CANONICAL, before, after, limit=LARGEST_DIFF_BYTES)
    if outcome.ended is Ended.TOO_LONG:
        raise FileRefused(
            f"the change takes more than {LARGEST_DIFF_BYTES} bytes to write down", next_step="make it smaller"
        )
    if outcome.ended is not Ended.BY_ITSELF or outcome.code != 0:
        raise failure("diff-tree", outcome, COMMAND_SECONDS, LARGEST_DIFF_BYTES)
    return outcome.output


def compare(repository: Repository, before: str, after: str) -> Diff:
    text = delta(repository, before, after)
    files = _files(repository, before, after)
    hidden = [found for file in files for found in _hidden_in_name(file)]
    for found in _hidden_in_text(text, files):
        if len(hidden) >= MOST_HIDDEN:
            break
        hidden.append(found)
    return Diff(
        text=text,
        sha256=hashlib.sha256(text).hexdigest(),
        files=files,
        flags=tuple(flag for file in files for flag in _flags(file)),
        hidden=tuple(hidden[:MOST_HIDDEN]),
    )


def _files(repository: Repository, before: str, after: str) -> tuple[FileChange, ...]:
    options = ("-r", "-z", "--raw", "--numstat", "--no-renames", "--no-ext-diff", "--no-textconv", "--abbrev=64")
    said = repository.bare().run("diff-tree", *options, "--ignore-submodules=dirty", before, after)
    words = iter(said.split(b"\0"))
    modes: dict[bytes, tuple[str, str, str]] = {}
    files: list[FileChange] = []
    for word in words:
        if word.startswith(b":"):
            old_mode, new_mode, _, _, status = word[1:].decode("ascii").split(" ")
            modes[next(words)] = (old_mode, new_mode, status)
        elif word:
            added, removed, name = word.split(b"\t", 2)
            old_mode, new_mode, status = modes[name]
            files.append(
                FileChange(
                    name=name,
                    status=status,
                    old_mode=old_mode,
                    new_mode=new_mode,
                    added=None if added == b"-" else int(added),
                    removed=None if removed == b"-" else int(removed),
                )
            )
    if len(files) != len(modes):
        raise GitFailed(f"git diff-tree named {len(modes)} files and counted the lines of {len(files)}")
    return tuple(files)


def _flags(file: FileChange) -> Iterator[str]:
    parts = tuple(file.name.decode("utf-8", "surrogateescape").split("/"))
    if (why := why_sensitive(parts)) is not None:
        yield f"{file.path}: {why}"
    if file.new_mode == SYMLINK:
        yield f"{file.path}: it is a symbolic link"
    if SUBMODULE in {file.new_mode, file.old_mode}:
        yield f"{file.path}: it is a submodule"
    if file.new_mode == EXECUTABLE != file.old_mode:
        yield f"{file.path}: it becomes executable"


def _hidden_in_name(file: FileChange) -> Iterator[Hidden]:
    if characters := _hidden_characters(file.name):
        yield Hidden(path=file.path, line=0, characters=characters)


def _hidden_in_text(text: bytes, files: tuple[FileChange, ...]) -> Iterator[Hidden]:
    """In added lines. A line counts as added by the hunk's own numbers, not by how it looks."""
    sections = iter(_by_file(files))
    path, number, old_left, new_left = "", 0, 0, 0
    for line in text.split(b"\n"):
        if old_left > 0 or new_left > 0:
            if line[:1] == b"+" and (characters := _hidden_characters(line[1:])):
                yield Hidden(path=path, line=number, characters=characters)
            is_old, is_new = line[:1] in {b" ", b"-"}, line[:1] in {b" ", b"+"}
            old_left, new_left, number = old_left - is_old, new_left - is_new, number + is_new
        elif line.startswith(b"diff --git "):
            path = next(sections, path)
        elif hunk := HUNK.match(line):
            old_left, new_left = (int(hunk[group] or 1) for group in (1, 3))
            number = int(hunk[2])


def _by_file(files: tuple[FileChange, ...]) -> Iterator[str]:
    """One for each section of the patch: a change of type is shown as a removal and an addition."""
    for file in files:
        yield file.path
        if file.status == "T":
            yield file.path


def _hidden_characters(text: bytes) -> tuple[str, ...]:
    if text.isascii() and text.translate(None, OTHER_CONTROLS) == text:
        return ()
    decoded = text.decode("utf-8", "replace")
    found = {character for character in decoded if _is_hidden(character)}
    return tuple(unicodedata.name(character, f"U+{ord(character):04X}") for character in sorted(found))


def _is_hidden(character: str) -> bool:
    if character in ORDINARY_CONTROLS:
        return False
    return unicodedata.category(character) in {"Cf", "Cc", "Zl", "Zp"} or character in LOOKS_EMPTY
