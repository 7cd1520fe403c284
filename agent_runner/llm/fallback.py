"""Two models as one: the second answers where the first has failed for good."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from agent_runner.errors import ModelError, PermanentAgentError
from agent_runner.llm.base import Model, ModelAnswer, ModelRequest
from agent_runner.llm.listener import OnText, listening

if TYPE_CHECKING:
    from agent_runner.llm.conversation import Conversation, Reply

log: Final = logging.getLogger(__name__)

T = TypeVar("T")


class ModelWithFallback:
    """Asks the first model with all its retries, each time anew, and only then the second; the answer says why."""

    def __init__(self, first: Model, second: Model) -> None:
        self._first = first
        self._second = second

    @property
    def name(self) -> str:
        return self._first.name

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        answer, why = await self._either(lambda model: model.complete(request))
        return answer.model_copy(update={"fallback": why})

    async def converse(self, conversation: "Conversation") -> "Reply":
        with listening(conversation) as heard:
            reply, why = await self._either(lambda model: model.converse(heard), heard.on_text)
        return replace(reply, spent=reply.spent.model_copy(update={"fallback": why}))

    async def close(self) -> None:
        await self._first.close()
        await self._second.close()

    async def _either(
        self, ask: Callable[[Model], Awaitable[T]], on_text: OnText | None = None
    ) -> tuple[T, str | None]:
        """The answer, and why it is that of the second model. When both fail it is passing if either failure is."""
        try:
            return await ask(self._first), None
        except (ModelError, PermanentAgentError) as error:
            first = error
        log.warning("Model failed, asking the fallback", extra={"model": self._second.name, "reason": first.message})
        if on_text is not None:
            on_text(None)
        try:
            return await ask(self._second), first.message
        except (ModelError, PermanentAgentError) as second:
            is_final = isinstance(first, PermanentAgentError) and isinstance(second, PermanentAgentError)
            kind = PermanentAgentError if is_final else ModelError
            raise kind(f"{first.message}; and the fallback: {second.message}") from second
