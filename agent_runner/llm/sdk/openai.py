"""OpenAI, every server that speaks its chat completions, and Ollama, which does under /v1."""

import httpx2
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion
from pydantic import ValidationError
from pydantic_ai.models import Model
from pydantic_ai.models.ollama import OllamaModel
from pydantic_ai.models.openai import OpenAIChatModel
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
