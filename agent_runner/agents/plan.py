"""Reads a plan out of a model's answer, however the model chose to write it down."""

import json
import re
from typing import Final

from pydantic import JsonValue

from agent_runner.agents.prompt import shortened

MOST_STEPS: Final = 10
LONGEST_STEP: Final = 500
LONGEST_ANSWER: Final = 100_000
"""Characters that are looked at; a plan is not longer."""

_THOUGHTS: Final = re.compile(r"<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_END_OF_THOUGHTS: Final = re.compile(r"</(?:think|thinking|reasoning)>", re.IGNORECASE)
_FENCE: Final = re.compile(r"```[a-zA-Z]*\s*\n(.*?)```", re.DOTALL)
_DECORATION: Final = r"(?:\#{1,6}[ \t]+|>[ \t]*)?[*_]{0,3}"
_NUMBERED: Final = re.compile(
    rf"^([ \t]*){_DECORATION}(?:step[ \t]*)?[(\[]?\d{{1,2}}[*_]{{0,2}}(?:[.):\]]+|[ \t]*[-–—](?=[ \t]))[*_]{{0,3}}[ \t]+(.+)$",  # noqa: RUF001 - models write these dashes
    re.IGNORECASE,
)
_BULLET: Final = re.compile(r"^([ \t]*)(?:[-*+•‣◦▪–—])[ \t]+(.+)$")  # noqa: RUF001 - models write these dashes
_CHECKBOX: Final = re.compile(r"^\[[ xX]?\][ \t]+")
_STEP_FIELDS: Final = ("description", "step", "task", "action", "title", "name", "text", "content")


def parse_plan(answer: str, goal: str) -> list[str]:
    """1 to 10 steps of one line each. An answer that holds no plan makes the whole goal the only step."""
    text = _without_thoughts(answer)[:LONGEST_ANSWER]
    steps = _from_json(text) or _from_list(text, _NUMBERED) or _from_list(text, _BULLET) or [goal]
    return steps[:MOST_STEPS]


def _without_thoughts(answer: str) -> str:
    """Some servers leave the model's thoughts in the text, some cut off the opening tag only."""
    return _END_OF_THOUGHTS.split(_THOUGHTS.sub("", answer))[-1]


def _from_json(text: str) -> list[str]:
    """An array of steps, or an object that holds one, alone, in a fence or amid prose."""
    for candidate in [*_FENCE.findall(text), text.strip(), *_brackets(text)]:
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
        arrays = [each for each in value.values() if isinstance(each, list)]
        return next((steps for array in arrays if (steps := _steps_of(array))), [])
    if not isinstance(value, list):
        return []
    return _cleaned([_step_of(item) for item in value])


def _step_of(item: JsonValue) -> str:
    if isinstance(item, dict):
        texts = [item.get(name) for name in _STEP_FIELDS]
        return next((text for text in texts if isinstance(text, str) and text.strip()), "")
    return item if isinstance(item, str) else ""


def _from_list(text: str, pattern: re.Pattern[str]) -> list[str]:
    """The outermost items of a list; what is indented below an item, or follows it directly, belongs to it."""
    outermost = min((len(found.group(1)) for line in text.splitlines() if (found := pattern.match(line))), default=0)
    items: list[str] = []
    is_after_blank = False
    for line in text.splitlines():
        found = pattern.match(line)
        if found and len(found.group(1)) <= outermost:
            items.append(found.group(2))
        elif items and line.strip() and (not is_after_blank or _indent(line) > outermost):
            items[-1] += " " + _BULLET.sub(r"\2", line).strip()
        is_after_blank = not line.strip()
    return _cleaned(items)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _cleaned(items: list[str]) -> list[str]:
    """One line each, without markup that only decorates; what is empty or said twice is left out."""
    lines = [
        " ".join(_CHECKBOX.sub("", _number_cut(item)).replace("**", "").replace("__", "").split()) for item in items
    ]
    return list(dict.fromkeys(shortened(line, LONGEST_STEP) for line in lines if any(map(str.isalnum, line))))


def _number_cut(item: str) -> str:
    """Models number the strings of an array, too."""
    found = _NUMBERED.match(item)
    return found.group(2) if found else item
