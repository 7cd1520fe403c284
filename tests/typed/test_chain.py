"""Hooks: which, in which order, with what in hand; and what becomes of those that fail."""

from dataclasses import FrozenInstanceError
from typing import Any, ClassVar

import pytest

from agent_runner.agents.base import Suspended
from agent_runner.agents.typed.answer import answer
from agent_runner.agents.typed.base import (
    AnyMixin,
    Mixin,
    Moment,
    OnComplete,
    OnCreate,
    OnDestroy,
    OnError,
    OnInvoke,
    OnMessage,
    OnResponse,
    OnStart,
    OnToolCall,
)
from agent_runner.agents.typed.tools.tool import Tool
from agent_runner.domain.mixin import Hook, MixinOptions
from agent_runner.errors import AgentFailed, ModelError
from tests.typed.conftest import Attempt, SpokenModel, call_of, registry

SEEN: list[str] = []


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    SEEN.clear()


class Watching(Mixin[MixinOptions]):
    """Notes each hook, and fails in one of them."""

    fails_in: ClassVar[Hook | None] = None
    error: ClassVar[BaseException] = ValueError("oops")

    def note(self, hook: Hook, moment: Moment) -> None:
        assert moment.call.node == "ann"
        with pytest.raises(FrozenInstanceError):
            moment.call = moment.call  # pyright: ignore[reportAttributeAccessIssue] - that is what is tested
        SEEN.append(f"{self.name} {hook}")
        if hook is self.fails_in:
            raise self.error

    async def on_create(self, hook: OnCreate) -> None:
        self.note(Hook.CREATE, hook)

    async def on_start(self, hook: OnStart) -> None:
        self.note(Hook.START, hook)

    async def on_message(self, hook: OnMessage) -> str:
        self.note(Hook.MESSAGE, hook)
        return f"{hook.message} {self.name}"

    async def on_invoke(self, hook: OnInvoke) -> None:
        self.note(Hook.INVOKE, hook)

    async def on_tool_call(self, hook: OnToolCall) -> None:
        self.note(Hook.TOOL_CALL, hook)
        SEEN.append(f"{hook.tool} {dict(hook.arguments)}")

    async def on_response(self, hook: OnResponse) -> str:
        self.note(Hook.RESPONSE, hook)
        return f"{hook.text} {self.name}"

    async def on_complete(self, hook: OnComplete) -> None:
        self.note(Hook.COMPLETE, hook)
        SEEN.append(hook.reply.text)

    async def on_error(self, hook: OnError) -> None:
        self.note(Hook.ERROR, hook)
        SEEN.append(str(hook.error))

    async def on_destroy(self, hook: OnDestroy) -> None:
        self.note(Hook.DESTROY, hook)


def watching(given_name: str, *needs: str, fails: Hook | None = None, with_: BaseException | None = None) -> Any:
    class Named(Watching):
        name = given_name
        requires = needs
        fails_in = fails
        error = with_ or Watching.error

    return Named


async def once(*own: type[AnyMixin], model: SpokenModel | None = None, **config: Any) -> tuple[str, Attempt]:
    context = Attempt(model or SpokenModel())
    call = call_of(mixins=[kind.name for kind in own], **config)
    return (await answer(context, call, registry(*own))).text, context


async def test_hooks_run_inwards_and_on_the_way_out_in_reverse() -> None:
    text, _ = await once(watching("outer"), watching("inner"))
    assert text == "answer to Which bird? outer inner inner outer"
    assert [
        "outer on_create",
        "inner on_create",
        "outer on_start",
        "inner on_start",
        "outer on_message",
        "inner on_message",
        "outer on_invoke",
        "inner on_invoke",
        "inner on_response",
        "outer on_response",
        "inner on_complete",
        text,
        "outer on_complete",
        text,
        "inner on_destroy",
        "outer on_destroy",
    ] == SEEN


async def test_what_a_mixin_requires_stands_around_it() -> None:
    text, _ = await once(watching("needy", "needed"), watching("needed"))
    assert text == "answer to Which bird? needed needy needy needed"


async def test_hooks_are_silent_when_the_answer_is_in_the_journal() -> None:
    own = watching("one")
    text, context = await once(own)
    SEEN.clear()
    again = Attempt(SpokenModel(), context.journal)
    assert (await answer(again, call_of(mixins=["one"]), registry(own))).text == text
    assert SEEN == []


async def test_every_model_call_and_every_tool_call_is_announced_once() -> None:
    model = SpokenModel()
    model.calls = [[("calculate", {"expression": "6 * 7"}), ("calculate", {"expression": "1 + 1"})]]
    context, mixins, call = Attempt(model), registry(watching("one")), call_of(mixins=["one", "tool-use"])
    text = (await answer(context, call, mixins)).text
    assert text == "42 | 2 one"
    assert [each for each in SEEN if "invoke" in each or "calculate" in each or "tool" in each] == [
        "one on_invoke",
        *("one on_tool_call", "calculate {'expression': '6 * 7'}"),
        *("one on_tool_call", "calculate {'expression': '1 + 1'}"),
        "one on_invoke",
    ]
    del context.journal["pipeline/1-ann"]
    SEEN.clear()
    assert (await answer(Attempt(model, context.journal), call, mixins)).text == text
    assert not [each for each in SEEN if "invoke" in each or "tool" in each], "nothing of it was live"


