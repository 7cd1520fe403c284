"""Facts as one line of text that is safe to print, whatever an agent put into them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

SPEAKING_FIELDS: Final = ("message", "content", "text", "error", "summary", "goal", "reason", "key")
"""The field of a payload that says most, the best first."""
MOST_LISTED: Final = 20


def one_line(text: str) -> str:
    """Without line breaks and without anything that a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def storable(text: str) -> str:
    """What both databases and every reader can take: no lone surrogates, which are no Unicode, and no NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def json_text(value: object) -> str:
    """JSON that every reader can take. Raises TypeError or ValueError for what is not JSON, NaN among it."""
    return storable(json.dumps(value, allow_nan=False, ensure_ascii=False))


def listed(names: Iterable[str]) -> str:
    """Names for a sentence, in their alphabetical order and not too many of them."""
    known = sorted(names)
    more = f" and {len(known) - MOST_LISTED} more" if len(known) > MOST_LISTED else ""
    return ", ".join(known[:MOST_LISTED]) + more or "none"


def in_a_few_words(payload: Mapping[str, Any]) -> str:
    """What an event says, on one line."""
    match payload:
        case {"step": step, "of": of, "description": description}:
            said = f"step {step} of {of}: {_plain(description)}"
        case {"steps": [*steps]}:
            said = f"{len(steps)} steps: " + "; ".join(_plain(step) for step in steps)
        case _:
            speaking = next((payload[name] for name in SPEAKING_FIELDS if payload.get(name)), None)
            pairs = (f"{name}={_plain(value)}" for name, value in payload.items() if value is not None)
            said = " ".join(pairs) if speaking is None else _plain(speaking)
    return one_line(said)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
