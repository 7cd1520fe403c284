"""Prompts are files in `prompts/`, with `$name` where something is filled in."""

import json
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any, Final

PROMPTS: Final = Path(__file__).parent / "prompts"
LONGEST_INPUT: Final = 20_000


def load_prompt(name: str) -> Template:
    return Template((PROMPTS / f"{name}.md").read_text(encoding="utf-8").strip())


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters of the text, and a note that says how much is missing."""
    if len(text) <= limit:
        return text
    note = f"… [{len(text)} characters, shortened]"
    return text[: max(0, limit - len(note))] + note


def input_block(given: Mapping[str, Any]) -> str:
    """What a run was given beside its goal, for a model to read; empty where there is nothing."""
    if not given:
        return ""
    text = json.dumps(given, ensure_ascii=False, sort_keys=True)
    return f"\n<input>\n{shortened(text, LONGEST_INPUT)}\n</input>\n"


def shortened_inside(text: str, limit: int) -> str:
    """At most `limit` characters: how the text begins and ends, and between them a note of how long it was."""
    note = f"\n… [{len(text)} characters, shortened] …\n"
    if len(text) <= limit:
        return text
    room = max(0, limit - len(note))
    end = room // 2
    return text[: room - end] + note + text[len(text) - end :]
