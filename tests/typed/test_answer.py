"""One agent is asked: the step, its key and input, what is told, tries, JSON, failures, and death at any point."""

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from agent_runner.agents.base import Suspended
from agent_runner.agents.typed.answer import answer
from agent_runner.agents.typed.call import Call
from agent_runner.agents.typed.prompt import persona
from agent_runner.agents.typed.reading import json_in
from agent_runner.domain.agent_type import Role
from agent_runner.domain.budget import Consumed
from agent_runner.domain.events import AgentComplete, AgentStart, Error, Message
from agent_runner.domain.outcome import Reply
from agent_runner.errors import (
    AgentFailed,
    GitFailed,
    JournalMismatch,
    LeaseLost,
    ModelError,
    OverBudget,
    PermanentAgentError,
    StoreUnavailable,
)
from agent_runner.llm.base import ModelAnswer, ModelRequest
from agent_runner.llm.demo import DemoModel
from tests.agents.memory_context import Killed
from tests.docs.blocks import ROOT
from tests.typed.conftest import Attempt, SpokenModel, asked, call_of, registry


async def test_a_call_is_a_step_with_one_model_call_in_it() -> None:
    model = SpokenModel(["A wren."])
    reply, context = await asked(model, call_of())
    consumed = Consumed(cost_usd=0.25, tokens=15, model_calls=1)
    assert reply == Reply(node="ann", agent="ann", text="A wren.", consumed=consumed)
    assert list(context.journal) == ["pipeline/1-ann/1", "pipeline/1-ann"]
    assert context.events == [AgentStart(node="ann"), Message(content="A wren."), AgentComplete(node="ann")]
    assert context.roles == {"ann"}


async def test_a_reply_is_derived_of_its_model_calls_unless_a_mixin_had_a_hand_in_it() -> None:
    """Nobody knows what a hook does beside the journal, so it is not done again once its reply was used."""
    _, plain = await asked(SpokenModel(), call_of())
    assert plain.derived == {"pipeline/1-ann"}
    _, mixed = await asked(SpokenModel(), call_of(mixins=["logging"]))
    assert "pipeline/1-ann" in mixed.journal
    assert mixed.derived == set()


async def test_the_model_is_told_who_it_is_and_asked_as_its_config_says() -> None:
    model = SpokenModel()
    call = replace(call_of(model="openai:small", temperature=0.5, max_tokens=99), instructions="End with YES or NO.")
    _, context = await asked(model, call)
    [request] = model.requests
    assert request.system.startswith("You are a specialist.")
    assert "you are called ann. She knows birds." in request.system
    assert request.system.endswith("\n\nEnd with YES or NO.")
    assert (request.prompt, request.temperature, request.max_tokens) == ("Which bird?", 0.5, 99)
    assert context.models_wanted == ["openai:small"]
    _, _ = await asked(model, call_of(system_prompt="Be a bird."))
    assert model.requests[-1].system == "Be a bird."


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_prompt(role: Role) -> None:
    call = call_of()
    said = persona(replace(call, agent=call.agent.model_copy(update={"role": role})))
    assert f"You are a{'n' if role[0] in 'eo' else ''} {role}." in said


async def test_a_finished_call_is_replayed_without_a_word() -> None:
    model = SpokenModel(["A wren."])
    reply, first = await asked(model, call_of())
    again = Attempt(model, first.journal)
    assert await answer(again, call_of(), registry()) == reply
    assert (len(model.requests), again.events) == (1, [])


OTHERWISE: dict[str, Call] = {
    "message": call_of("Which fish?"),
    "model": call_of(model="openai:large"),
    "temperature": call_of(temperature=1),
    "system prompt": call_of(system_prompt="Be a fish."),
    "mixins": call_of(mixins=["logging"]),
    "mixin options": call_of(mixins=["memory"], mixin_options={"memory": {"most": 3}}),
    "instructions": replace(call_of(), instructions="In one word."),
    "node": replace(call_of(), node="ann-2"),
    "role": replace(call_of(), agent=call_of().agent.model_copy(update={"role": Role.CRITIC})),
    "tries": call_of(retries=7),
}


@pytest.mark.parametrize("what", OTHERWISE)
async def test_a_recorded_answer_holds_for_the_same_question_only(what: str) -> None:
    _, first = await asked(SpokenModel(["A wren."]), call_of())
    with pytest.raises(JournalMismatch):
        await answer(Attempt(SpokenModel(), first.journal), OTHERWISE[what], registry())


async def test_what_is_told_of_a_long_answer_is_shortened() -> None:
    reply, context = await asked(SpokenModel(["x" * 100_000]), call_of())
    [told] = [event.content for event in context.events if isinstance(event, Message)]
    assert (len(told), len(reply.text)) == (8_000, 100_000)


