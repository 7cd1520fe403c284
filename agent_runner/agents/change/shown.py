"""What a model is shown of files: not more of them than a small one can read."""

from typing import Final

from agent_runner.agents.prompt import shortened
from agent_runner.workspace.files import FileText, Listing
from agent_runner.workspace.search import Found

USUAL_LINES: Final = 400
LONGEST_ANSWER: Final = 16_000
"""Characters of one tool's answer: a small model's whole context is not much more."""


def last_wanted(first_line: int, last_line: int | None) -> int:
    return first_line + USUAL_LINES - 1 if last_line is None else last_line


def lines_of(found: FileText) -> str:
    text = found.text[:LONGEST_ANSWER]
    last_shown = found.last_line if text == found.text else found.first_line + text.count("\n")
    return f"{found.path}, lines {found.first_line} to {last_shown} of {found.lines}:\n{text}"


def listed(listing: Listing) -> str:
    lines = [entry.path for entry in listing.entries] or ["no files"]
    text = shortened("\n".join(lines), LONGEST_ANSWER)
    return text if listing.is_complete else f"{text}\n… and more: name a directory or a glob"


def found_lines(found: Found, pattern: str) -> str:
    if not found.matches:
        return f"nothing holds {pattern!r}"
    text = shortened("\n".join(f"{match.path}:{match.line}: {match.text}" for match in found.matches), LONGEST_ANSWER)
    return text if found.is_complete else f"{text}\n… and more: name a glob, or look for something rarer"
