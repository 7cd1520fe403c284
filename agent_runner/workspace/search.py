"""Searching the recorded tree: git looks, in a process that is killed when a pattern takes too long."""

from dataclasses import dataclass
from typing import Final

from agent_runner.domain.wording import one_line
from agent_runner.errors import FileRefused
from agent_runner.workspace.git import Repository
from agent_runner.workspace.paths import Whitelist, matches
from agent_runner.workspace.process import Ended, Outcome

SEARCH_SECONDS: Final = 10.0
SEARCH_BYTES: Final = 4 * 2**20
MOST_IN_A_FILE: Final = 50
LONGEST_PATTERN: Final = 1000
LONGEST_LINE: Final = 300
FATAL: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    path: str
    line: int
    text: str
    """The line, cut at 300 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    matches: tuple[Match, ...]
    is_complete: bool
    """False when there is more than was asked for, or the time was up."""


def search_tree(
    repository: Repository,
    tree: str,
    pattern: str,
    *,
    is_regex: bool,
    glob: str | None,
    whitelist: Whitelist,
    most: int,
) -> Found:
    """Lines of text files that hold `pattern`: plain text, or a regular expression as Perl has them.

    Looks at the recorded tree and not at the files, where a link could be swapped in; ignored and binary files are not
    in it or not looked at. Raises FileRefused for a pattern that is no expression.
    """
    if not pattern or len(pattern) > LONGEST_PATTERN or "\n" in pattern or "\0" in pattern:
        raise FileRefused(
            f"a pattern of {len(pattern)} characters cannot be searched for",
            next_step=f"give one line of 1 to {LONGEST_PATTERN} characters",
        )
    outcome = _grep(repository, tree, pattern, "--perl-regexp" if is_regex else "--fixed-strings")
    if outcome.code == FATAL and b"Perl-compatible" in outcome.errors:
        outcome = _grep(repository, tree, pattern, "--extended-regexp")
    if outcome.ended is Ended.BY_ITSELF and outcome.code not in {0, 1}:
        words = one_line(outcome.errors.decode("utf-8", "replace").strip()[:LONGEST_LINE])
        raise FileRefused(f"the pattern {pattern[:100]!r} is not a regular expression: {words}")
    if outcome.ended is Ended.TOO_LATE and not outcome.output:
        raise FileRefused(
            f"nothing was found in {SEARCH_SECONDS:g} s for {pattern[:100]!r}", next_step="search for something simpler"
        )
    return _read(outcome, glob, whitelist, most)


def _grep(repository: Repository, tree: str, pattern: str, how: str) -> Outcome:
    options = ("--line-number", "--null", "-I", "--full-name", "--no-color", "--no-textconv", "--no-recurse-submodules")
    return repository.bare().attempt(
        "grep",
        *options,
        f"--max-count={MOST_IN_A_FILE}",
        how,
        "-e",
        pattern,
        tree,
        seconds=SEARCH_SECONDS,
        limit=SEARCH_BYTES,
    )


def _read(outcome: Outcome, glob: str | None, whitelist: Whitelist, most: int) -> Found:
    """Each line is `tree:path NUL number NUL text`; a path may hold line ends, a text may not."""
    found: list[Match] = []
    rest = outcome.output
    while rest:
        name, _, rest = rest.partition(b"\0")
        number, _, rest = rest.partition(b"\0")
        text, end, rest = rest.partition(b"\n")
        if not end or not number.isdigit():
            break
        path = name.partition(b":")[2].decode("utf-8", "surrogateescape")
        parts = tuple(path.split("/"))
        if not whitelist.is_readable(parts) or (glob is not None and not matches(glob, parts)):
            continue
        if len(found) == most:
            return Found(matches=tuple(found), is_complete=False)
        shown = one_line(text.decode("utf-8", "replace").rstrip("\r").replace("\t", "    ")[:LONGEST_LINE])
        found.append(Match(path=one_line(path), line=int(number), text=shown))
    return Found(matches=tuple(found), is_complete=outcome.ended is Ended.BY_ITSELF)
