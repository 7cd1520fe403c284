"""Which model is chosen, and why."""

from dataclasses import replace

import genai_prices
import pytest
from pydantic import JsonValue, SecretStr
from pydantic_ai.models import known_model_names

from agent_runner.domain.model import Models, aliases_with
from agent_runner.errors import ConfigurationError
from agent_runner.llm.base import ModelRequest
from agent_runner.llm.choose import DEFAULT_MODEL, ModelChoice, ModelSettings, choose_model
from agent_runner.llm.endpoint import OFFICIAL_BASE_URL, Endpoint, Provider, clean_base_url
from agent_runner.llm.probe import get_json, ollama_models, openai_models
from agent_runner.llm.provider import RemoteModel
from tests.agents.conftest import KEY, QUESTION
from tests.scripted_model import ScriptedModel

DEAD = "http://127.0.0.1:9"
SECRET = SecretStr(KEY)


def endpoint_of(choice: ModelChoice) -> Endpoint:
    assert isinstance(choice.model, RemoteModel)
    return choice.model._endpoint


async def test_without_anything_the_demo_model_is_chosen_and_says_what_to_do() -> None:
    choice = await choose_model(ModelSettings(ollama_base_url=DEAD, demo_step_seconds=0))
    assert choice.sentence == "model: demo (no model is configured: set LLM_MODEL or start Ollama)"
    assert (await choice.complete(ModelRequest(system="", prompt="Hi"))).model == "demo"
    await choice.close()


async def test_ollama_is_taken_when_it_answers_with_its_first_model_that_can_chat(server: ScriptedModel) -> None:
    server.script.models = ["nomic-embed-text:latest", "llama3.2:latest", "qwen3:8b"]
    choice = await choose_model(ModelSettings(ollama_base_url=f"{server.url}/", anthropic_api_key=SECRET))
    assert choice.sentence == f"model: ollama:llama3.2:latest (Ollama answers at {server.url}; LLM_MODEL names another)"
    assert endpoint_of(choice) == Endpoint(provider=Provider.OLLAMA, model="llama3.2:latest", base_url=server.url)
    assert (await choice.complete(QUESTION)).text
    assert [call.model for call in server.calls] == ["llama3.2:latest"]
    await choice.close()


async def test_an_ollama_without_models_is_not_taken_but_mentioned(server: ScriptedModel) -> None:
    server.script.models = []
    choice = await choose_model(ModelSettings(ollama_base_url=server.url))
    assert choice.name == "demo"
    assert "has no model yet: run `ollama pull llama3.2`" in choice.sentence


@pytest.mark.parametrize(
    ("settings", "provider"),
    [
        (ModelSettings(anthropic_api_key=SECRET, openai_api_key=SECRET, google_api_key=SECRET), Provider.ANTHROPIC),
        (ModelSettings(openai_api_key=SECRET, google_api_key=SECRET), Provider.OPENAI),
        (ModelSettings(openai_api_key=SecretStr("  "), google_api_key=SECRET), Provider.GOOGLE),
    ],
)
async def test_a_key_alone_chooses_its_providers_default_model(settings: ModelSettings, provider: Provider) -> None:
    choice = await choose_model(replace(settings, ollama_base_url=DEAD))
    assert endpoint_of(choice) == Endpoint(
        provider=provider, model=DEFAULT_MODEL[provider], base_url=OFFICIAL_BASE_URL[provider], api_key=SECRET
    )
    assert f"{provider.upper()}_API_KEY is set" in choice.sentence


async def test_a_compatible_server_gives_its_first_model_and_alone_gets_the_key(server: ScriptedModel) -> None:
    server.script.models = ["local-7b", "local-70b"]
    settings = ModelSettings(ollama_base_url=DEAD, openai_base_url=server.url, openai_api_key=SECRET)
    choice = await choose_model(settings)
    assert choice.sentence == "model: openai:local-7b (the first that OPENAI_BASE_URL lists; LLM_MODEL names another)"
    assert endpoint_of(choice).base_url == f"{server.url}/v1"
    assert not endpoint_of(choice).is_official
    assert (await choice.complete(QUESTION)).cost_usd is None
    assert server.calls[0].headers["authorization"] == f"Bearer {KEY}"
    await choice.close()


