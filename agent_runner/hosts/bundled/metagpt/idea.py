"""The idea that the company is given: the goal, what else the run was given, and what a person wants otherwise."""

import json
from collections.abc import Mapping
from typing import Any


def whole_idea(start: Mapping[str, Any]) -> str:
    """The same text for the same run, whatever the order in which its input was stored."""
    parts = [str(start["goal"])]
    if given := start.get("input"):
        parts.append("Context, as JSON:\n" + json.dumps(given, indent=2, sort_keys=True, ensure_ascii=False))
    if wishes := start.get("wishes"):
        parts.append("It was made before, and this is wanted otherwise:\n" + "\n".join(f"- {wish}" for wish in wishes))
    return "\n\n".join(parts)
