"""What the mixins that come with agent-runner do, each on its own and with others, and that they live on death."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from agent_runner.agents.base import Suspended
from agent_runner.agents.typed.answer import answer
from agent_runner.agents.typed.call import Call
from agent_runner.agents.typed.mixins.rate_limit import Window
from agent_runner.domain.approval import LONGEST_KEY, Answer, ApprovalKind, ApprovalStatus
from agent_runner.domain.budget import Consumed
from agent_runner.domain.events import AgentThinking, Log
from agent_runner.errors import AgentFailed, JournalMismatch
from agent_runner.llm.base import ModelRequest
from tests.agents.memory_context import Killed
from tests.typed.conftest import Attempt, SpokenModel, asked, call_of, registry, said_before

KEY = "pipeline/1-ann"


def decided(status: ApprovalStatus, comment: str | None = None, *, revise: bool = False) -> Answer:
    return Answer(
        status=status,
        comment=comment,
        revise=revise,
        text=None,
        decided_by="ada",
        decided_at=datetime(2026, 11, 26, tzinfo=UTC),
        approval_id=1,
    )


# ---- memory


def remembering(**options: Any) -> Call:
    return call_of(mixins=["memory"], mixin_options={"memory": options})


async def test_an_agent_remembers_what_it_was_asked_and_has_answered() -> None:
    model = SpokenModel()
    earlier = (*said_before(("Wren?", "Yes.")), *said_before(("Robin?", "No."), node="bob", agent="bob"))
    await asked(model, replace(remembering(), earlier=earlier))
    [request] = model.requests
    assert "<asked>\nWren?\n</asked>\n<answered>\nYes.\n</answered>" in request.prompt
    assert request.prompt.endswith("\n\nWhich bird?")
    assert "Robin" not in request.prompt


async def test_who_has_nothing_to_remember_is_asked_as_always() -> None:
    model = SpokenModel()
    await asked(model, remembering())
    assert model.requests[0].prompt == "Which bird?"


async def test_the_memory_of_an_agent_is_that_of_all_its_seats_where_it_is_said() -> None:
    model = SpokenModel()
    earlier = said_before(("Wren?", "Yes."), node="ann-2")
    await asked(model, replace(remembering(), earlier=earlier))
    await asked(model, replace(remembering(by="agent"), earlier=earlier))
    assert ["Wren?" in request.prompt for request in model.requests] == [False, True]


async def test_a_memory_is_bounded() -> None:
    model = SpokenModel()
    earlier = said_before(*[(f"question {n}?", "a" * 500) for n in range(5)])
    await asked(model, replace(remembering(most=2, longest=100), earlier=earlier))
    prompt = model.requests[0].prompt
    assert ["question 2?" in prompt, "question 3?" in prompt, "question 4?" in prompt] == [False, True, True]
    assert prompt.count("[500 characters, shortened]") == 2


async def test_an_answer_holds_only_for_the_same_memory() -> None:
    call = replace(remembering(), earlier=said_before(("Wren?", "Yes.")))
    _, first = await asked(SpokenModel(), call)
    await answer(Attempt(SpokenModel(), first.journal), call, registry())
    other = replace(call, earlier=said_before(("Wren?", "No.")))
    with pytest.raises(JournalMismatch):
        await answer(Attempt(SpokenModel(), first.journal), other, registry())


# ---- reasoning


async def test_an_agent_thinks_first_and_its_thought_is_no_part_of_the_answer() -> None:
    model = SpokenModel(["Small and brown.", "A wren."])
    reply, context = await asked(model, replace(call_of(mixins=["reasoning"]), instructions="End with YES."))
    assert (reply.text, reply.consumed.model_calls) == ("A wren.", 2)
    assert list(context.journal) == [f"{KEY}/think", f"{KEY}/1", KEY]
    assert AgentThinking(message="Small and brown.") in context.events
    think, say = model.requests
    assert think.prompt.startswith("Which bird?\n\nDo not answer yet.")
    assert "End with YES." not in think.system
    assert "<thoughts>\nSmall and brown.\n</thoughts>" in say.prompt
    assert say.system.endswith("End with YES.")


# ---- self-reflection


def reflecting(rounds: int = 2, **config: Any) -> Call:
    return call_of(mixins=["self-reflection"], mixin_options={"self-reflection": {"rounds": rounds}}, **config)


async def test_an_agent_revises_its_answer_until_it_finds_nothing() -> None:
    model = SpokenModel(["A robin.", "Too red.", "A wren.", "Good.\n**ACCEPTED**"])
    reply, context = await asked(model, reflecting(rounds=5))
    assert reply.text == "A wren."
    assert list(context.journal) == [f"{KEY}/1", f"{KEY}/critique", f"{KEY}/2", f"{KEY}/critique-2", KEY]
    assert "<answer>\nA robin.\n</answer>" in model.requests[1].prompt
    assert "<wishes>\nToo red.\n</wishes>" in model.requests[2].prompt


async def test_an_agent_revises_no_oftener_than_it_may() -> None:
    model = SpokenModel(["one", "bad, not ACCEPTED at all", "two", "bad", "three", "too late"])
    assert (await asked(model, reflecting(rounds=2)))[0].text == "three"


async def test_a_revised_answer_has_its_form_as_well() -> None:
    model = SpokenModel(["[1]", "More.", "one and two", "[1, 2]", "ACCEPTED"])
    reply, _ = await asked(model, reflecting(output_format="json", retries=1))
    assert reply.data == [1, 2]


# ---- human-in-the-loop


HUMAN = call_of(mixins=["human-in-the-loop"])
APPROVE = f"{KEY}/approve/1"


async def test_a_person_is_asked_before_the_answer_counts() -> None:
    model, context = SpokenModel(["A wren."]), Attempt(SpokenModel())
    context._model = model
    with pytest.raises(Suspended):
        await answer(context, HUMAN, registry())
    assert list(context.journal) == [f"{KEY}/1"]
    question = context.asked[APPROVE]
    assert question.kind is ApprovalKind.PERMISSION
    assert question.text == "May this answer count?\n\nann answers:\nA wren."
    assert question.detail == {"node": "ann", "agent": "ann", "answer": "A wren."}
    assert question.expires_in_seconds == 7 * 24 * 3600

    again = Attempt(model, context.journal)
    again.answers[APPROVE] = decided(ApprovalStatus.GRANTED)
    assert (await answer(again, HUMAN, registry())).text == "A wren."
    assert len(model.requests) == 1


async def test_who_is_told_what_to_do_otherwise_answers_again_and_asks_again() -> None:
    model = SpokenModel(["A robin.", "A wren."])
    context = Attempt(model)
    context.answers[APPROVE] = decided(ApprovalStatus.REJECTED, "too red", revise=True)
    with pytest.raises(Suspended):
        await answer(context, HUMAN, registry())
    assert "in the words of the person" in model.requests[1].prompt
    assert "<wishes>\ntoo red\n</wishes>" in model.requests[1].prompt
    context = Attempt(model, context.journal)
    context.answers = {
        APPROVE: decided(ApprovalStatus.REJECTED, "too red", revise=True),
        f"{KEY}/approve/2": decided(ApprovalStatus.GRANTED),
    }
    assert (await answer(context, HUMAN, registry())).text == "A wren."
    assert list(context.journal) == [f"{KEY}/1", APPROVE, f"{KEY}/2", f"{KEY}/approve/2", KEY]


REFUSED = {
    "ada has not let its answer count: no": decided(ApprovalStatus.REJECTED, "no"),
    "nobody has said in time whether its answer may count": decided(ApprovalStatus.EXPIRED),
}


@pytest.mark.parametrize("sentence", REFUSED)
async def test_an_answer_that_is_not_let_count_is_a_failure_for_good(sentence: str) -> None:
    context = Attempt(SpokenModel())
    context.answers[APPROVE] = REFUSED[sentence]
    with pytest.raises(AgentFailed, match=sentence) as failed:
        await answer(context, HUMAN, registry())
    assert failed.value.is_permanent


async def test_a_person_is_asked_what_the_options_say_and_under_a_key_that_fits() -> None:
    options = {"human-in-the-loop": {"question": "Publish?", "expires_in_seconds": None}}
    keys = [f"{'compound/' * 30}{end}" for end in "ab"]
    context = Attempt(SpokenModel())
    for key in keys:
        call = call_of("x" * 20_000, key=key, mixins=["human-in-the-loop"], mixin_options=options)
        with pytest.raises(Suspended):
            await answer(context, call, registry())
    assert len(context.asked) == 2
    for key, question in context.asked.items():
        assert len(key) <= LONGEST_KEY
        assert question.text.startswith("Publish?\n")
        assert len(question.text) < 5_000
        assert question.expires_in_seconds is None


async def test_a_person_sees_what_the_agent_has_revised_itself_whatever_the_order_of_the_names() -> None:
    model = SpokenModel(["A robin.", "Too red.", "A wren."])
    context = Attempt(model)
    with pytest.raises(Suspended):
        await answer(context, call_of(mixins=["human-in-the-loop", "self-reflection"]), registry())
    assert context.asked[APPROVE].detail["answer"] == "A wren."


# ---- logging


async def test_every_hook_is_told_with_its_time() -> None:
    _, context = await asked(SpokenModel(), call_of(mixins=["logging"]))
    told = [event.message for event in context.events if isinstance(event, Log)]
    assert [message.split()[0] for message in told] == [
        *("on_create", "on_start", "on_message", "on_invoke", "on_response", "on_complete", "on_destroy"),
    ]
    assert all(" after 0.0" in message for message in told)
    assert told[3].endswith(" s: model call 1")
    assert context.roles == {"ann"}


async def test_only_the_hooks_that_are_wanted_are_told() -> None:
    call = call_of(mixins=["logging"], mixin_options={"logging": {"hooks": ["on_complete"]}})
    _, context = await asked(SpokenModel(), call)
    [told] = [event.message for event in context.events if isinstance(event, Log)]
    assert told.endswith(" s: 15 tokens")


# ---- rate-limit


def test_no_stretch_of_time_holds_more_calls_than_allowed() -> None:
    window = Window(calls=3, seconds=10)
    began = [0.0, 1.0, 2.0, 3.0, 3.0, 4.0, 30.0, 31.0]
    starts = [now + window.wait_seconds(now) for now in began]
    assert starts == [0, 1, 2, 10, 11, 12, 30, 31]
    for first in starts:
        assert sum(first <= start < first + 10 for start in starts) <= 3


def test_who_comes_while_others_wait_waits_behind_them() -> None:
    window = Window(calls=3, seconds=10)
    assert [window.wait_seconds(0) for _ in range(8)] == [0, 0, 0, 10, 10, 10, 20, 20]


async def test_agents_with_the_same_options_share_a_limit_and_replayed_calls_do_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("agent_runner.agents.typed.mixins.rate_limit.asyncio.sleep", sleep)

    def limited(name: str) -> Call:
        options = {"rate-limit": {"calls": 1, "per": "minute", "name": name}}
        return call_of(mixins=["rate-limit"], mixin_options=options)

    _, first = await asked(SpokenModel(), limited("one"))
    await asked(SpokenModel(), limited("other"))
    assert waits == [0.0, 0.0]
    del first.journal[KEY]
    await answer(Attempt(SpokenModel(), first.journal), limited("one"), registry())
    assert len(waits) == 2
    await asked(SpokenModel(), limited("one"))
    assert 50 < waits[2] <= 60


# ---- cache


async def test_an_agent_with_a_cache_lets_its_answers_be_given_again() -> None:
    model = SpokenModel()
    call = call_of(mixins=["cache"], temperature=0.5, max_tokens=7, model="openai:small")
    reply, context = await asked(model, call)
    assert reply.text == "answer to Which bird?"
    [conversation] = model.turns
    assert conversation.cacheable
    assert conversation.settings is not None
    assert (conversation.settings.get("temperature"), conversation.settings.get("max_tokens")) == (0.5, 7)
    assert context.models_wanted == ["openai:small"]
    assert list(context.journal) == [f"{KEY}/1", KEY]
    assert reply.consumed == Consumed(cost_usd=0.25, tokens=15, model_calls=1)
    await asked(model, call_of())
    assert len(model.turns) == 1


async def test_a_run_may_say_it_for_all_its_agents() -> None:
    model, context = SpokenModel(), Attempt(SpokenModel())
    context._model, context.config = model, {"cache": True}
    await answer(context, call_of(), registry())
    assert [conversation.cacheable for conversation in model.turns] == [True]


# ---- budget


def spending(**limits: Any) -> Call:
    return call_of(mixins=["budget", "self-reflection"], mixin_options={"budget": limits})


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({"model_calls": 2}, "budget of 2 model calls (model_calls): it has used 2"),
        ({"tokens": 30}, "budget of 30 tokens (tokens): it has used 30"),
        ({"cost_usd": 0.4}, "budget of 0.4 US dollars (cost_usd): it has used 0.5"),
    ],
)
async def test_an_agent_that_has_used_up_its_own_budget_has_failed_for_good(
    limits: dict[str, Any], sentence: str
) -> None:
    model = SpokenModel()
    with pytest.raises(AgentFailed) as failed:
        await asked(model, spending(**limits))
    assert str(failed.value) == f"ann has failed: it has reached its own {sentence}"
    assert (failed.value.is_permanent, len(model.requests)) == (True, 2)


async def test_what_it_has_consumed_before_counts_and_what_others_have_does_not() -> None:
    before = Consumed(cost_usd=1, tokens=100, model_calls=3)
    own = said_before(("a", "b"), consumed=before)
    others = said_before(("a", "b"), node="ann-2", consumed=before)
    await asked(SpokenModel(), replace(spending(model_calls=4), earlier=others))
    with pytest.raises(AgentFailed, match="it has used 4"):
        await asked(SpokenModel(), replace(spending(model_calls=4), earlier=(*others, *own)))


async def test_what_was_replayed_counts_as_well() -> None:
    model = SpokenModel()
    context = Attempt(model)
    context.die_after = f"{KEY}/critique"
    with pytest.raises(Killed):
        await answer(context, spending(model_calls=3), registry())
    reply = await answer(Attempt(model, context.journal), spending(model_calls=3), registry())
    assert reply.consumed.model_calls == 3
    again = Attempt(model, {f"{KEY}/1": context.journal[f"{KEY}/1"]})
    with pytest.raises(AgentFailed, match="it has used 2"):
        await answer(again, spending(model_calls=2), registry())


# ---- all at once, killed anywhere


def everything(output_format: str = "text") -> Call:
    return replace(
        call_of(
            "What is 6 * 7?",
            mixins=["tool-use", "cache", "memory", "reasoning", "self-reflection", "logging", "budget", "rate-limit"],
            mixin_options={"budget": {"model_calls": 50}, "rate-limit": {"calls": 10_000, "per": "second"}},
            output_format=output_format,
            retries=3,
        ),
        earlier=said_before(("a", "b")),
    )


def says(request: ModelRequest) -> str:
    return "Larger." if "Criticise" in request.prompt else "Let me see."


def with_everything() -> SpokenModel:
    model = SpokenModel(says)
    model.calls = [[("calculate", {"expression": "6 * 7"}), ("calculate", {"expression": "2 +"})]]
    return model


ALL_KEYS = [
    f"{KEY}/think",
    *(f"{KEY}/1", f"{KEY}/1/calculate-1", f"{KEY}/1/calculate-2", f"{KEY}/2"),
    *(f"{KEY}/3", f"{KEY}/3/calculate-1", f"{KEY}/3/calculate-2", f"{KEY}/4"),
]


async def test_all_mixins_together_come_to_an_end_under_keys_that_stay() -> None:
    context = Attempt(with_everything())
    with pytest.raises(AgentFailed, match="it is no JSON"):
        await answer(context, everything("json"), registry())
    assert list(context.journal)[: len(ALL_KEYS)] == ALL_KEYS


@pytest.mark.parametrize("when", ["die_before", "die_after"])
async def test_killed_at_any_step_nothing_that_is_finished_is_done_again(when: str) -> None:
    call, model = everything(), with_everything()
    expected, whole = await asked(model, call)
    paid = len(model.requests) + len(model.turns)
    assert len(whole.journal) > 8
    for key in whole.journal:
        model = with_everything()
        killed = Attempt(model)
        setattr(killed, when, key)
        with pytest.raises(Killed):
            await answer(killed, call, registry())
        resumed = Attempt(model, killed.journal)
        assert await answer(resumed, call, registry()) == expected
        assert resumed.journal.keys() == whole.journal.keys()
        in_flight = when == "die_after" and key != KEY and "calculate" not in key
        assert len(model.requests) + len(model.turns) == paid + in_flight, key
