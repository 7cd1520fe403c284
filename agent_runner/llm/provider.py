"""A model behind HTTP: one question becomes tries with a time limit each and waits between them."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeVar

from agent_runner.errors import ModelError, PermanentAgentError
from agent_runner.llm.base import ModelAnswer, ModelRequest
from agent_runner.llm.endpoint import Endpoint
from agent_runner.llm.failure import CallFailed, Patience
from agent_runner.llm.listener import OnText, listening

if TYPE_CHECKING:
    from agent_runner.llm.connection import Connection
    from agent_runner.llm.conversation import Conversation, Reply

T = TypeVar("T")

log: Final = logging.getLogger(__name__)


class RemoteModel:
    """Connects at the first question: the library behind it takes seconds to load."""

    def __init__(self, endpoint: Endpoint, patience: Patience, chance: random.Random | None = None) -> None:
        self._endpoint = endpoint
        self._patience = patience
        self._chance = chance or random.SystemRandom()
        self._connection: Connection | None = None
        self._connecting = asyncio.Lock()

    @property
    def name(self) -> str:
        return self._endpoint.name

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        return await self._patiently(lambda connection: connection.ask(request))

    async def converse(self, conversation: "Conversation") -> "Reply":
        with listening(conversation) as heard:
            return await self._patiently(lambda connection: connection.converse(heard), heard.on_text)

    async def _patiently(self, ask: "Callable[[Connection], Awaitable[T]]", on_text: OnText | None = None) -> T:
        connection = await self._connected()
        tries = 1
        while True:
            try:
                return await self._try(ask(connection))
            except CallFailed as failure:
                if not failure.is_passing:
                    raise PermanentAgentError(failure.sentence) from None
                if tries > self._patience.max_retries:
                    raise ModelError(f"{failure.sentence} (tried {_times(tries)})") from None
                if on_text is not None:
                    on_text(None)
                await self._wait(tries, failure)
                tries += 1

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _try(self, answer: Awaitable[T]) -> T:
        seconds = self._patience.timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError:
            sentence = f"{self.name} gave no complete answer within {seconds:g} s (LLM_TIMEOUT_SECONDS)"
            raise CallFailed(sentence, is_passing=True) from None

    async def _wait(self, tries: int, failure: CallFailed) -> None:
        seconds = self._patience.wait_seconds(tries, failure.retry_after_seconds, self._chance)
        log.warning(
            "Model call failed, trying again",
            extra={"model": self.name, "reason": failure.sentence, "tries": tries, "delay_seconds": round(seconds, 3)},
        )
        await asyncio.sleep(seconds)

    async def _connected(self) -> "Connection":
        async with self._connecting:
            if self._connection is None:
                self._connection = await asyncio.to_thread(_connect, self._endpoint, self._patience.timeout_seconds)
            return self._connection


def _connect(endpoint: Endpoint, timeout_seconds: float) -> "Connection":
    from agent_runner.llm.connection import Connection  # noqa: PLC0415 - seconds of imports, paid when a model is used

    return Connection(endpoint, timeout_seconds)


def _times(tries: int) -> str:
    return "once" if tries == 1 else f"{tries} times"
