"""Anthropic's messages."""

import httpx2
from anthropic import AsyncAnthropic
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

from agent_runner.llm.endpoint import Endpoint


def anthropic_model(endpoint: Endpoint, key: str, client: httpx2.AsyncClient) -> Model:
    sdk = AsyncAnthropic(api_key=key, base_url=endpoint.base_url, max_retries=0, http_client=client)
    return AnthropicModel(endpoint.model, provider=AnthropicProvider(anthropic_client=sdk))
