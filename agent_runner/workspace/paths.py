"""Which paths a tool may name, and which of them it may read or write: every refusal is a sentence for the model."""

import fnmatch
import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from agent_runner.domain.policy import ProjectPolicy, RunPolicy
from agent_runner.domain.wording import one_line
from agent_runner.errors import FileRefused
from agent_runner.workspace.sensitive import is_git_name, why_refused

LONGEST_PATH: Final = 1024
LONGEST_NAME_BYTES: Final = 255
LONGEST_QUOTE: Final = 120
EVERYTHING: Final = ("**",)

Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whitelist:
    """Globs over paths with `/`: `*` and `?` stay within a name, `**` crosses directories.

    A glob without `/` means a name at any depth, a trailing `/` everything below: `*.py`, `src/`, `docs/**/*.md`.
    `deny` wins over both others. `sensitive` allows writing to single sensitive paths such as `.vscode/settings.json`.
    `within` is a further one that must allow the path as well: the project's, around that of a run.
    """

    read: tuple[str, ...] = EVERYTHING
    write: tuple[str, ...] = EVERYTHING
    deny: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    within: "Whitelist | None" = None

    @classmethod
    def of(cls, project: ProjectPolicy, run: RunPolicy) -> "Whitelist":
        """What a run may touch: what its project allows, as far as the run does not narrow it."""
        outer = cls(
            read=project.allowed_paths.read,
            write=project.allowed_paths.write,
            deny=project.deny,
            sensitive=project.sensitive,
        )
        paths = run.allowed_paths
        return cls(read=paths.read, write=paths.write, sensitive=project.sensitive, within=outer)

    def is_readable(self, parts: Parts) -> bool:
        is_allowed = _matches_any(self.read, parts) and not _matches_any(self.deny, parts)
        return is_allowed and (self.within is None or self.within.is_readable(parts))

    def require_readable(self, parts: Parts) -> None:
        if self.within is not None:
            self.within.require_readable(parts)
        if not self.is_readable(parts):
            raise FileRefused(f"{shown(parts)} may not be read", next_step=_allowed("read", self.read, self.deny))

    def require_writable(self, parts: Parts) -> None:
        if self.within is not None:
            self.within.require_writable(parts)
        if not _matches_any(self.write, parts) or _matches_any(self.deny, parts):
            next_step = _allowed("written", self.write, self.deny)
            raise FileRefused(f"{shown(parts)} may not be written", next_step=next_step)
        why = why_refused(parts)
        if why is not None and (any(map(is_git_name, parts)) or not _matches_any(self.sensitive, parts)):
            raise FileRefused(f"{shown(parts)} may not be written: {why}", next_step="leave it as it is")


def parse(path: str) -> Parts:
    """The names of a path below the workspace. Raises FileRefused for one that could lead elsewhere."""
    if len(path) > LONGEST_PATH:
        raise FileRefused(f"a path of {len(path)} characters is longer than {LONGEST_PATH}")
    if path.startswith(("/", "~", "\\")):
        raise FileRefused(
            f"{_quoted(path)} is not relative", next_step="name it from the project's root, as in src/main.py"
        )
    parts = tuple(part for part in path.split("/") if part not in {"", "."})
    if ".." in parts:
        raise FileRefused(f"{_quoted(path)} leads out of the project", next_step="name it without ..")
    for part in parts:
        try:
            length = len(part.encode())
        except UnicodeEncodeError:
            raise FileRefused(f"{_quoted(path)} is not valid Unicode") from None
        if length > LONGEST_NAME_BYTES or not part.isprintable():
            raise FileRefused(f"{_quoted(path)} has a name that is too long or holds invisible characters")
    return parts


def parse_file(path: str) -> Parts:
    parts = parse(path)
    if not parts:
        raise FileRefused("the path of a file is missing", next_step="name one, as in src/main.py")
    return parts


def shown(parts: Parts) -> str:
    return one_line("/".join(parts)) or "."


def matches(pattern: str, parts: Parts) -> bool:
    """Whether a glob as in Whitelist matches the path."""
    words = [word for word in pattern.removeprefix("./").split("/") if word != "."]
    if len(words) == 1:
        words = ["**", *words]
    if words and words[-1] == "":
        words = [*(words[1:] if words[:1] == [""] else words)[:-1], "**"]
    return _matches(tuple(word for word in words if word), parts)


def _matches(words: tuple[str, ...], parts: Parts) -> bool:
    """One row for each word of the pattern: which beginnings of the path are matched so far."""
    reached = [True] + [False] * len(parts)
    for word in words:
        if word == "**":
            first = reached.index(True) if True in reached else len(reached)
            reached = [position >= first for position in range(len(reached))]
        else:
            fits = _name_pattern(word)
            reached = [False] + [reached[at] and fits.match(part) is not None for at, part in enumerate(parts)]
    return reached[-1]


def _matches_any(patterns: tuple[str, ...], parts: Parts) -> bool:
    return any(matches(pattern, parts) for pattern in patterns)


@cache
def _name_pattern(word: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(word))


def _allowed(verb: str, patterns: tuple[str, ...], denied: tuple[str, ...]) -> str:
    but = f", but never: {_listed(denied)}" if denied else ""
    return f"these may be {verb}: {_listed(patterns) or 'none'}{but}"


def _listed(patterns: tuple[str, ...]) -> str:
    return one_line(", ".join(patterns)[:LONGEST_QUOTE])


def _quoted(path: str) -> str:
    return repr(path[:LONGEST_QUOTE])
