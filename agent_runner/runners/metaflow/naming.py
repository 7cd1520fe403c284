"""Names that people gave, as names of a flow, of its steps and of its file."""

import keyword
import re
from collections.abc import Collection
from typing import Final

LONGEST_STEP: Final = 40
"""Argo and Step Functions make longer names of it, and bound them."""
LONGEST_FLOW: Final = 60
_OF_FLOWS: Final = frozenset(
    (
        *("start", "end", "next", "input", "index", "name", "run", "cmd", "script_name", "foreach_stack"),
        *("merge_artifacts", "card", "catch", "retry", "step", "timeout", "resources", "self"),
        *("environment", "kubernetes", "batch", "handed_on"),
        *("played", "calls", "answer", "outcome", "input_json", "flow", "topology"),
    )
)
"""What a FlowSpec has itself, and what the generated code calls its own."""


def file_name(topology: str) -> str:
    return f"{_words(topology)}_flow.py"


def class_name(topology: str) -> str:
    return "".join(word.capitalize() for word in _words(topology)[:LONGEST_FLOW].split("_")) + "Flow"


def step_name(wanted: str, taken: Collection[str]) -> str:
    """One that Python, Metaflow and the engines below it accept, and that is not taken."""
    short = _words(wanted)[:LONGEST_STEP].rstrip("_")
    if short in _OF_FLOWS or keyword.iskeyword(short) or keyword.issoftkeyword(short):
        short = f"{short}_agent"
    found, number = short, 1
    while found in taken:
        number += 1
        found = f"{short}_{number}"
    return found


def _words(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