IN_WORK = [Hook.CREATE, Hook.START, Hook.MESSAGE, Hook.INVOKE, Hook.RESPONSE, Hook.COMPLETE]


@pytest.mark.parametrize("hook", IN_WORK)
async def test_a_hook_that_fails_fails_the_agent_and_all_are_told(hook: Hook) -> None:
    with pytest.raises(AgentFailed, match=f"its mixin 'inner' failed in {hook}: ValueError: oops") as failed:
        await once(watching("outer"), watching("inner", fails=hook))
    assert not failed.value.is_permanent
    assert SEEN[-6:] == [
        "inner on_error",
        str(failed.value),
        "outer on_error",
        str(failed.value),
        "inner on_destroy",
        "outer on_destroy",
    ]


async def test_a_hook_may_say_itself_that_the_agent_has_failed_for_good() -> None:
    with pytest.raises(AgentFailed, match=r"^ann has failed: not with me$") as failed:
        await once(watching("one", fails=Hook.START, with_=AgentFailed("not with me", is_permanent=True)))
    assert failed.value.is_permanent


@pytest.mark.parametrize("hook", [Hook.ERROR, Hook.DESTROY])
async def test_what_goes_wrong_after_a_failure_hides_it_from_nobody(hook: Hook) -> None:
    with pytest.raises(AgentFailed, match="busy"):
        await once(watching("outer"), watching("inner", fails=hook), model=SpokenModel([ModelError("busy")]), retries=0)
    assert SEEN[-2:] == ["inner on_destroy", "outer on_destroy"]


async def test_an_answer_stands_though_the_end_of_a_mixin_fails_and_that_is_told() -> None:
    text, context = await once(watching("outer"), watching("inner", fails=Hook.DESTROY))
    assert text == "answer to Which bird? outer inner inner outer"
    assert SEEN[-1] == "outer on_destroy"
    [told] = [event for event in context.events if event.type == "ERROR"]
    assert "its mixin 'inner' failed in on_destroy: ValueError: oops" in str(told)


async def test_a_question_to_a_person_ends_every_mixin_and_is_no_error() -> None:
    with pytest.raises(Suspended):
        await once(watching("outer"), watching("inner", fails=Hook.RESPONSE, with_=Suspended()))
    assert SEEN[-3:] == ["inner on_response", "inner on_destroy", "outer on_destroy"]


async def test_what_mixins_make_of_an_answer_must_have_its_form() -> None:
    model = SpokenModel(["7"])
    with pytest.raises(AgentFailed, match="what its mixins made of its answer cannot be used") as failed:
        await once(watching("one"), model=model, output_format="json")
    assert failed.value.is_permanent


async def test_what_a_mixin_makes_can_be_stored_whatever_is_in_it() -> None:
    class Odd(Mixin[MixinOptions]):
        name = "odd"

        async def on_response(self, hook: OnResponse) -> str:
            return f"{hook.text} \0 \ud800"

    text, _ = await once(Odd)
    assert text == "answer to Which bird? \ufffd ?"


async def test_a_mixin_asks_beside_the_answer_under_keys_of_its_own() -> None:
    class Curious(Mixin[MixinOptions]):
        name = "curious"

        async def on_message(self, hook: OnMessage) -> str:
            said = [await hook.dialogue.ask("look", f"look {n}") for n in range(2)]
            return " ".join([*said, await hook.dialogue.answer("first")])

    text, context = await once(Curious)
    assert list(context.journal) == [
        *("pipeline/1-ann/look", "pipeline/1-ann/look-2", "pipeline/1-ann/1", "pipeline/1-ann/2"),
        "pipeline/1-ann",
    ]
    assert text == "answer to answer to look 0 answer to look 1 answer to first"
    assert context.types.count("AGENT_THINKING") == 2


@pytest.mark.parametrize("name", ["", "1", "a/b", "A"])
async def test_a_step_beside_the_answer_has_a_plain_name(name: str) -> None:
    class Curious(Mixin[MixinOptions]):
        async def on_start(self, hook: OnStart) -> None:
            await hook.dialogue.ask(name, "?")

    Curious.name = "curious"
    with pytest.raises(AgentFailed, match="cannot be the name of a step"):
        await once(Curious)


async def test_what_a_tool_of_ones_own_raises_fails_the_agent() -> None:
    async def broken(town: str) -> str:
        """Tell the weather."""
        raise ConnectionError(f"no line to {town}")

    model = SpokenModel()
    model.calls = [[("weather", {"town": "Bonn"})]]
    mixins = registry(tools=[Tool("weather", broken)])
    call = call_of(mixins=["tool-use"], mixin_options={"tool-use": {"tools": ["weather"]}})
    with pytest.raises(AgentFailed, match="the tool 'weather' failed: ConnectionError: no line to Bonn"):
        await answer(Attempt(model), call, mixins)
