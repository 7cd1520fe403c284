"""Reads a plan out of a model's answer, however the model chose to write it down."""

import json
import re
from typing import Final

from pydantic import JsonValue

from agent_runner.agents.prompt import shortened
from agent_runner.llm.thoughts import without_thoughts

MOST_STEPS: Final = 10
LONGEST_STEP: Final = 500
LONGEST_ANSWER: Final = 100_000
"""Characters that are looked at; a plan is not longer."""

_FENCED: Final = re.compile(r"```[a-zA-Z]*[ \t]*\n(.*?)```", re.DOTALL)
_BOLD: Final = re.compile(r"\*\*(?=\S)(.{1,200}?)(?<=\S)\*\*")
_NUMBERED: Final = re.compile(
    r"(?:step\s*)?[(\[]?\d{1,2}(?:[.):\]、]+(?!\d)|\s+[-\u2013\u2014]\s)\s*(.+)", re.IGNORECASE
)
_BULLET: Final = re.compile(r"[-*+•‣◦▪\u2013\u2014]\s+(.+)")
_CHECKBOX: Final = re.compile(r"\[[ xX]?\]\s+")
_KEYCAP: Final = "\ufe0f\u20e3"
"""Turns a digit into an emoji."""
_STEP_FIELDS: Final = ("description", "step", "task", "action", "title", "name", "text", "content")


def parse_plan(answer: str, goal: str, *, most: int = MOST_STEPS, longest: int = LONGEST_STEP) -> list[str]:
    """Steps of one line each, `most` at most. An answer that holds no plan makes the whole goal the only step."""
    text = without_thoughts(answer)[:LONGEST_ANSWER]
    steps = (
        _from_json([text])
        or _from_list(text, _NUMBERED)
        or _from_json([*_FENCED.findall(text), *_brackets(text)])
        or _from_list(text, _BULLET)
        or _cleaned([goal])
        or [goal]
    )
    return [shortened(step, longest) for step in steps[:most]]


def _from_json(candidates: list[str]) -> list[str]:
    """An array of steps, or an object that holds one."""
    for candidate in candidates:
        try:
            value: JsonValue = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        if steps := _steps_of(value):
            return steps
    return []


def _brackets(text: str) -> list[str]:
    """What reaches from the first opening to the last closing bracket."""
    spans = [(text.find(opening), text.rfind(closing)) for opening, closing in ("[]", "{}")]
    return [text[start : end + 1] for start, end in spans if 0 <= start < end]


def _steps_of(value: JsonValue) -> list[str]:
    if isinstance(value, dict):
        for each in value.values():
            if isinstance(each, list) and (steps := _steps_of(each)):
                return steps
    return _cleaned([_step_of(item) for item in value]) if isinstance(value, list) else []


def _step_of(item: JsonValue) -> str:
    if isinstance(item, dict):
        texts = [item.get(name) for name in _STEP_FIELDS]
        return next((text for text in texts if isinstance(text, str) and text.strip()), "")
    return item if isinstance(item, str) else ""


def _from_list(text: str, marker: re.Pattern[str]) -> list[str]:
    """The outermost items of a list; what is indented below an item, or follows it directly, belongs to it."""
    lines = [(_indent(line), _plain(line)) for line in text.splitlines() if not line.lstrip().startswith("```")]
    outermost = min((indent for indent, line in lines if marker.match(line)), default=0)
    items: list[str] = []
    is_after_blank = False
    for indent, line in lines:
        found = marker.match(line)
        if found and indent <= outermost:
            items.append(found.group(1))
        elif items and line and (indent > outermost or not is_after_blank):
            items[-1] += " " + _without_marker(line, _BULLET)
        is_after_blank = not line
    return _cleaned(items)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _plain(line: str) -> str:
    """A line without the markup that only decorates: headings, quotes, bold."""
    return _BOLD.sub(r"\1", line.strip().lstrip("#> ")).replace(_KEYCAP, ".")


def _without_marker(line: str, marker: re.Pattern[str]) -> str:
    found = marker.match(line)
    return found.group(1) if found else line


def _cleaned(items: list[str]) -> list[str]:
    """One line each; what is empty or said twice is left out. Models number the strings of an array, too."""
    lines = [_CHECKBOX.sub("", _without_marker(_plain(" ".join(item.split())), _NUMBERED), count=1) for item in items]
    return list(dict.fromkeys(line.strip() for line in lines if any(map(str.isalnum, line))))
