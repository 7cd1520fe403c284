"""Prompts are files in `prompts/`, with `$name` where something is filled in."""

from pathlib import Path
from string import Template
from typing import Final

PROMPTS: Final = Path(__file__).parent / "prompts"


def load_prompt(name: str) -> Template:
    return Template((PROMPTS / f"{name}.md").read_text(encoding="utf-8").strip())


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters of the text, and a note that says how much is missing."""
    if len(text) <= limit:
        return text
    note = f"… [{len(text)} characters, shortened]"
    return text[: max(0, limit - len(note))] + note


def shortened_inside(text: str, limit: int) -> str:
    """At most `limit` characters: how the text begins and ends, and between them a note of how long it was."""
    note = f"\n… [{len(text)} characters, shortened] …\n"
    if len(text) <= limit:
        return text
    room = max(0, limit - len(note))
    end = room // 2
    return text[: room - end] + note + text[len(text) - end :]
