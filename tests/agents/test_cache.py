"""Answers are given again only for the same question, only when they were whole, and only where that is wanted."""

import json
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic_ai import ModelRequest as Turn
from pydantic_ai import ModelResponse, TextPart
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.tools import ToolDefinition

from agent_runner.domain.redaction import Redaction
from agent_runner.errors import ConfigurationError, ModelError
from agent_runner.llm.base import Spent
from agent_runner.llm.cache import (
    LARGEST_KEPT_BYTES,
    OVERHEAD_BYTES,
    AnswerCache,
    CacheSettings,
    MemoryCache,
    open_cache,
)
from agent_runner.llm.cached import CachedModel
from agent_runner.llm.choose import ModelSettings, choose_model
from agent_runner.llm.conversation import Conversation
from agent_runner.llm.endpoint import Provider
from agent_runner.llm.envelope import opened, question_key, sealed
from agent_runner.llm.fallback import ModelWithFallback
from agent_runner.llm.redis_cache import RedisCache
from tests.agents.conftest import KEY, Build
from tests.scripted_model import FaultKind, ScriptedModel


def question(text: str = "", **changes: Any) -> Conversation:
    """Asked nowhere before, unless it is given a text."""
    told = Turn.user_text_prompt(text or f"Hi {uuid.uuid4()}", instructions="Be brief")
    wanted = Conversation(messages=[told], parameters=ModelRequestParameters(), cacheable=True)
    return replace(wanted, **changes)


@pytest.fixture(params=["memory", "redis"])
async def cache(request: pytest.FixtureRequest) -> AsyncIterator[AnswerCache]:
    url = request.getfixturevalue("redis_url") if request.param == "redis" else ""
    cache = open_cache(CacheSettings(backend=request.param, redis_url=url, seconds=60))
    assert cache is not None
    yield cache
    await cache.close()


@pytest.fixture
def cached(cache: AnswerCache, model_of: Build) -> Callable[..., CachedModel]:
    def build(provider: Provider = Provider.OPENAI, **options: Any) -> CachedModel:
        return CachedModel(model_of(provider, **options), "here", cache, Redaction([KEY]))

    return build


@pytest.mark.parametrize("provider", Provider)
async def test_the_same_question_is_answered_again_for_nothing(
    server: ScriptedModel, cached: Callable[..., CachedModel], provider: Provider
) -> None:
    model, asked = cached(provider), question()
    first, again = await model.converse(asked), await model.converse(asked)
    assert len(server.calls) == 1
    assert again.response.parts == first.response.parts
    assert (first.spent.is_cached, first.spent.input_tokens > 0) == (False, True)
    name = f"{provider}:scripted:latest"
    assert again.spent == Spent(model=name, input_tokens=0, output_tokens=0, cost_usd=0.0, is_cached=True)
    assert again.response.usage.total_tokens == 0, "who adds up the usage of answers adds nothing"


async def test_calls_of_tools_are_answered_again_as_they_were(
    server: ScriptedModel, cached: Callable[..., CachedModel]
) -> None:
    server.script.turns = [[["a", "add", '{"a":1}']]]
    asked = question(parameters=ModelRequestParameters(function_tools=[ToolDefinition(name="add")]))
    first, again = await cached().converse(asked), await cached().converse(asked)
    assert len(server.calls) == 1
    assert again.response.tool_calls == first.response.tool_calls != []


async def test_who_does_not_say_that_it_may_be_is_answered_anew(
    server: ScriptedModel, cached: Callable[..., CachedModel]
) -> None:
    asked = question(cacheable=False)
    assert not (await cached().converse(asked)).spent.is_cached
    await cached().converse(replace(asked, cacheable=True))
    assert not (await cached().converse(asked)).spent.is_cached
    assert len(server.calls) == 3


async def test_an_error_is_not_kept(server: ScriptedModel, cached: Callable[..., CachedModel]) -> None:
    asked = question()
    server.fail(FaultKind.STATUS, value="500")
    with pytest.raises(ModelError):
        await cached(retries=0).converse(asked)
    assert not (await cached().converse(asked)).spent.is_cached


@pytest.mark.parametrize("finish_reason", ["length", "content_filter", None])
async def test_an_answer_that_may_have_been_cut_off_is_not_kept(
    server: ScriptedModel, cached: Callable[..., CachedModel], finish_reason: str | None
) -> None:
    asked, message = question(), {"role": "assistant", "content": "Half of the ans"}
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    server.fail(FaultKind.ODD_ANSWER, value=json.dumps({"choices": [choice]}))
    assert (await cached().converse(asked)).response.text == "Half of the ans"
    whole = await cached().converse(asked)
    assert (whole.spent.is_cached, whole.response.text != "Half of the ans") == (False, True)


async def test_an_answer_that_holds_a_secret_is_not_kept(
    server: ScriptedModel, cached: Callable[..., CachedModel]
) -> None:
    server.script.answers = {"other": f"The key is {KEY}"}
    asked = question()
    await cached().converse(asked)
    assert not (await cached().converse(asked)).spent.is_cached
    assert len(server.calls) == 2


async def test_each_of_two_models_answers_for_itself(server: ScriptedModel, cached: Callable[..., CachedModel]) -> None:
    asked, model = question(), ModelWithFallback(cached(retries=0), cached(Provider.ANTHROPIC))
    server.fail(FaultKind.STATUS, value="500")
    assert (await model.converse(asked)).spent.model.startswith("anthropic:")
    healed = await model.converse(asked)
    assert (healed.spent.model, healed.spent.is_cached) == ("openai:scripted:latest", False)
    server.fail(FaultKind.STATUS, value="500", times=9)
    assert (await model.converse(asked)).spent.is_cached


