"""Replacing a piece of text that a model quotes from memory: the exact place, or a sentence that says why not.

Four ways to look for it, the strictest first: as it is, without trailing space, without space around lines, and with
look-alike characters made equal. The first way that finds anything decides, and it must find one place only.
"""

import difflib
import unicodedata
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from agent_runner.domain.wording import one_line
from agent_runner.errors import FileRefused

MOST_LINES_COMPARED: Final = 2000
MOST_CANDIDATES: Final = 3
LONGEST_LINE: Final = 160
ALIKE: Final = 0.5
LOOK_ALIKES: Final = str.maketrans(
    {**dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"), **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"')}
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", None)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    text: str
    line: int
    """The first line that was replaced, from 1."""
    how: str
    """`exact`, `trailing space`, `trimmed` or `unicode`."""


def replace_once(text: str, old: str, new: str) -> Edited:
    """`text` with its one `old` replaced; its line ends and its byte-order mark stay. Raises FileRefused."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    view, ends = _with_plain_ends(text.removeprefix(mark))
    old, new = (part.removeprefix("\ufeff").replace("\r\n", "\n") for part in (old, new))
    if not old.strip():
        raise FileRefused(
            "the text to replace is empty", next_step="quote the lines to replace, or write the whole file"
        )
    if old == new:
        raise FileRefused("the new text is the old one, nothing would change")
    start, end, new, how = _find(view, old, new)
    line = view.count("\n", 0, start) + 1
    if _uses_crlf(ends, view, start, end):
        new = new.replace("\n", "\r\n")
    first, last = (position + bisect_left(ends, position) for position in (start, end))
    whole = text.removeprefix(mark)
    return Edited(text=mark + whole[:first] + new + whole[last:], line=line, how=how)


def _with_plain_ends(text: str) -> tuple[str, list[int]]:
    """The text with plain line ends, and where in it a line end was two characters."""
    view = text.replace("\r\n", "\n")
    ends: list[int] = []
    position = text.find("\r\n")
    while position >= 0:
        ends.append(position - len(ends))
        position = text.find("\r\n", position + 2)
    return view, ends


def _uses_crlf(ends: list[int], view: str, start: int, end: int) -> bool:
    """What most lines of the replaced piece do; of the whole file, if the piece has no line end."""
    plain_inside, two_inside = view.count("\n", start, end), bisect_left(ends, end) - bisect_left(ends, start)
    if plain_inside == 0:
        plain_inside, two_inside = view.count("\n"), len(ends)
    return two_inside * 2 > plain_inside


def _find(view: str, old: str, new: str) -> tuple[int, int, str, str]:
    """Where to replace, by what, and which way found it."""
    spans = _exact(view, old)
    if spans:
        return (*_only(spans, view), new, "exact")
    lines, wanted = view.split("\n"), old.removesuffix("\n").split("\n")
    for how, key in LADDER.items():
        found = _windows([key(line) for line in lines], [key(line) for line in wanted])
        if found:
            starts = [sum(len(line) + 1 for line in lines[:first]) for first in found]
            inside = [sum(len(line) + 1 for line in lines[first : first + len(wanted)]) - 1 for first in found]
            start, end = _only([(at, at + length) for at, length in zip(starts, inside, strict=True)], view)
            indented = _indented_like(lines[found[0]], wanted[0], new.removesuffix("\n"), how)
            return start, end + (not new and end < len(view)), indented, how
    raise FileRefused(f"the text to replace was not found{_candidates(lines, wanted)}", next_step=READ_AGAIN)


def _exact(view: str, old: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    position = view.find(old)
    while position >= 0 and len(found) <= MOST_CANDIDATES:
        found.append((position, position + len(old)))
        position = view.find(old, position + 1)
    return found


def _windows(lines: list[str], wanted: list[str]) -> list[int]:
    """The first lines at which `wanted` stands, by one search for a piece of text, which takes linear time."""
    text, piece = "\n" + "\n".join(lines) + "\n", "\n" + "\n".join(wanted) + "\n"
    return [text.count("\n", 0, start) for start, _ in _exact(text, piece)]


def _only(spans: list[tuple[int, int]], view: str) -> tuple[int, int]:
    if len(spans) == 1:
        return spans[0]
    numbers = [str(view.count("\n", 0, start) + 1) for start, _ in spans[:MOST_CANDIDATES]]
    more = " and more" if len(spans) > MOST_CANDIDATES else ""
    raise FileRefused(
        f"the text to replace stands in several places: lines {', '.join(numbers)}{more}",
        next_step="quote more lines around the one you mean",
    )


def _indented_like(line: str, quoted: str, new: str, how: str) -> str:
    """`new`, moved by as much as the quoted first line differs from the one in the file."""
    real, said = (text[: len(text) - len(text.lstrip())] for text in (line, quoted))
    if how == "trailing space" or real == said:
        return new
    if real.endswith(said):
        extra = real.removesuffix(said)
        return "\n".join(extra + part if part.strip() else part for part in new.split("\n"))
    if said.endswith(real):
        surplus = said.removesuffix(real)
        return "\n".join(part.removeprefix(surplus) for part in new.split("\n"))
    return new


def _candidates(lines: list[str], wanted: list[str]) -> str:
    """The lines that look most like the first one quoted, with their numbers."""
    first = next(line.strip() for line in wanted if line.strip())[:LONGEST_LINE]
    rated: list[tuple[float, int]] = []
    for number, line in enumerate(lines[:MOST_LINES_COMPARED], start=1):
        likeness = difflib.SequenceMatcher(None, first, line.strip()[:LONGEST_LINE])
        if likeness.real_quick_ratio() >= ALIKE and likeness.quick_ratio() >= ALIKE and likeness.ratio() >= ALIKE:
            rated.append((-likeness.ratio(), number))
    if not rated:
        return ""
    best = [number for _, number in sorted(rated)[:MOST_CANDIDATES]]
    quoted = " | ".join(f"line {number}: {one_line(lines[number - 1][:LONGEST_LINE])}" for number in best)
    return f"; what looks most like its first line: {quoted}"


def _look_alike(line: str) -> str:
    return unicodedata.normalize("NFKC", line.translate(LOOK_ALIKES)).strip()


READ_AGAIN: Final = "read the file again and quote it as it is now"
LADDER: Final[dict[str, Callable[[str], str]]] = {
    "trailing space": str.rstrip,
    "trimmed": str.strip,
    "unicode": _look_alike,
}
