"""Models over real HTTP against the scripted server."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from pydantic import SecretStr

from agent_runner.llm.base import ModelRequest
from agent_runner.llm.endpoint import Endpoint, Provider
from agent_runner.llm.failure import Patience
from agent_runner.llm.provider import RemoteModel
from tests.scripted_model import ScriptedModel

KEY = "sk-planted-secret-0123456789"
PATH = {Provider.OPENAI: "/v1"}
QUESTION = ModelRequest(system="Be brief", prompt="What is two plus two?")

Build = Callable[..., RemoteModel]


@pytest.fixture
def server() -> Iterator[ScriptedModel]:
    with ScriptedModel() as running:
        yield running


@pytest.fixture
async def model_of(server: ScriptedModel) -> AsyncIterator[Build]:
    """Builds models of any provider that ask the scripted server; hardly any wait between tries."""
    built: list[RemoteModel] = []

    def build(
        provider: Provider = Provider.OPENAI,
        *,
        url: str = "",
        key: str | None = KEY,
        seconds: float = 5.0,
        retries: int = 2,
    ) -> RemoteModel:
        base_url = (url or server.url) + PATH.get(provider, "")
        api_key = SecretStr(key) if key and provider is not Provider.OLLAMA else None
        endpoint = Endpoint(provider=provider, model="scripted:latest", base_url=base_url, api_key=api_key)
        patience = Patience(timeout_seconds=seconds, max_retries=retries, base_seconds=0.001, longest_wait_seconds=0.01)
        built.append(RemoteModel(endpoint, patience))
        return built[-1]

    yield build
    for model in built:
        await model.close()
