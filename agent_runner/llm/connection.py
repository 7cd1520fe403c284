"""One question to one model server through pydantic-ai. Slow to import: provider.py does so at the first call."""

from collections.abc import Sequence
from typing import Final, assert_never

import httpx2
from genai_prices import calc_price
from pydantic_ai import ModelMessagesTypeAdapter, ModelResponse, RequestUsage
from pydantic_ai import ModelRequest as Question
from pydantic_ai.direct import model_request
from pydantic_ai.models import Model
from pydantic_ai.settings import ModelSettings

from agent_runner.llm.base import LONGEST_ANSWER, ModelAnswer, ModelRequest, Spent, estimated_tokens
from agent_runner.llm.conversation import Conversation, Reply
from agent_runner.llm.diagnosis import diagnosis
from agent_runner.llm.endpoint import Endpoint, Provider
from agent_runner.llm.failure import CallFailed
from agent_runner.llm.guard import guarded_client
from agent_runner.llm.streaming import streamed_response

MOST_TOKENS: Final = 10_000_000
"""A server that counts more than this for one call does not count."""
ANTHROPIC_MAX_TOKENS: Final = 16_000
"""Anthropic wants a limit; above some 21,000 its SDK wants a stream."""
NO_KEY: Final = "none"
"""The SDKs insist on a key and would look for one in the environment; the guard takes this one out again."""


class Connection:
    def __init__(self, endpoint: Endpoint, timeout_seconds: float) -> None:
        self._endpoint = endpoint
        self._client = guarded_client(endpoint, timeout_seconds)
        self._model = _model(endpoint, self._client)
        self._settings: ModelSettings = {"timeout": timeout_seconds}
        if endpoint.provider is Provider.ANTHROPIC:
            self._settings["max_tokens"] = ANTHROPIC_MAX_TOKENS

    async def ask(self, request: ModelRequest) -> ModelAnswer:
        """One try. Raises CallFailed."""
        settings = self._settings.copy()
        if request.max_tokens is not None:
            settings["max_tokens"] = request.max_tokens
        if request.temperature is not None:
            settings["temperature"] = request.temperature
        question = Question.user_text_prompt(request.prompt, instructions=request.system)
        try:
            response = await model_request(self._model, [question], model_settings=settings, instrument=False)
            return self._answer(request, response)
        except Exception as error:  # noqa: BLE001 - the boundary: for a broken answer the libraries raise whatever they stumbled over
            raise diagnosis(error, self._endpoint) from None

    async def converse(self, conversation: Conversation) -> Reply:
        """One try of one turn. Raises CallFailed. What is told to `on_text` before that is void."""
        settings: ModelSettings = {**self._settings, **(conversation.settings or {})}
        try:
            return self._reply(conversation, await self._response(conversation, settings))
        except Exception as error:  # noqa: BLE001 - the boundary: for a broken answer the libraries raise whatever they stumbled over
            raise diagnosis(error, self._endpoint) from None

    async def close(self) -> None:
        await self._client.aclose()

    async def _response(self, conversation: Conversation, settings: ModelSettings) -> ModelResponse:
        if conversation.on_text is not None:
            return await streamed_response(
                self._model, conversation, settings, self._endpoint.name, conversation.on_text
            )
        return await model_request(
            self._model,
            conversation.messages,
            model_settings=settings,
            model_request_parameters=conversation.parameters,
            instrument=False,
        )

    def _reply(self, conversation: Conversation, response: ModelResponse) -> Reply:
        if not response.tool_calls and not (response.text or "").strip():
            raise self._no_text(response)
        said = ModelMessagesTypeAdapter.dump_json([response]).decode()
        return Reply(response, self._spent(response.usage, (conversation.text,), (said,)))

    def _answer(self, request: ModelRequest, response: ModelResponse) -> ModelAnswer:
        text = _storable(response.text or "")
        if not text.strip():
            raise self._no_text(response)
        spent = self._spent(response.usage, (request.system, request.prompt), (text,))
        return ModelAnswer(text=text, **spent.model_dump())

    def _spent(self, usage: RequestUsage, asked: Sequence[str], said: Sequence[str]) -> Spent:
        is_estimated = not _is_counted(usage)
        if is_estimated:
            usage = RequestUsage(input_tokens=estimated_tokens(*asked), output_tokens=estimated_tokens(*said))
        return Spent(
            model=self._endpoint.name,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            is_estimated=is_estimated,
            cost_usd=_price(self._endpoint, usage),
        )

    def _no_text(self, response: ModelResponse) -> CallFailed:
        name = self._endpoint.name
        if response.finish_reason == "content_filter":
            return CallFailed(f"{name} refuses to answer (content filter): word the goal otherwise", is_passing=False)
        if response.finish_reason == "length":
            return CallFailed(f"{name} used up its tokens before it answered", is_passing=True)
        return CallFailed(f"{name} answered without any text", is_passing=True)


def _model(endpoint: Endpoint, client: httpx2.AsyncClient) -> Model:
    key = endpoint.api_key.get_secret_value() if endpoint.api_key is not None else NO_KEY
    match endpoint.provider:
        case Provider.OPENAI | Provider.OLLAMA:
            from agent_runner.llm.sdk.openai import openai_model  # noqa: PLC0415 - only the SDK in use is loaded

            return openai_model(endpoint, key, client)
        case Provider.ANTHROPIC:
            from agent_runner.llm.sdk.anthropic import anthropic_model  # noqa: PLC0415 - only the SDK in use is loaded

            return anthropic_model(endpoint, key, client)
        case Provider.GOOGLE:
            from agent_runner.llm.sdk.google import google_model  # noqa: PLC0415 - only the SDK in use is loaded

            return google_model(endpoint, key, client)
        case _:
            assert_never(endpoint.provider)


def _is_counted(usage: RequestUsage) -> bool:
    counts = (usage.input_tokens, usage.output_tokens)
    return not usage.unmeasured_requests and any(counts) and all(0 <= count <= MOST_TOKENS for count in counts)


def _price(endpoint: Endpoint, usage: RequestUsage) -> float | None:
    """None where nobody publishes a price."""
    if not endpoint.is_official:
        return None
    try:
        price = calc_price(usage, endpoint.model, provider_id=endpoint.provider.value)
    except (LookupError, ValueError):
        return None
    return float(price.total_price)


def _storable(text: str) -> str:
    """Without NUL and lone surrogates, which no database takes; what is beyond LONGEST_ANSWER is cut off."""
    clean = text.encode("utf-8", "replace").decode().replace("\x00", "")
    if len(clean) <= LONGEST_ANSWER:
        return clean
    return f"{clean[:LONGEST_ANSWER]}\n… [cut: {len(clean) - LONGEST_ANSWER} more characters]"
