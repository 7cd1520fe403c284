"""The JSON in what a model has answered: plain, or in a fence with words around it."""

import re
from typing import Final

from pydantic import JsonValue
from pydantic_core import from_json

from agent_runner.domain.wording import storable

_FENCED: Final = re.compile(r"```(?:json)?[ \t]*\n(.*?)```", re.DOTALL | re.IGNORECASE)
_OBJECT: Final = re.compile(r"\{.*\}", re.DOTALL)


def json_in(text: str) -> JsonValue:
    """Raises ValueError, with half a sentence that says what is wrong."""
    said = storable(text).strip()
    wrong = ""
    for candidate in (said, *_FENCED.findall(said), *_OBJECT.findall(said)):
        try:
            return from_json(candidate, allow_inf_nan=False)
        except ValueError as error:
            wrong = wrong or str(error)
    raise ValueError(f"it is no JSON: {wrong}")
