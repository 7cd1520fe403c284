"""What tools may do with the files of a workspace. Refusals are FileRefused: sentences to give back to the model."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_runner.domain.wording import one_line
from agent_runner.errors import FileRefused
from agent_runner.workspace import beneath
from agent_runner.workspace.edit import Edited, replace_once
from agent_runner.workspace.git import Repository
from agent_runner.workspace.paths import Parts, Whitelist, matches, parse, parse_file, shown
from agent_runner.workspace.process import in_thread
from agent_runner.workspace.search import Found, search_tree
from agent_runner.workspace.sensitive import is_git_name
from agent_runner.workspace.tree import record

LARGEST_TEXT_BYTES: Final = 2 * 2**20
MOST_LINES: Final = 2000
LONGEST_ANSWER: Final = 64_000
MOST_ENTRIES: Final = 500
MOST_LOOKED_AT: Final = 20_000
MOST_MATCHES: Final = 100
DEEPEST: Final = 20
BINARY_PROBE_BYTES: Final = 8192
NOT_LISTED: Final = frozenset(
    {"node_modules", ".venv", "venv", "__pycache__", ".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileText:
    """Lines `first_line` to `last_line` of `lines`, from 1, with plain line ends; U+FFFD for what is no UTF-8."""

    path: str
    text: str
    first_line: int
    last_line: int
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    path: str
    """With a `/` at the end for a directory and an `@` for a link."""
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    entries: tuple[Entry, ...]
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Every path is relative to the project's root, with `/`."""

    root: Path
    whitelist: Whitelist
    repository: Repository

    async def read(self, path: str, first_line: int = 1, last_line: int | None = None) -> FileText:
        """At most 2,000 lines and 64,000 characters of a text file; a binary one is refused with its size."""
        return await in_thread(lambda: self._read(path, first_line, last_line))

    async def text(self, path: str) -> str:
        """All of a text file of at most 2 MiB, exactly as it is, for those who write it back as a whole."""
        return await in_thread(lambda: self._whole_text(parse_file(path)))

    async def content(self, path: str) -> bytes:
        """All bytes of a file of at most 16 MiB, whatever they are; a link is refused."""
        return await in_thread(lambda: self._content(parse_file(path)))

    async def tree(self, path: str = ".", depth: int = DEEPEST, glob: str | None = None) -> Listing:
        """What is below a directory, `depth` levels deep, at most 500 entries; caches and dependencies by name only."""
        return await in_thread(lambda: self._tree(parse(path), depth, glob))

    async def search(self, pattern: str, *, is_regex: bool = False, glob: str | None = None) -> Found:
        """At most 100 lines of recorded files that hold `pattern`, in 10 seconds."""
        return await in_thread(lambda: self._search(pattern, is_regex=is_regex, glob=glob))

    async def write(self, path: str, text: str) -> None:
        """Replace or make a whole file; the line ends of an existing file and its permissions are kept."""
        await in_thread(lambda: self._write(self._writable(path), text))

    async def create(self, path: str, text: str) -> None:
        """Make a file where nothing is."""
        await in_thread(lambda: beneath.create_file(self.root, self._writable(path), encoded(text)))

    async def edit(self, path: str, old: str, new: str) -> Edited:
        """Replace the one place where `old` stands, found as `replace_once` says."""
        return await in_thread(lambda: self._edit(path, old, new))

    async def move(self, source: str, target: str) -> None:
        """Rename one file to a path at which nothing is."""
        await in_thread(lambda: beneath.move_file(self.root, self._writable(source), self._writable(target)))

    async def delete(self, path: str) -> None:
        """Remove one file, or a link itself."""
        await in_thread(lambda: beneath.delete_file(self.root, self._writable(path)))

    def _writable(self, path: str) -> Parts:
        parts = parse_file(path)
        self.whitelist.require_writable(parts)
        return parts

    def _content(self, parts: Parts) -> bytes:
        self.whitelist.require_readable(parts)
        content, _ = beneath.read_file(self.root, parts)
        return content

    def _text(self, parts: Parts) -> str:
        """The content with everything that is no UTF-8 kept as surrogates."""
        content = self._content(parts)
        if b"\0" in content[:BINARY_PROBE_BYTES]:
            raise FileRefused(f"{shown(parts)} is a binary file of {len(content)} bytes", next_step="leave it as it is")
        if len(content) > LARGEST_TEXT_BYTES:
            raise FileRefused(f"{shown(parts)} has {len(content)} bytes, too many to show", next_step="search in it")
        return content.decode("utf-8", "surrogateescape")

    def _whole_text(self, parts: Parts) -> str:
        try:
            return self._text(parts).encode("utf-8", "surrogateescape").decode()
        except UnicodeDecodeError:
            raise FileRefused(f"{shown(parts)} is no UTF-8 text", next_step="leave it as it is") from None

    def _read(self, path: str, first_line: int, last_line: int | None) -> FileText:
        parts = parse_file(path)
        text = self._text(parts).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
        if lines[-1] == "":
            lines.pop()
        if first_line < 1 or (first_line > len(lines) and first_line > 1):
            raise FileRefused(f"{shown(parts)} has {len(lines)} lines, none with the number {first_line}")
        wanted = lines[first_line - 1 : first_line - 1 + MOST_LINES if last_line is None else last_line][:MOST_LINES]
        while len(wanted) > 1 and sum(len(line) + 1 for line in wanted) > LONGEST_ANSWER:
            wanted = wanted[: len(wanted) // 2]
        shown_text = "\n".join(wanted)[:LONGEST_ANSWER]
        last = first_line + len(wanted) - 1
        return FileText(path=shown(parts), text=shown_text, first_line=first_line, last_line=last, lines=len(lines))

    def _tree(self, parts: Parts, depth: int, glob: str | None) -> Listing:
        found: list[Entry] = []
        looked_at = 0
        for path, mode, size in self._walk(parts, min(depth, DEEPEST)):
            looked_at += 1
            if len(found) == MOST_ENTRIES or looked_at == MOST_LOOKED_AT:
                return Listing(entries=tuple(found), is_complete=False)
            if glob is not None and not matches(glob, path):
                continue
            if not stat.S_ISDIR(mode) and not self.whitelist.is_readable(path):
                continue
            ending = "/" if stat.S_ISDIR(mode) else "@" if stat.S_ISLNK(mode) else ""
            found.append(Entry(path=one_line("/".join(path)) + ending, size_bytes=size if stat.S_ISREG(mode) else 0))
        return Listing(entries=tuple(found), is_complete=True)

    def _walk(self, parts: Parts, depth: int) -> Iterator[tuple[Parts, int, int]]:
        for name, mode, size in beneath.entries(self.root, parts, MOST_LOOKED_AT):
            if is_git_name(name) and name != ".gitmodules":
                continue
            yield (*parts, name), mode, size
            if stat.S_ISDIR(mode) and depth > 1 and name not in NOT_LISTED:
                yield from self._walk((*parts, name), depth - 1)

    def _search(self, pattern: str, *, is_regex: bool, glob: str | None) -> Found:
        return search_tree(
            self.repository,
            record(self.repository),
            pattern,
            is_regex=is_regex,
            glob=glob,
            whitelist=self.whitelist,
            most=MOST_MATCHES,
        )

    def _write(self, parts: Parts, text: str) -> None:
        try:
            before = self._text(parts) if self.whitelist.is_readable(parts) else ""
        except FileRefused:
            before = ""
        plain = text.replace("\r\n", "\n")
        if before.count("\r\n") * 2 > before.count("\n"):
            text = plain.replace("\n", "\r\n")
        beneath.write_file(self.root, parts, encoded(text))

    def _edit(self, path: str, old: str, new: str) -> Edited:
        parts = self._writable(path)
        edited = replace_once(self._text(parts), old, new)
        beneath.write_file(self.root, parts, edited.text.encode("utf-8", "surrogateescape"))
        return edited


def encoded(text: str) -> bytes:
    """Raises FileRefused for lone surrogates, which no file should get from a model."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise FileRefused("the text holds characters that are no Unicode", next_step="write plain text") from None
