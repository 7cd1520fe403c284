"""A second model answers where the first has failed for good, and the answer says so."""

import pytest
from pydantic import SecretStr
from pydantic_ai import ModelRequest as Turn
from pydantic_ai.models import ModelRequestParameters

from agent_runner.errors import ConfigurationError, ModelError, PermanentAgentError
from agent_runner.llm.choose import ModelSettings, choose_model
from agent_runner.llm.conversation import Conversation
from agent_runner.llm.endpoint import Provider
from agent_runner.llm.fallback import ModelWithFallback
from tests.agents.conftest import KEY, QUESTION, Build
from tests.scripted_model import FaultKind, ScriptedModel


async def test_the_second_model_answers_after_the_tries_of_the_first(server: ScriptedModel, model_of: Build) -> None:
    server.fail(FaultKind.STATUS, times=2, value="500")
    model = ModelWithFallback(model_of(retries=1), model_of(Provider.ANTHROPIC))
    answer = await model.complete(QUESTION)
    assert [call.protocol for call in server.calls] == ["openai", "openai", "anthropic"]
    assert (model.name, answer.model) == ("openai:scripted:latest", "anthropic:scripted:latest")
    assert "answered 500" in (answer.fallback or "")
    assert "(tried 2 times)" in (answer.fallback or "")
    assert KEY not in (answer.fallback or "")


async def test_a_first_model_that_answers_is_the_only_one_asked(server: ScriptedModel, model_of: Build) -> None:
    answer = await ModelWithFallback(model_of(), model_of(Provider.ANTHROPIC)).complete(QUESTION)
    assert (len(server.calls), answer.fallback) == (1, None)


async def test_a_turn_with_tools_falls_back_too(server: ScriptedModel, model_of: Build) -> None:
    server.fail(FaultKind.STATUS, value="401")
    model = ModelWithFallback(model_of(), model_of(Provider.GOOGLE))
    turn = Conversation(messages=[Turn.user_text_prompt("Hi")], parameters=ModelRequestParameters())
    reply = await model.converse(turn)
    assert reply.spent.model == "google:scripted:latest"
    assert "answered 401" in (reply.spent.fallback or "")


@pytest.mark.parametrize(
    ("statuses", "error"),
    [(("401", "401"), PermanentAgentError), (("401", "500"), ModelError), (("500", "401"), ModelError)],
)
async def test_when_both_fail_both_are_said_and_a_passing_failure_may_pass(
    server: ScriptedModel, model_of: Build, statuses: tuple[str, str], error: type[Exception]
) -> None:
    for status in statuses:
        server.fail(FaultKind.STATUS, value=status)
    model = ModelWithFallback(model_of(retries=0), model_of(Provider.ANTHROPIC, retries=0))
    with pytest.raises(error) as caught:
        await model.complete(QUESTION)
    assert f"answered {statuses[0]}" in str(caught.value)
    assert "; and the fallback: anthropic:scripted:latest" in str(caught.value)


async def test_the_fallback_is_set_by_its_own_setting() -> None:
    settings = ModelSettings(model="demo", fallback_model="anthropic:claude", anthropic_api_key=SecretStr(KEY))
    choice = await choose_model(settings)
    assert choice.sentence == "model: demo (set by LLM_MODEL; anthropic:claude answers when it fails)"
    await choice.close()


@pytest.mark.parametrize("wanted", ["demo", "llama", "openai:", "google:gemini"])
async def test_a_fallback_that_cannot_be_used_is_said_by_its_name(wanted: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^LLM_FALLBACK_MODEL '{wanted}'"):
        await choose_model(ModelSettings(model="demo", fallback_model=wanted))
