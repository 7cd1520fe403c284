"""A model that gives an earlier answer again where the conversation says that it is as good."""

import asyncio
from typing import TYPE_CHECKING

from agent_runner.domain.redaction import Redaction
from agent_runner.llm.base import Model, ModelAnswer, ModelRequest, Spent
from agent_runner.llm.cache import AnswerCache

if TYPE_CHECKING:
    from agent_runner.llm.conversation import Conversation, Reply


class CachedModel:
    """Stands before one model alone, never before two of which one falls back: each answers for itself.

    `place` is the model's address: the same name may be another model elsewhere.
    """

    def __init__(self, model: Model, place: str, cache: AnswerCache, redaction: Redaction) -> None:
        self._model = model
        self._place = place
        self._cache = cache
        self._redaction = redaction

    @property
    def name(self) -> str:
        return self._model.name

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        return await self._model.complete(request)

    async def converse(self, conversation: "Conversation") -> "Reply":
        if not conversation.cacheable:
            return await self._model.converse(conversation)
        from agent_runner.llm.conversation import Reply  # noqa: PLC0415 - seconds of imports; who converses has paid
        from agent_runner.llm.envelope import opened, question_key, sealed  # noqa: PLC0415

        key = await asyncio.to_thread(question_key, self.name, self._place, conversation)
        if (content := await self._cache.get(key)) is not None and (response := opened(key, content)) is not None:
            conversation.tell_whole(response)
            return Reply(
                response, Spent(model=self.name, input_tokens=0, output_tokens=0, cost_usd=0.0, is_cached=True)
            )
        reply = await self._model.converse(conversation)
        content = sealed(key, reply.response)
        if content is not None and not self._holds_secret(content):
            await self._cache.put(key, content)
        return reply

    async def close(self) -> None:
        """The cache belongs to whoever opened it."""
        await self._model.close()

    def _holds_secret(self, content: bytes) -> bool:
        text = content.decode()
        return self._redaction.of_values(text) != text
