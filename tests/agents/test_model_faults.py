"""What model servers do wrong: each ends in counted retries or in a clear error at once."""

import json
import random
from collections.abc import Awaitable, Callable

import pytest
from pydantic_ai import ModelRequest as Turn
from pydantic_ai.models import ModelRequestParameters

from agent_runner.agents.simple import SimpleAgent
from agent_runner.errors import ModelError, PermanentAgentError
from agent_runner.llm.base import Model
from agent_runner.llm.conversation import Conversation
from agent_runner.llm.endpoint import Provider
from agent_runner.llm.failure import Patience
from tests.agents.conftest import KEY, QUESTION, Build
from tests.agents.memory_context import MemoryContext
from tests.scripted_model import FaultKind, ScriptedModel

PASSING = {
    FaultKind.RATE_LIMIT: "answered 429 (too many requests)",
    FaultKind.CUT: "broke off in the middle of its answer",
    FaultKind.DISCONNECT: "broke off in the middle of its answer",
    FaultKind.HTML: "answered with something that is no answer",
    FaultKind.BROKEN_JSON: "answered with something that is no answer",
    FaultKind.WRONG_JSON: "no answer",
    FaultKind.NO_TEXT: "answered without any text",
    FaultKind.GZIP_BOMB: "compressed its answer (gzip), though asked not to",
    FaultKind.ENDLESS: "answered with more than 4194304 bytes",
}
SLOW = {FaultKind.HANG: "", FaultKind.STALL: "", FaultKind.HEADERS_ONLY: "", FaultKind.DRIP: "0.05"}
"""A drip never pauses for as long as the limit, so only a limit on the whole answer ends it."""
STATUSES_THAT_PASS = (408, 409, 500, 502, 503, 529)
ADVICE = {
    400: "the request is not one this server takes",
    401: "check ",
    403: "check ",
    404: "check the model's name in LLM_MODEL",
    422: "the request is not one this server takes",
}
PAST, FUTURE = "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 2100 23:59:59 GMT"


@pytest.mark.parametrize("provider", [Provider.OPENAI, Provider.ANTHROPIC, Provider.GOOGLE])
@pytest.mark.parametrize("kind", PASSING)
async def test_a_passing_fault_is_tried_again_and_then_said(
    server: ScriptedModel, model_of: Build, provider: Provider, kind: FaultKind
) -> None:
    server.fail(kind, times=3)
    model = model_of(provider, retries=2)
    with pytest.raises(ModelError) as caught:
        await model.complete(QUESTION)
    assert len(server.calls) == 3
    assert str(caught.value).startswith(f"{provider}:scripted:latest")
    assert str(caught.value).endswith("(tried 3 times)")
    expected = "without any text" if kind is FaultKind.WRONG_JSON and "text" in str(caught.value) else PASSING[kind]
    assert expected in str(caught.value)
    assert (await model.complete(QUESTION)).text
    assert len(server.calls) == 4


@pytest.mark.parametrize("kind", [*PASSING, *SLOW])
async def test_a_fault_that_has_passed_leaves_no_trace(server: ScriptedModel, model_of: Build, kind: FaultKind) -> None:
    await (model := model_of(seconds=1.5 if kind in SLOW else 20)).complete(QUESTION)
    server.fail(kind, value=SLOW.get(kind, ""))
    assert (await model.complete(QUESTION)).text
    assert len(server.calls) == 3


async def complete(model: Model) -> None:
    await model.complete(QUESTION)


async def converse(model: Model) -> None:
    asked = Turn.user_text_prompt("What is two plus two?")
    await model.converse(Conversation(messages=[asked], parameters=ModelRequestParameters()))


@pytest.mark.parametrize("ask", [complete, converse])
@pytest.mark.parametrize("provider", Provider)
@pytest.mark.parametrize("kind", SLOW)
async def test_silence_ends_with_the_time_limit_of_each_try(
    server: ScriptedModel,
    model_of: Build,
    provider: Provider,
    kind: FaultKind,
    ask: Callable[[Model], Awaitable[None]],
) -> None:
    await ask(model_of(provider))
    server.fail(kind, times=2, value=SLOW[kind])
    with pytest.raises(ModelError, match=r"(within 0.2 s|did not answer in time).*\(tried 2 times\)") as caught:
        await ask(model_of(provider, seconds=0.2, retries=1))
    assert str(caught.value).startswith(f"{provider}:scripted:latest")
    assert len(server.calls) == 3


@pytest.mark.parametrize("status", STATUSES_THAT_PASS)
async def test_a_servers_own_failure_is_tried_again(server: ScriptedModel, model_of: Build, status: int) -> None:
    server.fail(FaultKind.STATUS, value=str(status), times=2)
    assert (await model_of(retries=2).complete(QUESTION)).text
    assert len(server.calls) == 3


@pytest.mark.parametrize("provider", Provider)
@pytest.mark.parametrize("status", ADVICE)
async def test_a_refusal_is_final_and_says_what_to_do(
    server: ScriptedModel, model_of: Build, provider: Provider, status: int
) -> None:
    server.fail(FaultKind.STATUS, value=str(status))
    with pytest.raises(PermanentAgentError) as caught:
        await model_of(provider).complete(QUESTION)
    assert len(server.calls) == 1
    sentence = str(caught.value)
    assert sentence.startswith(f"{provider}:scripted:latest at {server.url}")
    assert f"answered {status}" in sentence
    is_ollama_404 = provider is Provider.OLLAMA and status == 404
    assert ("run `ollama pull scripted:latest`" if is_ollama_404 else ADVICE[status]) in sentence


