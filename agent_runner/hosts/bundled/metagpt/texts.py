"""MetaGPT's documents as people read them, and texts cut to a length."""

import json
import re
from typing import Any, Final

LONGEST_SLUG: Final = 40
NOT_A_PACKAGE: Final = frozenset({"docs", "resources", "tests", "test_outputs"})
"""Directories that MetaGPT fills beside the code."""
_FILLING: Final = frozenset(
    [
        "a",
        "an",
        "and",
        "app",
        "for",
        "in",
        "of",
        "on",
        "or",
        "please",
        "that",
        "the",
        "to",
        "with",
        "write",
        "create",
        "make",
        "build",
        "by",
    ]
)


def shortened(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    note = f"\n… {len(text) - longest} characters more"
    return text[: max(0, longest - len(note))] + note


def one_line(text: str, longest: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def package_name(goal: str) -> str:
    """The same for the same goal. MetaGPT lets the model choose, and then moves its directory to wherever that is."""
    words = [word for word in re.findall(r"[a-z0-9]+", goal.lower()) if word not in _FILLING]
    name = "_".join(words)[:LONGEST_SLUG].strip("_")
    if not name or name[0].isdigit() or name in NOT_A_PACKAGE:
        name = f"project_{name}".rstrip("_")
    return name


def pretty(document: str) -> str:
    return json.dumps(json.loads(document), indent=2, ensure_ascii=False) + "\n"


def markdown(title: str, document: str) -> str:
    """Of a JSON object: a heading for each key, a list for each list, a block for each diagram."""
    parts = [f"# {title}"]
    for key, value in json.loads(document).items():
        parts.append(f"## {key}\n\n{_body(value)}")
    return "\n\n".join(parts) + "\n"


def _body(value: Any) -> str:
    if isinstance(value, list):
        lines = [f"- {': '.join(map(str, item)) if isinstance(item, list) else item}" for item in value]
        return "\n".join(lines) or "-"
    text = str(value or "-").strip()
    return f"```mermaid\n{text}\n```" if text.startswith(("classDiagram", "sequenceDiagram", "quadrantChart")) else text
