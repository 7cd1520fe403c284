"""Every provider's way over the wire, driven for real against the scripted server."""

import asyncio
import subprocess
import sys
from dataclasses import replace

import pytest
from pydantic_ai import RequestUsage

from agent_runner.agents.simple import SimpleAgent
from agent_runner.llm.base import LONGEST_ANSWER, ModelRequest
from agent_runner.llm.choose import DEFAULT_MODEL
from agent_runner.llm.connection import _price
from agent_runner.llm.endpoint import OFFICIAL_BASE_URL, Endpoint, Provider
from tests.agents.conftest import KEY, QUESTION, Build
from tests.agents.memory_context import Killed, MemoryContext
from tests.scripted_model import FaultKind, ScriptedModel

AUTHORIZATION = {
    Provider.OPENAI: ("authorization", f"Bearer {KEY}"),
    Provider.ANTHROPIC: ("x-api-key", KEY),
    Provider.GOOGLE: ("x-goog-api-key", KEY),
}


@pytest.mark.parametrize("provider", Provider)
async def test_every_provider_answers_and_counts(server: ScriptedModel, model_of: Build, provider: Provider) -> None:
    server.script.answers["other"] = "Four."
    model = model_of(provider)
    answer = await model.complete(QUESTION)
    assert (answer.text, answer.model) == ("Four.", f"{provider}:scripted:latest")
    assert model.name == f"{provider}:scripted:latest"
    assert (answer.input_tokens, answer.output_tokens) == (6, 1)
    assert not answer.is_estimated
    assert answer.cost_usd is None
    (call,) = server.calls
    assert call.prompt == QUESTION.prompt
    assert call.protocol == ("openai" if provider is Provider.OLLAMA else provider.value)


@pytest.mark.parametrize("provider", Provider)
async def test_every_provider_drives_the_simple_agent(
    server: ScriptedModel, model_of: Build, provider: Provider
) -> None:
    context = MemoryContext(model_of(provider), goal="Compare tea and coffee")
    result = await SimpleAgent().run(context)
    assert server.asked == ["plan", "execute/1", "execute/2", "execute/3"]
    assert {call.goal for call in server.calls} == {"Compare tea and coffee"}
    assert result["summary"] == "The scripted result of execute/3 for: Compare tea and coffee"
    assert result["model"] == f"{provider}:scripted:latest"
    assert "note" not in result


async def test_a_killed_run_asks_the_server_only_what_it_has_not_asked_yet(
    server: ScriptedModel, model_of: Build
) -> None:
    killed = MemoryContext(model_of())
    killed.die_before = "execute/2"
    with pytest.raises(Killed):
        await SimpleAgent().run(killed)
    await SimpleAgent().run(MemoryContext(model_of(), journal=killed.journal))
    assert server.asked == ["plan", "execute/1", "execute/2", "execute/3"]


@pytest.mark.parametrize("provider", AUTHORIZATION)
async def test_the_key_goes_to_its_server_in_its_header_and_nothing_from_the_environment_does(
    server: ScriptedModel, model_of: Build, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = "planted-in-the-environment"
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "ANTHROPIC_AUTH_TOKEN", "GEMINI_API_KEY"):
        monkeypatch.setenv(name, planted)
    for name in ("OPENAI_CUSTOM_HEADERS", "ANTHROPIC_CUSTOM_HEADERS"):
        monkeypatch.setenv(name, f"X-Gateway: {planted}")
    await model_of(provider).complete(QUESTION)
    (call,) = server.calls
    header, value = AUTHORIZATION[provider]
    assert call.headers[header] == value
    assert [name for name, sent in call.headers.items() if KEY in sent] == [header]
    assert not [name for name, sent in call.headers.items() if planted in sent]


