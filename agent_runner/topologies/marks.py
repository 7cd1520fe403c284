"""Lines such as `POSITION: …`, by which an answer says what counts in it, however a model has written them down."""

import json
import re
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue
from pydantic_core import from_json

from agent_runner.domain.outcome import Reply
from agent_runner.domain.wording import storable
from agent_runner.llm.thoughts import without_thoughts

_FENCED: Final = re.compile(r"```[a-zA-Z]*[ \t]*\n(.*?)\n?```", re.DOTALL)
_BEFORE: Final = " \t>#-+•([\"'“*_`"
"""What may stand before the word of a mark: quotes, lists, headings, bold."""
_MARKUP: Final = "*_`"
_MARK: Final = r"(?:(?:my|our|the|final)\s+){{0,2}}({})([\"'”*_`\s)\]]*)[:\uff1a]\s*(.*)"
_WRAPPING: Final = (("**", "**"), ("*", "*"), ("`", "`"), ('"', '"'), ("'", "'"), ("“", "”"))
_TRAILING: Final = " \t\n.,;:!?…\u3002\uff01\uff1f*_`\"'”"


@dataclass(frozen=True, slots=True)
class Mark:
    name: str
    line: str
    rest: str
    """The line, and all that follows it."""


def words(reply: Reply) -> str:
    """The answer without what a model has thought aloud."""
    return without_thoughts(reply.text).strip()


def data_of(reply: Reply) -> JsonValue:
    """The answer as JSON: what its agent has made of it, or an object or array that is all that it says."""
    if reply.data is not None:
        return reply.data
    text = words(reply)
    if fenced := _FENCED.fullmatch(text):
        text = fenced.group(1).strip()
    if not text.startswith(("{", "[")):
        return None
    try:
        return from_json(text)
    except ValueError:
        return None


def find_mark(reply: Reply, *names: str, until: tuple[str, ...] = ()) -> Mark | None:
    """The last one of these names, which are in capitals; one that says nothing does not count.

    What follows it ends at a mark of the names `until`, too.
    """
    return _in_data(data_of(reply), names) or _in_lines(words(reply), names, until)


def conclusion(reply: Reply, name: str) -> str:
    """What the mark says; without it the last line that says anything, else the whole answer."""
    if mark := find_mark(reply, name):
        return mark.line
    if (data := data_of(reply)) is not None and (text := as_text(data)):
        return text
    lines = (_bare(line) for line in reversed(words(reply).splitlines()))
    return next((line for line in lines if any(map(str.isalnum, line))), words(reply))


def choice(text: str, *options: str) -> str | None:
    """The option that the text begins with; None as well where it only repeats that there is a choice."""
    either = "|".join(options)
    first = re.match(rf"\W*({either})\w*", text, re.IGNORECASE)
    if first is None or re.match(rf"\W*(?:or\b|\||/)\W*(?:{either})", text[first.end() :], re.IGNORECASE):
        return None
    return first.group(1).lower()


def normalised(text: str) -> str:
    """Equal for what differs in case, blanks, decoration and the punctuation at the end only."""
    line = " ".join(text.split())
    return line.strip(_TRAILING).casefold() or line.casefold()


def as_text(value: JsonValue) -> str:
    """Empty for a number that has too many digits to be written down."""
    if isinstance(value, str):
        return storable(value.strip())
    if value is True:
        return "yes"
    try:
        return storable(json.dumps(value, ensure_ascii=False, sort_keys=True))
    except ValueError:
        return ""


def _in_data(data: JsonValue, names: tuple[str, ...]) -> Mark | None:
    if not isinstance(data, dict):
        return None
    found = [
        (key.upper(), as_text(value)) for key, value in data.items() if key.upper() in names and value not in ("", None)
    ]
    said = [(name, text) for name, text in found if text not in ("", "false")]
    return Mark(said[-1][0], said[-1][1], said[-1][1]) if said else None


def _in_lines(text: str, names: tuple[str, ...], until: tuple[str, ...]) -> Mark | None:
    pattern = re.compile(_MARK.format("|".join(map(re.escape, {*names, *until}))), re.IGNORECASE)
    lines = text.splitlines()
    end = len(lines)
    for number in range(len(lines) - 1, -1, -1):
        if (found := _on_line(lines[number], pattern)) is None:
            continue
        name, value = found
        said = [line for line in (value, *lines[number + 1 : end]) if any(map(str.isalnum, line))]
        if name in names and said:
            return Mark(name, _bare(said[0]), _bare("\n".join([value, *lines[number + 1 : end]])))
        end = number
    return None


def _on_line(line: str, pattern: re.Pattern[str]) -> tuple[str, str] | None:
    """The name of the mark and what stands behind it, without the decoration of both."""
    undecorated = line.lstrip(_BEFORE)
    found = pattern.match(undecorated)
    if found is None:
        return None
    name, between, value = found.groups()
    before = line[: len(line) - len(undecorated)].rstrip()
    value = value.rstrip()
    if before.endswith('"') and '"' in between:
        return name.upper(), _json_string(value)
    opened = before[len(before.rstrip(_MARKUP)) :]
    if opened and opened not in between:
        value = value.removeprefix(opened) if value.startswith(opened) else value.removesuffix(opened)
    return name.upper(), value.strip()


def _json_string(value: str) -> str:
    """Of a line of JSON that stands in something that is none."""
    try:
        return as_text(json.JSONDecoder().raw_decode(value)[0])
    except (ValueError, RecursionError):
        return value


def _bare(text: str) -> str:
    """Without the quotes or the markup around all of it."""
    text = text.strip()
    for opening, closing in _WRAPPING:
        inner = text[len(opening) : -len(closing)]
        if inner and text == f"{opening}{inner}{closing}" and closing not in inner:
            return inner.strip()
    return text