async def test_a_compatible_server_that_lists_nothing_needs_a_name() -> None:
    with pytest.raises(ConfigurationError, match=rf"{DEAD}/v1/models lists none") as caught:
        await choose_model(ModelSettings(ollama_base_url=DEAD, openai_base_url=DEAD))
    assert caught.value.next_step == "start the server, or set LLM_MODEL=openai:NAME"


@pytest.mark.parametrize(
    ("model", "provider", "name"),
    [
        ("ollama:llama3.2:latest", Provider.OLLAMA, "llama3.2:latest"),
        ("OLLAMA:hf.co/org/Model-GGUF:Q4_K_M", Provider.OLLAMA, "hf.co/org/Model-GGUF:Q4_K_M"),
        (" openai:gpt-6.1-terra ", Provider.OPENAI, "gpt-6.1-terra"),
        ("anthropic:claude-haiku-5-5", Provider.ANTHROPIC, "claude-haiku-5-5"),
        ("google:gemini-3.8-flash", Provider.GOOGLE, "gemini-3.8-flash"),
    ],
)
async def test_llm_model_names_the_model_and_no_server_is_asked(model: str, provider: Provider, name: str) -> None:
    settings = ModelSettings(
        model=model, ollama_base_url=DEAD, openai_api_key=SECRET, anthropic_api_key=SECRET, google_api_key=SECRET
    )
    choice = await choose_model(settings)
    assert choice.sentence == f"model: {provider}:{name} (set by LLM_MODEL)"
    assert (endpoint_of(choice).provider, endpoint_of(choice).model) == (provider, name)
    assert (endpoint_of(choice).api_key is None) == (provider is Provider.OLLAMA)


async def test_an_alias_stands_for_its_model_wherever_one_is_named() -> None:
    settings = ModelSettings(
        model=" claude-sonnet-4 ",
        fallback_model="fast",
        aliases=aliases_with(["fast=ollama:llama3.2"]),
        ollama_base_url=DEAD,
        anthropic_api_key=SECRET,
    )
    choice = await choose_model(settings)
    assert choice.name == "anthropic:claude-sonnet-4-6"
    assert choice.sentence.endswith("(set by LLM_MODEL; ollama:llama3.2 answers when it fails)")
    own = replace(settings, fallback_model="", aliases=aliases_with(["claude-sonnet-4=anthropic:other"]))
    assert (await choose_model(own)).name == "anthropic:other"
    demo = await choose_model(replace(settings, model="dry", fallback_model="", aliases=aliases_with(["dry=demo"])))
    assert demo.name == "demo"


@pytest.mark.parametrize("model", Models)
async def test_every_alias_stands_for_a_model_that_the_library_or_ollama_knows(model: Models) -> None:
    provider, _, name = model.meaning.partition(":")
    settings = ModelSettings(
        model=model, ollama_base_url=DEAD, anthropic_api_key=SECRET, openai_api_key=SECRET, google_api_key=SECRET
    )
    assert endpoint_of(await choose_model(settings)).model == name
    if provider != Provider.OLLAMA:
        assert model.meaning in known_model_names()
        usage = genai_prices.Usage(input_tokens=1_000_000, output_tokens=1_000_000)
        assert genai_prices.calc_price(usage, name, provider_id=provider).total_price > 0