async def test_the_thoughts_of_a_model_are_no_part_of_its_answer() -> None:
    reply, _ = await asked(SpokenModel(["<think>A wren or a robin?</think>\n A wren. \n"]), call_of())
    assert reply.text == "A wren."
    only_thoughts, _ = await asked(SpokenModel(["A wren?</think> "]), call_of())
    assert only_thoughts.text == "A wren?</think>"


async def test_the_demo_model_says_that_it_is_one() -> None:
    reply, _ = await asked(DemoModel(0), call_of())
    assert (reply.is_demo, reply.text) == (True, "[demo] No model was used to answer: Which bird?")
    in_json, _ = await asked(DemoModel(0), call_of(output_format="json"))
    assert in_json.data == {"is_demo": True, "answer": "[demo] No model was used to answer: Which bird?"}
    assert (await asked(SpokenModel(), call_of()))[0].is_demo is False


# ---- tries


async def test_a_failure_is_tried_again_within_the_step() -> None:
    model = SpokenModel([ModelError("busy"), ModelError("busy"), "A wren."])
    reply, context = await asked(model, replace(call_of(retries=1), retries=1))
    assert (reply.text, reply.consumed.model_calls) == ("A wren.", 1)
    assert list(context.journal) == ["pipeline/1-ann/1", "pipeline/1-ann"]


async def test_after_the_last_try_the_agent_has_failed() -> None:
    model = SpokenModel([ModelError("busy"), ModelError("still busy"), "too late"])
    context = Attempt(model)
    with pytest.raises(AgentFailed, match=r"^ann has failed: still busy$") as failed:
        await answer(context, call_of(retries=1), registry())
    assert (failed.value.is_permanent, len(model.requests), context.journal) == (False, 2, {})
    assert context.events == [AgentStart(node="ann"), Error(message="ann has failed: still busy")]


async def test_node_and_agent_are_both_named_where_they_differ() -> None:
    with pytest.raises(AgentFailed, match=r"^part/ann-2 \(ann\) has failed: busy$"):
        await asked(SpokenModel([ModelError("busy")]), replace(call_of(retries=0), node="part/ann-2"))


async def test_what_no_try_can_mend_is_not_tried_again() -> None:
    model = SpokenModel([PermanentAgentError("the key is wrong", next_step="set it"), "too late"])
    with pytest.raises(AgentFailed, match="ann has failed: the key is wrong") as failed:
        await asked(model, call_of(retries=5))
    assert (failed.value.is_permanent, failed.value.next_step, len(model.requests)) == (True, "set it", 1)


class SilentModel(SpokenModel):
    """Says nothing for ever, `silent` times."""

    def __init__(self, silent: int) -> None:
        super().__init__()
        self.silent = silent

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        answered = await super().complete(request)
        if len(self.requests) <= self.silent:
            await asyncio.Event().wait()
        return answered


async def test_a_try_that_takes_too_long_is_one_that_failed() -> None:
    reply, _ = await asked(SilentModel(1), call_of(retries=1, timeout_seconds=0.01))
    assert reply.text == "answer to Which bird?"
    model = SilentModel(9)
    with pytest.raises(AgentFailed, match=r"no answer within 0.01 s \(timeout_seconds\)") as failed:
        await asked(model, call_of(retries=2, timeout_seconds=0.01))
    assert (failed.value.is_permanent, len(model.requests)) == (False, 3)


PASSING: list[BaseException] = [
    OverBudget("no more calls"),
    JournalMismatch("another story"),
    LeaseLost("gone"),
    StoreUnavailable("away"),
    TimeoutError("of somebody else"),
    ConnectionError("a bug"),
    asyncio.CancelledError(),
    Suspended(),
]


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
async def test_what_is_no_failure_of_the_agent_passes_through(error: BaseException) -> None:
    class Broken(SpokenModel):
        async def complete(self, request: ModelRequest) -> ModelAnswer:
            self.requests.append(request)
            raise error

    model, context = Broken(), Attempt(SpokenModel())
    context._model = model
    with pytest.raises(type(error)) as passed:
        await answer(context, call_of(retries=3, mixins=["logging"]), registry())
    assert passed.value is error
    assert len(model.requests) == 1
    assert "ERROR" not in context.types


async def test_another_failure_of_agents_is_one_that_may_pass() -> None:
    with pytest.raises(AgentFailed, match="git is gone") as failed:
        await asked(SpokenModel([GitFailed("git is gone")]), call_of())
    assert not failed.value.is_permanent


# ---- JSON


async def test_an_answer_that_is_no_json_is_asked_for_again() -> None:
    model = SpokenModel(["A wren.", '{"bird": ', 'Here:\n```json\n{"bird": "wren"}\n```'])
    reply, context = await asked(model, call_of(output_format="json", retries=2))
    assert reply.data == {"bird": "wren"}
    assert reply.consumed.model_calls == 3
    assert list(context.journal) == [f"pipeline/1-ann/{n}" for n in (1, 2, 3)] + ["pipeline/1-ann"]
    assert model.requests[0].system.endswith("no words before or after it and no comments in it.")
    assert "A wren." in model.requests[1].prompt
    assert "it is no JSON: expected value at line 1" in model.requests[1].prompt
    assert model.requests[2].prompt.startswith("Which bird?\n")
    assert "A wren." not in model.requests[2].prompt