@pytest.mark.parametrize("provider", [Provider.OLLAMA, Provider.OPENAI])
async def test_a_server_without_a_key_gets_none(
    server: ScriptedModel, model_of: Build, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OLLAMA_API_KEY", KEY)
    await model_of(provider, key=None).complete(QUESTION)
    assert "authorization" not in server.calls[0].headers
    assert KEY not in str(server.calls[0].headers)


async def test_a_server_on_this_machine_is_not_asked_through_a_proxy(
    server: ScriptedModel, model_of: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    await model_of().complete(QUESTION)
    assert len(server.calls) == 1


@pytest.mark.parametrize("provider", [Provider.OLLAMA, Provider.OPENAI, Provider.GOOGLE])
async def test_tokens_are_estimated_where_the_server_does_not_count(
    server: ScriptedModel, model_of: Build, provider: Provider
) -> None:
    server.script.answers["other"] = "x" * 400
    server.fail(FaultKind.NO_USAGE)
    answer = await model_of(provider).complete(QUESTION)
    assert answer.is_estimated
    assert answer.output_tokens == 100
    assert answer.input_tokens > 0


NEGATIVE = '{"prompt_tokens": 5, "completion_tokens": -5, "total_tokens": 0}'
HUGE = '{"prompt_tokens": 1000000000000000000000, "completion_tokens": 1, "total_tokens": 1}'
FRACTIONS = '{"prompt_tokens": 1.5, "completion_tokens": 2.5, "total_tokens": 4}'
NULLS = '{"prompt_tokens": null, "completion_tokens": null, "total_tokens": null}'


@pytest.mark.parametrize(
    "usage", ["{}", "null", "[]", '"many"', '{"prompt_tokens": 5}', NULLS, FRACTIONS, NEGATIVE, HUGE]
)
@pytest.mark.filterwarnings("ignore::pydantic_ai.exceptions.UsageExtractionFailedWarning")
async def test_an_odd_count_does_not_spoil_a_good_answer(server: ScriptedModel, model_of: Build, usage: str) -> None:
    server.fail(FaultKind.ODD_ANSWER, value=f'{{"usage": {usage}}}')
    answer = await model_of().complete(QUESTION)
    assert answer.is_estimated
    assert 0 < answer.input_tokens < 100
    assert 0 < answer.output_tokens < 100
    assert len(server.calls) == 1


async def test_what_no_database_can_store_is_taken_out_of_an_answer(server: ScriptedModel, model_of: Build) -> None:
    server.script.answers["other"] = "a\x00b\ud800c"
    assert (await model_of().complete(QUESTION)).text == "ab?c"


async def test_a_huge_answer_is_cut_to_what_the_journal_takes(server: ScriptedModel, model_of: Build) -> None:
    server.script.answers["other"] = "x" * 1_000_000
    text = (await model_of().complete(QUESTION)).text
    assert text.endswith("[cut: 700000 more characters]")
    assert len(text) < LONGEST_ANSWER + 100


def test_a_call_is_priced_where_the_provider_itself_answers() -> None:
    usage = RequestUsage(input_tokens=1_000_000, output_tokens=100_000)
    for provider, model in DEFAULT_MODEL.items():
        official = Endpoint(provider=provider, model=model, base_url=OFFICIAL_BASE_URL[provider])
        price = _price(official, usage)
        assert price
        assert 0.1 < price < 100
        assert _price(replace(official, base_url="http://127.0.0.1:8080/v1"), usage) is None
        assert _price(replace(official, model="not-in-any-list"), usage) is None


async def test_many_questions_share_one_model_and_its_connection_is_made_once(
    server: ScriptedModel, model_of: Build
) -> None:
    model = model_of()
    questions = [ModelRequest(system="", prompt=f"Question {number}") for number in range(30)]
    answers = await asyncio.gather(*map(model.complete, questions))
    assert len(answers) == 30
    assert sorted(call.prompt for call in server.calls) == sorted(question.prompt for question in questions)


async def test_cancelling_a_call_ends_it_at_once_and_the_model_goes_on(server: ScriptedModel, model_of: Build) -> None:
    model = model_of(seconds=60)
    server.fail(FaultKind.HANG)
    call = asyncio.create_task(model.complete(QUESTION))
    async with asyncio.timeout(20):
        while not server.calls:
            await asyncio.sleep(0.005)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (await model.complete(QUESTION)).text
    assert len(server.calls) == 2


def test_a_worker_that_uses_no_model_loads_no_model_library() -> None:
    program = (
        "import sys, agent_runner.agents.registry, agent_runner.llm.choose;"
        "print([n for n in ('pydantic_ai', 'openai', 'anthropic', 'google.genai', 'httpx2') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