async def test_a_model_that_refuses_to_answer_is_not_asked_again(server: ScriptedModel, model_of: Build) -> None:
    server.fail(FaultKind.ODD_ANSWER, value=no_text("content_filter"))
    with pytest.raises(PermanentAgentError, match="refuses to answer"):
        await model_of().complete(QUESTION)
    assert len(server.calls) == 1


async def test_a_model_that_only_thinks_is_asked_again(server: ScriptedModel, model_of: Build) -> None:
    server.fail(FaultKind.ODD_ANSWER, value=no_text("length"), times=2)
    with pytest.raises(ModelError, match="used up its tokens before it answered"):
        await model_of(retries=1).complete(QUESTION)
    assert len(server.calls) == 2


async def test_an_account_without_credit_is_not_asked_again(server: ScriptedModel, model_of: Build) -> None:
    server.fail(FaultKind.STATUS, value="402")
    with pytest.raises(PermanentAgentError, match="the account has no quota or credit left"):
        await model_of().complete(QUESTION)
    assert len(server.calls) == 1


def no_text(finish_reason: str) -> str:
    message = {"role": "assistant", "content": None}
    return json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": finish_reason}]})


@pytest.mark.parametrize("provider", Provider)
async def test_a_redirect_is_not_followed_wherever_it_leads(
    server: ScriptedModel, model_of: Build, provider: Provider
) -> None:
    with ScriptedModel() as elsewhere:
        server.fail(FaultKind.REDIRECT, value=f"{elsewhere.url}/v1/chat/completions")
        server.fail(FaultKind.REDIRECT)
        for _ in range(2):
            with pytest.raises(PermanentAgentError, match="a redirect, which is not followed"):
                await model_of(provider).complete(QUESTION)
        assert elsewhere.calls == []
    assert len(server.calls) == 2


@pytest.mark.parametrize("provider", Provider)
async def test_a_port_where_nobody_listens_is_tried_again_and_named(model_of: Build, provider: Provider) -> None:
    with ScriptedModel() as gone:
        url = gone.url
    with pytest.raises(ModelError, match=rf"cannot be reached at {url}.*\(tried 3 times\)"):
        await model_of(provider, url=url).complete(QUESTION)


@pytest.mark.parametrize("status", ["401", "500"])
async def test_a_key_that_the_server_quotes_is_in_no_error_and_in_no_log(
    server: ScriptedModel, model_of: Build, status: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.fail(FaultKind.STATUS, value=status, times=3)
    with pytest.raises((ModelError, PermanentAgentError)) as caught:
        await model_of().complete(QUESTION)
    assert "scripted failure for key Bearer ***" in str(caught.value)
    assert KEY not in str(caught.value)
    assert caught.value.__suppress_context__
    assert all(KEY not in str(record.__dict__) for record in caplog.records)


async def test_retries_are_logged_with_their_reason(
    server: ScriptedModel, model_of: Build, caplog: pytest.LogCaptureFixture
) -> None:
    server.fail(FaultKind.RATE_LIMIT)
    await model_of().complete(QUESTION)
    (record,) = [record for record in caplog.records if record.name == "agent_runner.llm.provider"]
    assert record.__dict__["model"] == "openai:scripted:latest"
    assert "answered 429" in record.__dict__["reason"]
    assert record.__dict__["tries"] == 1


RETRY_AFTER = ("0", "-5", "9" * 20, "9" * 400, "1e9", "soon", "inf", "  ", PAST, FUTURE)


@pytest.mark.parametrize(
    ("provider", "retry_after"),
    [(provider, each) for provider in Provider for each in RETRY_AFTER],
)
async def test_no_retry_after_makes_a_call_wait_longer_than_the_longest_wait(
    server: ScriptedModel, model_of: Build, provider: Provider, retry_after: str
) -> None:
    server.fail(FaultKind.RATE_LIMIT, value=retry_after)
    assert (await model_of(provider).complete(QUESTION)).text
    assert len(server.calls) == 2


async def test_a_run_fails_when_its_plan_cannot_be_had_and_nothing_is_journaled(
    server: ScriptedModel, model_of: Build
) -> None:
    server.fail(FaultKind.STATUS, value="500", times=99, key="plan")
    context = MemoryContext(model_of(retries=1))
    with pytest.raises(ModelError):
        await SimpleAgent().run(context)
    assert context.journal == {}
    assert server.asked == ["plan", "plan"]


PATIENCE = Patience(timeout_seconds=1, max_retries=3, base_seconds=1, longest_wait_seconds=60)


@pytest.mark.parametrize(
    ("tries", "asked", "least", "most"),
    [
        (1, None, 0.5, 1.0),
        (2, None, 1.0, 2.0),
        (3, None, 2.0, 4.0),
        (50, None, 30.0, 60.0),
        (1, 0.0, 0.5, 1.0),
        (1, 7.0, 7.0, 7.0),
        (1, -3.0, 0.5, 1.0),
        (1, 1e12, 60.0, 60.0),
        (1, float("inf"), 60.0, 60.0),
        (1, float("nan"), 0.5, 1.0),
    ],
)
def test_the_wait_doubles_with_jitter_heeds_the_server_and_is_bounded(
    tries: int, asked: float | None, least: float, most: float
) -> None:
    waits = [PATIENCE.wait_seconds(tries, asked, random.Random(seed)) for seed in range(50)]
    assert least <= min(waits) <= max(waits) <= most
