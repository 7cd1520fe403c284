"""How an answer lies in a cache: the name of its question, and the answer as JSON. Slow to import."""

import hashlib
import json
from dataclasses import fields, replace
from typing import Final, cast

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic_ai import ModelMessagesTypeAdapter, ModelResponse, RequestUsage
from pydantic_ai.models import ModelRequestParameters
from pydantic_core import to_jsonable_python

from agent_runner.llm.cache import LARGEST_KEPT_BYTES
from agent_runner.llm.conversation import Conversation, what_was_said

VERSION: Final = 1
"""Of the key and of what lies under it: a new number forgets everything."""
WHOLE: Final = frozenset({"stop", "tool_call"})
"""How an answer ends that is whole."""


class _Envelope(BaseModel):
    key: str
    answer: JsonValue


def question_key(model: str, place: str, conversation: Conversation) -> str:
    """The sha256 of all that makes two questions the same: who is asked where, and everything that it is told."""
    question = {
        "version": VERSION,
        "model": model,
        "place": place,
        "settings": to_jsonable_python(conversation.settings or {}, fallback=repr),
        "parameters": _told(conversation.parameters),
        "said": what_was_said(conversation.messages),
    }
    return hashlib.sha256(json.dumps(question, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _told(parameters: ModelRequestParameters) -> JsonValue:
    """Tools, the form of the output and the rest, in an order that no process changes."""
    names = [each.name for each in fields(parameters) if not each.name.startswith("_")]
    return {name: to_jsonable_python(_ordered(getattr(parameters, name)), fallback=repr) for name in names}


def _ordered(value: object) -> object:
    return sorted(cast("set[str]", value)) if isinstance(value, set) else value


def sealed(key: str, response: ModelResponse) -> bytes | None:
    """None where the answer is not whole, or too large to keep. One that does not say how it ended may be cut off."""
    said = (response.provider_details or {}).get("finish_reason")  # where the server is silent, the library says stop
    if response.state != "complete" or response.finish_reason not in WHOLE or not said:
        return None
    bare = replace(response, usage=RequestUsage(), run_id=None, conversation_id=None)
    answer = ModelMessagesTypeAdapter.dump_python([bare], mode="json")
    content = _Envelope(key=key, answer=answer).model_dump_json().encode()
    return content if len(content) <= LARGEST_KEPT_BYTES else None


def opened(key: str, content: bytes) -> ModelResponse | None:
    """None for what is no whole answer to this question, whoever has put it there."""
    try:
        envelope = _Envelope.model_validate_json(content)
        messages = ModelMessagesTypeAdapter.validate_python(envelope.answer)
    except (ValidationError, ValueError, RecursionError):
        return None
    match messages:
        case [ModelResponse() as response] if envelope.key == key and sealed(key, response) is not None:
            return response
        case _:
            return None
