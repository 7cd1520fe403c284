"""Answers that are told while they grow: the same answer as without, whatever goes wrong on its way."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest
from pydantic import SecretStr
from pydantic_ai import ModelRequest as Turn
from pydantic_ai import ModelResponse, TextPart
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.tools import ToolDefinition

from agent_runner.domain.redaction import Redaction
from agent_runner.errors import ConfigurationError, HostFailed, ModelError, PermanentAgentError
from agent_runner.llm.base import LONGEST_ANSWER, Model
from agent_runner.llm.cache import MemoryCache
from agent_runner.llm.cached import CachedModel
from agent_runner.llm.conversation import Conversation, what_was_said
from agent_runner.llm.demo import DemoModel
from agent_runner.llm.endpoint import Endpoint, Provider
from agent_runner.llm.envelope import question_key, sealed
from agent_runner.llm.failure import CallFailed
from agent_runner.llm.fallback import ModelWithFallback
from agent_runner.llm.guard import LARGEST_ANSWER_BYTES, LARGEST_STREAM_BYTES, guarded_client
from tests.agents.conftest import KEY, Build
from tests.scripted_model import FaultKind, ScriptedModel

ANSWER = "One,  two\nthree and <b>four</b>. "
HALF_CAME = {
    FaultKind.CUT: "broke off in the middle of its answer",
    FaultKind.STOPPED: "broke off in the middle of its answer",
    FaultKind.BROKEN_JSON: "",
    FaultKind.BROKEN_EVENT: "answered with something that is no answer",
    FaultKind.ERROR_EVENT: "(scripted failure in the middle)",
    FaultKind.TALKATIVE: f"answered with more than {LONGEST_ANSWER} characters",
}
NOTHING_CAME = {
    FaultKind.RATE_LIMIT: "answered 429 (too many requests)",
    FaultKind.DISCONNECT: "broke off in the middle of its answer",
    FaultKind.HTML: "answered with something that is no answer",
    FaultKind.WRONG_JSON: "",
    FaultKind.NO_TEXT: "answered without any text",
    FaultKind.GZIP_BOMB: "compressed its answer (gzip), though asked not to",
    FaultKind.ENDLESS: f"answered with more than {LARGEST_ANSWER_BYTES} bytes",
}
SDKS = [Provider.OPENAI, Provider.ANTHROPIC, Provider.GOOGLE]


class Heard:
    """What a listener has been told."""

    def __init__(self) -> None:
        self.told: list[str | None] = []

    def __call__(self, piece: str | None) -> None:
        self.told.append(piece)

    @property
    def text(self) -> str:
        """What counts of it."""
        begun = 1 + max((place for place, piece in enumerate(self.told) if piece is None), default=-1)
        return "".join(piece for piece in self.told[begun:] if piece)

    @property
    def voided(self) -> int:
        return self.told.count(None)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def asked(heard: Heard) -> Conversation:
    told = Turn.user_text_prompt("What is two plus two?", instructions="Be brief")
    return Conversation(messages=[told], parameters=ModelRequestParameters(), cacheable=True, on_text=heard)


@pytest.mark.parametrize("provider", Provider)
async def test_the_answer_is_told_piece_by_piece_and_is_the_one_that_comes_without(
    server: ScriptedModel, model_of: Build, asked: Conversation, heard: Heard, provider: Provider
) -> None:
    server.script.answers["other"] = ANSWER
    model = model_of(provider)
    grown, whole = await model.converse(asked), await model.converse(replace(asked, on_text=None))
    assert [call.is_streamed for call in server.calls] == [True, False]
    assert len(heard.told) > 4
    assert heard.text == grown.response.text == whole.response.text == ANSWER
    assert grown.spent == whole.spent
    assert not grown.spent.is_estimated
    assert what_was_said([grown.response]) == what_was_said([whole.response])
    assert grown.response.finish_reason == whole.response.finish_reason == "stop"
    assert sealed("key", grown.response), "it can be kept"


async def test_calls_of_tools_come_whole_and_are_not_told(
    server: ScriptedModel, model_of: Build, asked: Conversation, heard: Heard
) -> None:
    server.script.turns = [[["a", "add", '{"a":1}'], ["b", "add", '{"a":2}']]]
    asked = replace(asked, parameters=ModelRequestParameters(function_tools=[ToolDefinition(name="add")]))
    grown = await model_of().converse(asked)
    assert [(call.tool_call_id, call.args) for call in grown.response.tool_calls] == [
        ("a", '{"a":1}'),
        ("b", '{"a":2}'),
    ]
    assert heard.told == []


async def test_texts_around_a_call_are_told_as_far_apart_as_they_are_answered(
    server: ScriptedModel, model_of: Build, asked: Conversation, heard: Heard
) -> None:
    call = {"type": "tool_use", "id": "a", "name": "add", "input": {"a": 1}}
    texts = [{"type": "text", "text": text} for text in ("Let me ", "see.", "Done.")]
    value = json.dumps({"content": [*texts[:2], call, texts[2]], "stop_reason": "tool_use"})
    server.fail(FaultKind.ODD_ANSWER, value=value)
    grown = await model_of(Provider.ANTHROPIC).converse(asked)
    assert heard.text == grown.response.text == "Let me see.\n\nDone."


@pytest.mark.parametrize("provider", [Provider.OLLAMA, Provider.OPENAI, Provider.GOOGLE])
async def test_tokens_are_estimated_where_a_stream_does_not_count(
    server: ScriptedModel, model_of: Build, asked: Conversation, provider: Provider
) -> None:
    server.fail(FaultKind.NO_USAGE, times=2)
    model = model_of(provider)
    grown, whole = await model.converse(asked), await model.converse(replace(asked, on_text=None))
    assert grown.spent.is_estimated
    assert grown.spent.input_tokens == whole.spent.input_tokens
    assert abs(grown.spent.output_tokens - whole.spent.output_tokens) < 10, "the counted JSON is nearly the same"


FRACTIONS = '{"prompt_tokens": 1.5, "completion_tokens": 2.5, "total_tokens": 4}'
NULLS = '{"prompt_tokens": null, "completion_tokens": null, "total_tokens": null}'


@pytest.mark.parametrize("usage", ['"many"', "[5]", '{"prompt_tokens": 5}', NULLS, FRACTIONS])
@pytest.mark.filterwarnings("ignore::pydantic_ai.exceptions.UsageExtractionFailedWarning")
async def test_an_odd_count_does_not_spoil_a_stream(
    server: ScriptedModel, model_of: Build, asked: Conversation, heard: Heard, usage: str
) -> None:
    server.fail(FaultKind.ODD_ANSWER, value=f'{{"usage": {usage}}}')
    assert (await model_of().converse(asked)).spent.is_estimated
    assert (len(server.calls), heard.voided) == (1, 0)


@pytest.mark.parametrize("provider", SDKS)
@pytest.mark.parametrize("kind", [*HALF_CAME, *NOTHING_CAME])
async def test_what_goes_wrong_voids_what_was_told_and_is_tried_again_and_then_said(
    server: ScriptedModel, model_of: Build, asked: Conversation, heard: Heard, provider: Provider, kind: FaultKind
) -> None:
    server.script.answers["other"] = answer = f"{'x' * 5000} " * 20 if kind is FaultKind.TALKATIVE else ANSWER
    server.fail(kind, times=2, value="529" if kind is FaultKind.ERROR_EVENT else "")
    model = model_of(provider, seconds=20, retries=1)
    with pytest.raises(ModelError) as caught:
        await model.converse(asked)
    sentence = str(caught.value)
    assert (HALF_CAME | NOTHING_CAME)[kind] in sentence
    assert sentence.startswith(f"{provider}:scripted:latest")
    assert sentence.endswith("(tried 2 times)")
    assert len(server.calls) == 2
    assert heard.voided == (1 if kind in HALF_CAME else 0)
    assert bool(heard.text) == (kind in HALF_CAME), "a last failure is told by the error alone"
    assert len(heard.text) <= LONGEST_ANSWER

    heard.told.clear()
    server.fail(kind, value="529" if kind is FaultKind.ERROR_EVENT else "")
    assert (await model.converse(asked)).response.text == heard.text == answer
    assert heard.voided == (1 if kind in HALF_CAME else 0)


@pytest.mark.parametrize("provider", SDKS)
async def test_a_stream_that_falls_silent_is_given_up_before_the_time_limit_of_the_try(
    server: ScriptedModel, model_of: Build, asked: Conversation, heard: Heard, provider: Provider
) -> None:
    await model_of(provider).converse(replace(asked, on_text=None))
    server.fail(FaultKind.STALL, times=2)
    with pytest.raises(ModelError) as caught:
        await model_of(provider, seconds=0.6, retries=1).converse(asked)
    sentence = f"{provider}:scripted:latest fell silent in the middle of its answer, for 0.3 s"
    assert str(caught.value) == f"{sentence} (half of LLM_TIMEOUT_SECONDS) (tried 2 times)"
    assert heard.voided == 1


@pytest.mark.parametrize("kind", [FaultKind.HANG, FaultKind.HEADERS_ONLY, FaultKind.DRIP])
async def test_what_has_not_begun_or_never_falls_silent_ends_with_the_time_limit_of_the_try(
    server: ScriptedModel, model_of: Build, asked: Conversation, kind: FaultKind
) -> None:
    await model_of().converse(asked)
    server.fail(kind, value="0.05")
    with pytest.raises(ModelError, match=r"(within 0.4 s|did not answer in time)"):
        await model_of(seconds=0.4, retries=0).converse(asked)


@pytest.mark.parametrize("provider", [Provider.ANTHROPIC, Provider.GOOGLE])
async def test_a_refusal_in_the_middle_is_final(
    server: ScriptedModel, model_of: Build, asked: Conversation, provider: Provider
) -> None:
    server.fail(FaultKind.ERROR_EVENT, value="400")
    with pytest.raises(PermanentAgentError, match="answered 400"):
        await model_of(provider).converse(asked)
    assert len(server.calls) == 1


async def test_the_fallback_begins_again(
    server: ScriptedModel, model_of: Build, asked: Conversation, heard: Heard
) -> None:
    server.fail(FaultKind.STOPPED, times=2)
    model = ModelWithFallback(model_of(retries=1), model_of(Provider.ANTHROPIC))
    reply = await model.converse(asked)
    assert "broke off" in (reply.spent.fallback or "")
    assert heard.voided == 2, "before the second try, and before the second model"
    assert heard.text == reply.response.text


async def test_the_fallback_has_nothing_to_take_back_where_nothing_was_told(
    server: ScriptedModel, model_of: Build, asked: Conversation, heard: Heard
) -> None:
    server.fail(FaultKind.STATUS, value="401")
    reply = await ModelWithFallback(model_of(), model_of(Provider.GOOGLE)).converse(asked)
    assert (heard.voided, heard.text) == (0, reply.response.text)


async def test_an_earlier_answer_is_told_in_one_piece_also_to_who_did_not_listen_before(
    server: ScriptedModel, model_of: Build, asked: Conversation, heard: Heard
) -> None:
    model = CachedModel(model_of(), "here", MemoryCache(60), Redaction([KEY]))
    first = await model.converse(asked)
    heard.told.clear()
    again = await model.converse(asked)
    assert again.spent.is_cached
    assert heard.told == [first.response.text]
    assert (await model.converse(replace(asked, on_text=None))).spent.is_cached
    assert len(server.calls) == 1
    keys = {
        question_key("a", "b", each) for each in (asked, replace(asked, on_text=None), replace(asked, on_text=print))
    }
    assert len(keys) == 1


async def test_the_demo_model_tells_its_answer_in_one_piece(asked: Conversation, heard: Heard) -> None:
    def script(*_: object) -> ModelResponse:
        return ModelResponse(parts=[TextPart("[demo] Yes")])

    await DemoModel(0).converse(replace(asked, demo=script))
    assert heard.told == ["[demo] Yes"]


OWN = [
    ValueError("mine"),
    TimeoutError("mine"),
    ModelError("mine"),
    HostFailed("mine"),
    CallFailed("m", is_passing=True),
]


@pytest.mark.parametrize(
    ("provider", "error"),
    [
        (Provider.OLLAMA, HostFailed("mine")),
        (Provider.OPENAI, ModelError("mine")),
        (Provider.OPENAI, CallFailed("mine", is_passing=True)),
        (Provider.ANTHROPIC, TimeoutError("mine")),
        (Provider.GOOGLE, httpx2.ReadError("mine")),
    ],
)
async def test_what_the_listener_raises_ends_the_call_and_comes_out_as_it_is(
    server: ScriptedModel, model_of: Build, asked: Conversation, heard: Heard, provider: Provider, error: Exception
) -> None:
    def broken(piece: str | None) -> None:
        heard(piece)
        raise error from LookupError("why")

    model = ModelWithFallback(model_of(provider), model_of())
    with pytest.raises(type(error)) as caught:
        await model.converse(replace(asked, on_text=broken))
    assert caught.value is error
    assert isinstance(error.__cause__, LookupError)
    assert (len(server.calls), len(heard.told)) == (1, 1)
    assert (await model.converse(asked)).response.text


async def test_what_the_listener_raises_when_it_has_to_begin_again_comes_out_too(
    server: ScriptedModel, model_of: Build, asked: Conversation
) -> None:
    def stubborn(piece: str | None) -> None:
        if piece is None:
            raise ConfigurationError("I will not", next_step="do not ask")

    server.fail(FaultKind.STOPPED)
    with pytest.raises(ConfigurationError, match="I will not"):
        await model_of().converse(replace(asked, on_text=stubborn))
    assert len(server.calls) == 1


async def test_cancelling_a_stream_ends_it_at_once_and_the_model_goes_on(
    server: ScriptedModel, model_of: Build, asked: Conversation, heard: Heard
) -> None:
    model, begun = model_of(seconds=60), asyncio.Event()

    def begin(piece: str | None) -> None:
        heard(piece)
        begun.set()

    server.fail(FaultKind.STALL)
    call = asyncio.create_task(model.converse(replace(asked, on_text=begin)))
    async with asyncio.timeout(20):
        await begun.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert heard.voided == 0
    assert (await model.converse(asked)).response.text


async def test_a_lone_surrogate_reaches_no_listener(
    server: ScriptedModel, model_of: Build, asked: Conversation, heard: Heard
) -> None:
    server.script.answers["other"] = "a\ud800c"
    with pytest.raises(ModelError):
        await model_of(retries=0).converse(asked)
    assert heard.told == ["a?c"]


async def streamed(parts: list[bytes]) -> int:
    """How many bytes of an event stream the guard lets through."""

    async def sent() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=sent(), headers={"Content-Type": "Text/Event-Stream; charset=utf-8"})

    here = Endpoint(provider=Provider.OPENAI, model="m", base_url="http://127.0.0.1:9", api_key=SecretStr(KEY))
    async with guarded_client(here, 5) as client:
        client._transport = httpx2.MockTransport(answer)
        return len((await client.get("http://127.0.0.1:9")).content)


async def test_a_stream_may_be_longer_than_an_answer_but_none_of_its_lines_and_all_of_it_has_an_end() -> None:
    mib = bytes(1024 * 1024 - 1)
    assert await streamed([b"", mib + b"\n"] * 8) == 8 * 1024 * 1024
    with pytest.raises(CallFailed, match=f"more than {LARGEST_ANSWER_BYTES} bytes"):
        await streamed([b"\n" + mib, *[mib] * 4])
    with pytest.raises(CallFailed, match=f"more than {LARGEST_STREAM_BYTES} bytes"):
        await streamed([mib + b"\n"] * 33)


async def test_no_model_streams_to_nobody(server: ScriptedModel, model_of: Build, asked: Conversation) -> None:
    quiet = replace(asked, on_text=None)
    models: list[Model] = [model_of(provider) for provider in Provider]
    for model in [*models, ModelWithFallback(model_of(), model_of())]:
        await model.converse(quiet)
    assert not any(call.is_streamed for call in server.calls)