async def test_who_never_gives_json_has_failed_and_has_paid_for_each_answer_once() -> None:
    model = SpokenModel(["no", "never", "too late"])
    context = Attempt(model)
    with pytest.raises(AgentFailed, match=r"its answer cannot be used, because it is no JSON: .+: 'never'") as failed:
        await answer(context, call_of(output_format="json", retries=1), registry())
    assert not failed.value.is_permanent
    with pytest.raises(AgentFailed):
        await answer(Attempt(model, context.journal), call_of(output_format="json", retries=1), registry())
    assert len(model.requests) == 2


READ: list[tuple[str, Any]] = [
    ("[1, 2]", [1, 2]),
    (" 7 ", 7),
    ('"word"', "word"),
    ("```\n{}\n```", {}),
    ('```json\n{"a": 1}\n```\nand\n```json\n{"b": 2}\n```', {"a": 1}),
    ('I think {"a": {"b": []}} is right.', {"a": {"b": []}}),
]


@pytest.mark.parametrize(("text", "value"), READ)
def test_json_is_found_where_models_put_it(text: str, value: Any) -> None:
    assert json_in(text) == value


@pytest.mark.parametrize("text", ["", "no", "NaN", '{"a": Infinity}', "[" * 5000, "{'a': 1}", '{"a": 1,}', "\ud800"])
def test_what_is_no_json_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="it is no JSON: "):
        json_in(text)


# ---- death


@pytest.mark.parametrize("when", ["die_before", "die_after"])
@pytest.mark.parametrize("dies_at", ["pipeline/1-ann/1", "pipeline/1-ann/2", "pipeline/1-ann/3", "pipeline/1-ann"])
async def test_no_finished_model_call_is_made_again(dies_at: str, when: str) -> None:
    says = {0: "no", 1: "never", 2: '{"bird": "wren"}'}
    call = call_of(output_format="json", retries=2)
    model = SpokenModel(lambda request: says[request.prompt.count("could not be used") and _turn(request)])
    expected, whole = await asked(model, call)
    model.requests.clear()

    killed = Attempt(model)
    setattr(killed, when, dies_at)
    with pytest.raises(Killed):
        await answer(killed, call, registry())
    resumed = Attempt(model, killed.journal)
    assert await answer(resumed, call, registry()) == expected
    assert resumed.journal == whole.journal
    in_flight = when == "die_after" and dies_at != "pipeline/1-ann"
    assert len(model.requests) == 3 + in_flight


def _turn(request: ModelRequest) -> int:
    return 1 if "no\n</last_answer>" in request.prompt else 2


async def test_a_reply_that_cannot_be_read_is_said_to_be_another_versions() -> None:
    _, first = await asked(SpokenModel(), call_of())
    recorded_input, _ = first.journal["pipeline/1-ann"]
    first.journal["pipeline/1-ann"] = (recorded_input, {"node": "ann"})
    with pytest.raises(JournalMismatch, match="is no reply of an agent"):
        await answer(Attempt(SpokenModel(), first.journal), call_of(), registry())


async def test_a_model_answer_that_cannot_be_read_is_said_to_be_another_versions() -> None:
    _, first = await asked(SpokenModel(), call_of())
    del first.journal["pipeline/1-ann"]
    recorded_input, _ = first.journal["pipeline/1-ann/1"]
    first.journal["pipeline/1-ann/1"] = (recorded_input, {"txt": "wren"})
    with pytest.raises(JournalMismatch, match="is no model answer"):
        await answer(Attempt(SpokenModel(), first.journal), call_of(), registry())


def test_an_agent_without_tools_costs_no_import_of_pydantic_ai() -> None:
    program = """
import asyncio, json, sys
from agent_runner.agents.typed.answer import answer
from agent_runner.agents.typed.call import Call
from agent_runner.agents.typed.registry import default_mixins
from agent_runner.domain.agent_type import AgentConfig, AgentType
from agent_runner.llm.demo import DemoModel
from tests.agents.memory_context import MemoryContext

agent = AgentType(name="simple", config=AgentConfig(mixins=("memory", "reasoning", "self-reflection", "logging")))
call = Call(key="1", node="simple", agent=agent, message="Which bird?")
print(json.dumps([
    "Which bird?" in asyncio.run(answer(MemoryContext(DemoModel(0)), call, default_mixins())).text,
    [name for name in sys.modules if name.split(".")[0] == "pydantic_ai"],
]))
"""
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert json.loads(said) == [True, []]
