"""Numbers in answers."""

import re
from collections.abc import Sequence
from math import fsum, isfinite
from typing import Final

from pydantic import JsonValue

from agent_runner.domain.outcome import Reply
from agent_runner.topologies.marks import data_of, find_mark, words

NUMBER: Final = "NUMBER"
ANSWER: Final = "ANSWER"

_NUMBER: Final = re.compile(r"(?<![\w.])[-+]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:[.,]\d+)?(?:[eE][-+]?\d+)?")
_GROUPED: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)")


def number_in(reply: Reply) -> float | None:
    """The last number of the answer; one in its line `NUMBER: …`, or in its JSON, comes first."""
    if (value := _of_data(data_of(reply))) is not None:
        return value
    marked = find_mark(reply, NUMBER)
    found = _last(marked.line) if marked else None
    return _last(words(reply)) if found is None else found


def only_number(reply: Reply) -> float | None:
    """The number, where the answer is nothing but one."""
    if (value := _of_data(data_of(reply))) is not None:
        return value
    marked = find_mark(reply, NUMBER, ANSWER)
    text = _with_minus((marked.line if marked else words(reply)).strip().removesuffix("."))
    return _value(text) if _NUMBER.fullmatch(text) else None


def mean(numbers: Sequence[tuple[float, float]]) -> float:
    """Of numbers with their weights, which are more than 0 together."""
    total = fsum(weight for _, weight in numbers)
    return fsum(number * (weight / total) for number, weight in numbers)


def written(number: float) -> str:
    return f"{number + 0.0:.12g}"


def _of_data(data: JsonValue) -> float | None:
    if isinstance(data, dict):
        return next((_of_data(value) for key, value in data.items() if key.lower() in {"value", "number"}), None)
    if isinstance(data, str):
        return _value(_with_minus(data.strip()))
    return None if isinstance(data, bool | list) or data is None else _finite(data)


def _last(text: str) -> float | None:
    found = _NUMBER.findall(_with_minus(text))
    return next((value for each in reversed(found) if (value := _value(each)) is not None), None)


def _with_minus(text: str) -> str:
    return text.replace("\u2212", "-")


def _value(text: str) -> float | None:
    """A comma groups thousands where three digits follow it each time, and is a decimal one otherwise."""
    plain = _GROUPED.sub(lambda found: found.group().replace(",", ""), text).replace(",", ".")
    try:
        return _finite(float(plain))
    except ValueError:
        return None


def _finite(number: float) -> float | None:
    try:
        value = float(number)
    except OverflowError:
        return None
    return value if isfinite(value) else None
