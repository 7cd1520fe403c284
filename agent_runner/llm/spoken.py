"""Tool calls that a model writes down as text instead of making them: small local models often do."""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any, Final, cast

from pydantic_ai import ModelResponse, TextPart, ThinkingPart, ToolCallPart
from pydantic_ai.models import ModelRequestParameters

from agent_runner.llm.thoughts import without_thoughts

_TAGGED: Final = re.compile(r"<(tool_call|function_call)>\s*(.*?)\s*(?:</\1>|$)", re.DOTALL)
_FENCED: Final = re.compile(r"```(?:json|tool_call)?[ \t]*\n(.*?)```", re.DOTALL)
_ARGUMENTS: Final = ("arguments", "parameters", "args", "input")
LONGEST_TEXT: Final = 200_000


def with_spoken_calls(response: ModelResponse, parameters: ModelRequestParameters) -> ModelResponse:
    """The answer with the calls made that its text only describes; the same answer when there are none."""
    names = {tool.name for tool in (*parameters.function_tools, *parameters.output_tools)}
    if not names or any(not isinstance(part, TextPart | ThinkingPart) for part in response.parts):
        return response
    text = "\n".join(part.content for part in response.parts if isinstance(part, TextPart))
    calls = list(_calls(without_thoughts(text[:LONGEST_TEXT]).strip(), names))
    if not calls:
        return response
    response.parts = [*response.parts, *calls]
    return response


def _calls(text: str, names: Collection[str]) -> Iterator[ToolCallPart]:
    """Only what is nothing but calls counts: the whole text, or what is tagged or fenced as one in it."""
    for candidate in (text, *(found for _, found in _TAGGED.findall(text)), *_FENCED.findall(text)):
        if calls := [_call(each, names) for each in _objects(candidate)]:
            known = [call for call in calls if call is not None]
            if len(known) == len(calls):
                yield from known
            if candidate is text and known:
                return


def _objects(candidate: str) -> list[Any]:
    try:
        value: Any = json.loads(candidate, strict=False)
    except (ValueError, RecursionError):
        return []
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _call(value: object, names: Collection[str]) -> ToolCallPart | None:
    if not isinstance(value, dict):
        return None
    said = cast("dict[str, Any]", value)
    inner = said.get("function")
    if said.get("type") == "function" and isinstance(inner, dict):
        said = cast("dict[str, Any]", inner)
    name = str(said.get("name"))
    if name not in names or not set(said) <= {"name", "id", "type", *_ARGUMENTS}:
        return None
    given = next((said[key] for key in _ARGUMENTS if key in said), None) or "{}"
    return ToolCallPart(name, given if isinstance(given, str) else json.dumps(given))