def test_whatever_a_model_is_told_makes_another_question() -> None:
    plain, tool = question("Hi"), ToolDefinition(name="add")
    schema = OutputObjectDefinition(json_schema={"type": "object", "properties": {"a": {"type": "string"}}})
    said = ModelResponse(parts=[TextPart("Yes?")])
    others = [
        ("openai:a", "here", question("Hello")),
        ("openai:b", "here", plain),
        ("openai:a", "there", plain),
        ("openai:a", "here", replace(plain, settings={"temperature": 0.5})),
        ("openai:a", "here", replace(plain, settings={"max_tokens": 5})),
        ("openai:a", "here", replace(plain, parameters=ModelRequestParameters(function_tools=[tool]))),
        ("openai:a", "here", replace(plain, parameters=ModelRequestParameters(output_tools=[tool]))),
        ("openai:a", "here", replace(plain, parameters=ModelRequestParameters(output_object=schema))),
        (
            "openai:a",
            "here",
            replace(plain, parameters=ModelRequestParameters(function_tools=[replace(tool, description="Adds")])),
        ),
        ("openai:a", "here", replace(plain, messages=[*plain.messages, said, Turn.user_text_prompt("More")])),
        ("openai:a", "here", replace(plain, messages=[Turn.user_text_prompt("Hi", instructions="Be long")])),
    ]
    keys = [question_key("openai:a", "here", plain), *(question_key(*each) for each in others)]
    assert len(set(keys)) == len(keys)


def test_the_same_question_has_the_same_key_at_another_time_and_in_another_process() -> None:
    names = {f"tool{number}" for number in range(20)}
    source = (
        "from tests.agents.test_cache import *\n"
        f"told = ModelRequestParameters(revealed_tool_names={names!r})\n"
        "print(question_key('a', 'b', question('Hi', parameters=told)))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", source], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in "12"
    }
    here = question_key("a", "b", question("Hi", parameters=ModelRequestParameters(revealed_tool_names=names)))
    assert found == {f"{here}\n".encode()}


def test_only_what_was_sealed_for_the_same_question_is_opened() -> None:
    response = ModelResponse(parts=[TextPart("Yes")], finish_reason="stop", provider_details={"finish_reason": "STOP"})
    content = sealed("key", response)
    assert content is not None
    found = opened("key", content)
    assert found is not None
    assert found.parts == response.parts
    assert opened("other", content) is None
    assert all(opened("key", content[:length]) is None for length in range(len(content)))
    assert opened("key", content.replace(b'"stop"', b'"length"')) is None
    assert sealed("key", replace(response, parts=[TextPart("x" * LARGEST_KEPT_BYTES)])) is None
    assert sealed("key", replace(response, state="interrupted")) is None
    assert sealed("key", replace(response, provider_details=None)) is None


async def test_memory_is_bounded_in_bytes_and_forgets_what_was_not_asked_for_the_longest() -> None:
    cache = MemoryCache(60, most_bytes=3 * (1000 + OVERHEAD_BYTES))
    for key in "abc":
        await cache.put(key, bytes(1000))
    await cache.put("c", bytes(1000))
    assert await cache.get("a")
    await cache.put("d", bytes(1000))
    assert [bool(await cache.get(key)) for key in "abcd"] == [True, False, True, True]
    await cache.put("e", bytes(2000))
    assert [bool(await cache.get(key)) for key in "abcde"] == [False, False, False, True, True]
    await cache.put("f", bytes(9000))
    assert cache._bytes == 0
    assert not cache._kept


async def test_memory_forgets_in_time() -> None:
    now = [0.0]
    cache = MemoryCache(60, clock=lambda: now[0])
    await cache.put("a", b"x")
    now[0] = 59.9
    assert await cache.get("a") == b"x"
    now[0] = 60.0
    assert await cache.get("a") is None
    assert cache._bytes == 0


async def test_the_settings_say_where_answers_are_kept() -> None:
    assert open_cache(CacheSettings(backend="none")) is None
    remote = ModelSettings(model="ollama:llama3.2", cache=CacheSettings(backend="memory"))
    choice = await choose_model(remote)
    assert isinstance(choice.model, CachedModel)
    assert choice.cache is not None
    assert choice.cache.name == "memory"
    assert not isinstance((await choose_model(replace(remote, cache=CacheSettings()))).model, CachedModel)


@pytest.mark.parametrize(
    "url",
    ["", "localhost", "http://localhost:6379", "redis://", "redis://h:port", "redis://h/x", "redis://h?a=b", "unix://"],
)
def test_an_address_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^REDIS_URL is no address of a Redis"):
        RedisCache(url, 60)
    with pytest.raises(ConfigurationError) as caught:
        RedisCache(f"redis://me:{KEY}@h?{url}=1", 60)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("redis://h", "h:6379"),
        ("rediss://me:secret@h:7/3", "h:7"),
        ("redis://[::1]:7", "::1:7"),
        ("unix:///a/redis.sock", "/a/redis.sock"),
    ],
)
def test_an_address_is_shown_without_its_password(url: str, place: str) -> None:
    assert RedisCache(url, 60).name == f"redis at {place}"
