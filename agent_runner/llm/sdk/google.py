"""Google's Gemini API."""

import httpx2
from pydantic_ai.models import Model
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider

from agent_runner.llm.endpoint import Endpoint


def google_model(endpoint: Endpoint, key: str, client: httpx2.AsyncClient) -> Model:
    """Without retry options this SDK does not retry."""
    provider = GoogleProvider(api_key=key, base_url=endpoint.base_url, http_client=client)
    return GoogleModel(endpoint.model, provider=provider)
