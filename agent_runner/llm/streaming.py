"""An answer that is told while it grows, through pydantic-ai. Slow to import, as connection.py is."""

from pydantic_ai import (
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
)
from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import ModelResponseStreamEvent
from pydantic_ai.models import Model
from pydantic_ai.settings import ModelSettings

from agent_runner.llm.base import LONGEST_ANSWER
from agent_runner.llm.conversation import Conversation
from agent_runner.llm.failure import CallFailed
from agent_runner.llm.listener import OnText


async def streamed_response(
    model: Model, conversation: Conversation, settings: ModelSettings, name: str, on_text: OnText
) -> ModelResponse:
    """The same response as without a stream. What was told, in one, is its text."""
    teller = _Teller(name, on_text)
    request = model_request_stream(
        model,
        conversation.messages,
        model_settings=settings,
        model_request_parameters=conversation.parameters,
        instrument=False,
    )
    async with request as stream:
        async for event in stream:
            teller.hear(event)
    response = stream.get()
    if not _is_ended(response):
        raise CallFailed(f"{name} broke off in the middle of its answer", is_passing=True)
    return response


def _is_ended(response: ModelResponse) -> bool:
    """A stream that just ends may have been cut; the library takes it for whole and says `stop`."""
    said = (response.provider_details or {}).get("finish_reason")
    return bool(said) or response.finish_reason == "content_filter"


class _Teller:
    """Bounded by LONGEST_ANSWER: the library copies what has grown with each piece, so the work grows as its square."""

    def __init__(self, name: str, on_text: OnText) -> None:
        self._name = name
        self._on_text = on_text
        self._length = 0
        self._has_text = False

    def hear(self, event: ModelResponseStreamEvent) -> None:
        match event:
            case PartStartEvent(part=TextPart() as part):
                is_apart = self._has_text and event.previous_part_kind != "text"
                self._has_text = True
                self._tell(f"\n\n{part.content}" if is_apart else part.content)
            case PartDeltaEvent(delta=TextPartDelta() as delta):
                self._tell(delta.content_delta)
            case PartStartEvent(part=ThinkingPart() as part):
                self._count(part.content)
            case PartDeltaEvent(delta=ThinkingPartDelta() as delta):
                self._count(delta.content_delta)
            case PartStartEvent(part=ToolCallPart() as part):
                self._count(part.args)
            case PartDeltaEvent(delta=ToolCallPartDelta() as delta):
                self._count(delta.args_delta)
            case _:
                pass

    def _tell(self, piece: str) -> None:
        self._count(piece)
        self._on_text(piece.encode("utf-8", "replace").decode())  # a lone surrogate is in no JSON that leaves here

    def _count(self, said: object) -> None:
        self._length += len(said if isinstance(said, str) else str(said or ""))
        if self._length > LONGEST_ANSWER:
            raise CallFailed(f"{self._name} answered with more than {LONGEST_ANSWER} characters", is_passing=True)
