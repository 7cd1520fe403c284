"""What the program says, as it may stand in an event or a question."""

import hashlib
import json
from typing import Final

from pydantic import JsonValue

from agent_runner.agents.prompt import shortened
from agent_runner.sandbox.output import escaped

LONGEST_MESSAGE: Final = 10_000
"""Characters; one of them may take four bytes, and an event has 64 kB."""


def shown(text: str, limit: int = LONGEST_MESSAGE) -> str:
    """Made harmless first: what is escaped counts as it is written."""
    return shortened(escaped(text.encode("utf-8", "backslashreplace")), limit)


def hash_of(value: JsonValue) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