@pytest.mark.parametrize(
    ("settings", "message", "next_step"),
    [
        (ModelSettings(model="gpt-7"), "LLM_MODEL 'gpt-7' names no provider", "aliases are: claude-fable-5, claude-"),
        (ModelSettings(model="demo", fallback_model="x"), "LLM_FALLBACK_MODEL 'x' names no", "aliases are: claude-"),
        (ModelSettings(model="gpt-6"), "LLM_MODEL 'gpt-6' names no provider", "LLM_MODEL=ollama:gpt-6"),
        (ModelSettings(model="llama3.2:latest"), "names no provider", "LLM_MODEL=ollama:llama3.2:latest"),
        (ModelSettings(model="ollama"), "LLM_MODEL 'ollama' names no model", "LLM_MODEL=ollama:llama3.2"),
        (ModelSettings(model="ollama:"), "LLM_MODEL 'ollama:' names no model", "LLM_MODEL=ollama:"),
        (ModelSettings(model="ollama:a b"), "LLM_MODEL 'ollama:a b' names no model", "LLM_MODEL=ollama:"),
        (ModelSettings(model="demo:x"), "LLM_MODEL 'demo:x' names no provider", "or demo"),
        (ModelSettings(model="openai:gpt-6"), "needs a key, and OPENAI_API_KEY is not set", "set OPENAI_API_KEY"),
        (ModelSettings(model="anthropic:x"), "needs a key, and ANTHROPIC_API_KEY is not set", "set ANTHROPIC_API_KEY"),
        (ModelSettings(model="google:x"), "needs a key, and GOOGLE_API_KEY is not set", "set GOOGLE_API_KEY"),
        (ModelSettings(ollama_base_url="localhost:11434"), "'localhost:11434' is not an http address", "http://"),
        (ModelSettings(ollama_base_url="http://h:99999"), "'http://h:99999' is not an http address", "http://"),
        (ModelSettings(ollama_base_url=DEAD, openai_base_url="ftp://x"), "OPENAI_BASE_URL 'ftp://x'", "http://"),
        (
            ModelSettings(model="openai:x", openai_base_url=f"http://me:{KEY}@127.0.0.1"),
            "OPENAI_BASE_URL for 127.0.0.1 holds a user name or password",
            "take it out",
        ),
        (
            ModelSettings(model="anthropic:x", anthropic_api_key=SecretStr(f"{KEY}\nX-Evil: 1")),
            "ANTHROPIC_API_KEY holds a character that no key has",
            "copy the key again",
        ),
    ],
)
async def test_a_setting_that_cannot_be_used_is_said_with_its_value_and_the_next_step(
    settings: ModelSettings, message: str, next_step: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        await choose_model(settings)
    assert message in str(caught.value)
    assert next_step in str(caught.value.next_step)
    assert KEY not in f"{caught.value} {caught.value.next_step}"


def test_no_key_is_shown_by_a_repr() -> None:
    settings = ModelSettings(openai_api_key=SECRET, anthropic_api_key=SECRET, google_api_key=SECRET)
    endpoint = settings.openai_endpoint("gpt-6")
    assert endpoint
    assert KEY not in f"{settings!r} {settings} {endpoint!r} {endpoint}"


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/v1"),
        ("http://127.0.0.1:8080/v1/", "http://127.0.0.1:8080/v1"),
        ("https://gateway.example/openai/api", "https://gateway.example/openai/api"),
    ],
)
def test_an_address_without_a_path_gets_the_usual_one(given: str, address: str) -> None:
    assert clean_base_url("OPENAI_BASE_URL", given, path="/v1") == address


async def test_probing_loads_no_model_library_and_survives_every_answer(server: ScriptedModel) -> None:
    assert ollama_models(await get_json(f"{server.url}/api/tags", timeout_seconds=2)) == ["scripted:latest"]
    assert openai_models(await get_json(f"{server.url}/v1/models", timeout_seconds=2)) == ["scripted:latest"]
    assert await get_json(f"{server.url}/nothing", timeout_seconds=2) is None
    assert await get_json(f"{DEAD}/api/tags", timeout_seconds=2) is None
    assert await get_json("http://127.0.0.1:9/ä", timeout_seconds=2) is None
    odd_answers: list[JsonValue] = [None, [], 1, "x", {"models": 3, "data": {}}, {"models": [1, {}, {"name": 5}]}]
    for odd in odd_answers:
        assert ollama_models(odd) == openai_models(odd) == []


def test_every_default_model_is_known_with_its_price() -> None:
    for provider, model in DEFAULT_MODEL.items():
        usage = genai_prices.Usage(input_tokens=1_000_000, output_tokens=1_000_000)
        assert genai_prices.calc_price(usage, model, provider_id=provider.value).total_price > 0
