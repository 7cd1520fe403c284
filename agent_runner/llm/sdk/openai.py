"""OpenAI, every server that speaks its chat completions, and Ollama, which does under /v1."""

from collections.abc import AsyncIterator

import httpx2
from openai import AsyncOpenAI
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel, ValidationError
from pydantic_ai.models import Model
from pydantic_ai.models.ollama import OllamaModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIStreamedResponse
from pydantic_ai.providers.ollama import OllamaProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from agent_runner.llm.endpoint import Endpoint, Provider


def openai_model(endpoint: Endpoint, key: str, client: httpx2.AsyncClient) -> Model:
    """Only OpenAI itself is treated as OpenAI: other servers lack features that its provider takes for granted."""
    is_ollama = endpoint.provider is Provider.OLLAMA
    base_url = f"{endpoint.base_url}/v1" if is_ollama else endpoint.base_url
    sdk = AsyncOpenAI(base_url=base_url, api_key=key, max_retries=0, http_client=client)
    if is_ollama:
        return OllamaModel(endpoint.model, provider=OllamaProvider(openai_client=sdk))
    if endpoint.is_official:
        return OpenAIChatModel(endpoint.model, provider=OpenAIProvider(openai_client=sdk))
    return _CompatibleModel(endpoint.model, provider=OpenAICompatibleProvider("openai-compatible", openai_client=sdk))


class _CompatibleModel(OpenAIChatModel):
    """A good answer with odd token counts (null, none at all, fractions) is still a good answer."""

    def _validate_completion(self, response: ChatCompletion):  # noqa: ANN202 - a private type of the library
        try:
            return super()._validate_completion(response)
        except ValidationError:
            return super()._validate_completion(response.model_copy(update={"usage": None}))

    @property
    def _streamed_response_cls(self) -> type[OpenAIStreamedResponse]:
        return _CompatibleStream


class _CompatibleStream(OpenAIStreamedResponse):
    async def _validate_response(self) -> AsyncIterator[ChatCompletionChunk]:
        async for chunk in super()._validate_response():
            yield chunk if _is_usage(chunk.usage) else chunk.model_copy(update={"usage": None})


def _is_usage(usage: object) -> bool:
    """The SDK takes a chunk as it comes, whatever stands in it."""
    try:
        CompletionUsage.model_validate(usage.model_dump(warnings=False) if isinstance(usage, BaseModel) else usage)
    except ValidationError:
        return usage is None
    return True
