"""What could answer, asked of the servers themselves: each is bounded in time and says why it does not."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from pydantic import SecretStr

from agent_runner.domain.model_report import ModelInUse, ModelReport, ProviderReport
from agent_runner.llm import survey as room
from agent_runner.llm.cache import CacheSettings
from agent_runner.llm.choose import ModelSettings, choose_model
from agent_runner.llm.endpoint import Endpoint, Provider
from agent_runner.llm.survey import MOST_MODELS, ask_provider, survey
from tests.agents.conftest import KEY
from tests.scripted_model import ScriptedModel

DEAD = "http://127.0.0.1:9"
PATH = {Provider.OPENAI: "/v1"}


def endpoint(provider: Provider, url: str) -> Endpoint:
    key = None if provider is Provider.OLLAMA else SecretStr(KEY)
    return Endpoint(provider=provider, model="", base_url=url + PATH.get(provider, ""), api_key=key)


@asynccontextmanager
async def answering(answer: bytes | None, seen: list[bytes] | None = None) -> AsyncGenerator[str]:
    """A server that says this to whatever it is asked; None: nothing at all."""
    over = asyncio.Event()

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        if seen is not None:
            seen.append(asked)
        if answer is None:
            await over.wait()
        else:
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(respond, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        over.set()


async def look(settings: ModelSettings) -> ModelReport:
    choice = await choose_model(settings)
    try:
        return await survey(settings, choice)
    finally:
        await choice.close()


@pytest.mark.parametrize("provider", Provider)
async def test_each_provider_is_asked_in_its_own_way(server: ScriptedModel, provider: Provider) -> None:
    server.script.models = ["one", "two"]
    found = await ask_provider(endpoint(provider, server.url))
    assert (found.healthy, found.error) == (True, None)
    assert found.models == (f"{provider}:one", f"{provider}:two")


@pytest.mark.parametrize(
    ("provider", "header"),
    [
        (Provider.OPENAI, f"authorization: Bearer {KEY}"),
        (Provider.ANTHROPIC, f"x-api-key: {KEY}"),
        (Provider.ANTHROPIC, "anthropic-version: 2023-06-01"),
        (Provider.GOOGLE, f"x-goog-api-key: {KEY}"),
    ],
)
async def test_a_key_goes_where_its_provider_wants_it_and_never_into_the_report(
    provider: Provider, header: str
) -> None:
    seen: list[bytes] = []
    async with answering(b"HTTP/1.0 401 No\r\n\r\n" + KEY.encode(), seen) as url:
        found = await ask_provider(endpoint(provider, url))
    assert header.encode() in seen[0].split(b"\r\n")
    assert KEY.encode() not in seen[0].splitlines()[0]
    assert found.error == f"{endpoint(provider, url).base_url} answered 401"
    assert KEY not in found.model_dump_json()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "did not answer within 0.2 s"),
        (b"", "cannot be reached"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "does not speak HTTP"),
        (b"HTTP/1.0 302 Found\r\nLocation: http://169.254.169.254/\r\n\r\n", "answered 302"),
        (b"HTTP/1.0 200 OK\r\n\r\n<html>", "answered with something that is no JSON"),
        (b"HTTP/1.0 200 OK\r\n\r\n[[1]]", "lists no model"),
        (b'HTTP/1.0 200 OK\r\n\r\n{"models": [{"name": 5}, "x", null]}', "lists no model"),
        (b'HTTP/1.0 200 OK\r\n\r\n{"models": []}', "lists no model"),
    ],
)
async def test_a_server_that_does_not_say_what_it_has_is_said_and_waited_for_no_longer(
    answer: bytes | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "LONGEST_SECONDS", 0.2 if answer is None else 5.0)
    async with answering(answer) as url:
        found = await ask_provider(endpoint(Provider.OLLAMA, url))
    assert (found.healthy, found.error, found.models) == (False, f"{url} {said}", ())


async def test_a_long_list_and_odd_names_are_cut(server: ScriptedModel) -> None:
    server.script.models = ["a\x1b[31mb", "x" * 1000, *(f"m{number}" for number in range(1000))]
    found = await ask_provider(endpoint(Provider.OLLAMA, server.url))
    assert found.models == tuple(f"ollama:m{number}" for number in range(MOST_MODELS))


async def test_the_report_says_which_model_is_used_why_and_what_else_there_is(server: ScriptedModel) -> None:
    settings = ModelSettings(
        model="ollama:scripted",
        fallback_model="anthropic:claude",
        ollama_base_url=server.url,
        openai_base_url=f"{DEAD}/v1",
        cache=CacheSettings(backend="redis", redis_url="redis://:planted@127.0.0.1:9"),
    )
    with pytest.raises(Exception, match="ANTHROPIC_API_KEY is not set"):
        await look(settings)
    found = await look(replace(settings, fallback_model="openai:gpt"))
    assert found.model == ModelInUse(name="ollama:scripted", healthy=True)
    assert found.reason.startswith("set by LLM_MODEL")
    assert found.fallback == ModelInUse(name="openai:gpt", healthy=False, error=f"{DEAD}/v1 cannot be reached")
    by_alias = await look(replace(settings, fallback_model="second", aliases={"second": "openai:gpt"}))
    assert by_alias.fallback == found.fallback
    assert (found.cache.backend, found.cache.healthy) == ("redis at 127.0.0.1:9", False)
    by_name = {each.provider: each for each in found.providers}
    assert by_name["ollama"].models == ("ollama:scripted:latest",)
    assert by_name["google"] == ProviderReport(provider="google", healthy=False, error="GOOGLE_API_KEY is not set")
    assert by_name["demo"].models == ("demo",)
    assert "planted" not in found.model_dump_json()


async def test_a_model_that_ollama_does_not_have_cannot_answer(server: ScriptedModel) -> None:
    found = await look(ModelSettings(model="ollama:other", ollama_base_url=server.url))
    assert found.model.error == "Ollama does not have it: ollama pull other"
    assert not found.model.healthy


async def test_the_demo_model_and_a_cache_in_memory_answer_always() -> None:
    found = await look(ModelSettings(model="demo", ollama_base_url=DEAD, cache=CacheSettings(backend="memory")))
    assert (found.model, found.fallback) == (ModelInUse(name="demo", healthy=True), None)
    assert (found.cache.backend, found.cache.healthy) == ("memory", True)
