"""A conversation with tools, in pydantic-ai's words; slow to import, so only for who holds one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import JsonValue
from pydantic_ai import ModelMessage, ModelMessagesTypeAdapter, ModelResponse
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.settings import ModelSettings
from pydantic_core import to_jsonable_python

from agent_runner.llm.base import Spent
from agent_runner.llm.listener import OnText

DemoScript = Callable[[Sequence[ModelMessage], ModelRequestParameters], ModelResponse]
"""What the demo model answers: each agent brings its own, because only it knows what its tools are good for."""

_OF_PARTS: Final = ("part_kind", "content", "tool_name", "args", "tool_call_id", "outcome")
"""What is left out says when and by whom something was said, not what: times, ids of runs and servers, counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What was said so far, and what the model may answer. `cacheable`: an earlier answer to the same is as good.

    `on_text` hears the answer while it grows, and is no part of the question. It must not wait for anything; what it
    raises ends the call.
    """

    messages: list[ModelMessage]
    parameters: ModelRequestParameters
    settings: ModelSettings | None = None
    cacheable: bool = False
    demo: DemoScript | None = None
    on_text: OnText | None = None

    def tell_whole(self, response: ModelResponse) -> None:
        """For who has the whole answer at once."""
        if self.on_text is not None and response.text:
            self.on_text(response.text)

    @property
    def text(self) -> str:
        """All of it, for counting."""
        return ModelMessagesTypeAdapter.dump_json(self.messages).decode()


@dataclass(frozen=True, slots=True)
class Reply:
    response: ModelResponse
    spent: Spent


def what_was_said(messages: Sequence[ModelMessage]) -> list[JsonValue]:
    """The messages without what differs each time the same is said, so that a resumed attempt says the same."""
    dumped: list[dict[str, Any]] = to_jsonable_python(messages, fallback=repr)
    return [_said(message) for message in dumped]


def _said(message: dict[str, Any]) -> JsonValue:
    parts: list[dict[str, Any]] = message["parts"]
    said: list[JsonValue] = [{name: part[name] for name in _OF_PARTS if name in part} for part in parts]
    return {"instructions": message.get("instructions"), "parts": said}
