"""Which mixins there are, in which order they stand, what they require, and what is said of what cannot be used."""

from collections.abc import Iterator
from typing import Any

import pytest

from agent_runner.agents.typed.base import AnyMixin, Mixin
from agent_runner.agents.typed.registry import BUILT_IN, OWN_MIXINS, MixinRegistry, default_mixins, mixin
from agent_runner.agents.typed.tools.tool import ToolRegistry
from agent_runner.domain.agent_type import AgentConfig
from agent_runner.domain.mixin import BUILT_IN_MIXINS, MixinOptions, options_of_mixin, require_usable_options
from agent_runner.errors import AgentFailed, InvalidInput, PermanentAgentError
from tests.typed.conftest import SpokenModel, asked, call_of, registry


def needing(given_name: str, *needs: str) -> type[AnyMixin]:
    class Named(Mixin[MixinOptions]):
        name = given_name
        requires = needs

    return Named


def of(*mixins: type[AnyMixin]) -> MixinRegistry:
    return MixinRegistry(mixins, ToolRegistry())


def test_the_api_lists_exactly_what_works() -> None:
    assert [(kind.name, kind.requires, kind.options_type) for kind in BUILT_IN] == [
        (entry.name, entry.requires, entry.options) for entry in BUILT_IN_MIXINS
    ]
    assert {"memory", "reasoning", "human-in-the-loop", "tool-use"} < set(default_mixins().names)


def test_the_order_is_the_registrys_whatever_the_agent_says() -> None:
    names = [entry.name for entry in BUILT_IN_MIXINS]
    assert registry().resolved(names[::-1]) == tuple(names)
    assert registry().resolved(["memory", "memory"]) == ("memory",)


def test_what_is_required_is_added_and_stands_before() -> None:
    mixins = of(needing("a", "d", "c"), needing("b"), needing("c", "b"), needing("d"))
    assert mixins.resolved(["a"]) == ("b", "c", "d", "a")
    assert mixins.resolved(["b", "a"]) == ("b", "c", "d", "a")
    assert [type(each).name for each in mixins.of(AgentConfig(mixins=("a",)))] == ["b", "c", "d", "a"]


@pytest.mark.parametrize(
    ("mixins", "why"),
    [
        ([needing("a", "b"), needing("b", "c"), needing("c", "b")], "these mixins require each other: b > c > b"),
        ([needing("a", "a")], "these mixins require each other: a > a"),
        ([needing("a", "b")], "this worker has no mixin 'b', which 'a' requires; it has: a"),
        ([needing("b")], "this worker has no mixin 'a'; it has: b"),
        ([], "this worker has no mixin 'a'; it has: none"),
    ],
)
def test_what_cannot_be_resolved_is_said(mixins: list[type[AnyMixin]], why: str) -> None:
    with pytest.raises(PermanentAgentError) as refused:
        of(*mixins).of(AgentConfig(mixins=("a",)))
    assert refused.value.message == why
    assert refused.value.next_step


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({"mixins": ["budget"]}, "one of cost_usd, tokens and model_calls must be given"),
    ({"mixins": ["rate-limit"]}, "calls is {}: Field required"),
    (
        {"mixins": ["memory"], "mixin_options": {"memory": {"most": 0, "colour": "red"}}},
        "most is 0: Input should be greater than or equal to 1; colour is 'red': Extra inputs are not permitted",
    ),
    ({"mixins": ["tool-use"], "mixin_options": {"tool-use": {"tools": "all"}}}, "tools is 'all': "),
]


@pytest.mark.parametrize(("config", "sentence"), UNUSABLE)
async def test_options_that_cannot_be_used_are_said_by_the_api_and_by_the_worker(
    config: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_usable_options(AgentConfig.model_validate(config))
    assert sentence in refused.value.message
    assert f"mixin_options.{config['mixins'][0]}" in str(refused.value.next_step)
    with pytest.raises(AgentFailed) as failed:
        await asked(SpokenModel(), call_of(**config))
    assert failed.value.message == f"ann has failed: {refused.value.message}"
    assert (failed.value.is_permanent, failed.value.next_step) == (True, refused.value.next_step)


async def test_options_of_a_mixin_that_it_does_not_have_are_a_mistake() -> None:
    with pytest.raises(AgentFailed, match="options for 'memory', which is none of its mixins"):
        await asked(SpokenModel(), call_of(mixins=["cache"], mixin_options={"memory": {}}))


def test_the_api_leaves_own_mixins_to_the_workers_that_have_them() -> None:
    require_usable_options(AgentConfig(mixins=("signature",), mixin_options={"signature": {"name": "x"}}))
    with pytest.raises(InvalidInput, match="rounds is 99"):
        require_usable_options(AgentConfig(mixin_options={"self-reflection": {"rounds": 99}}))


def test_the_options_of_every_mixin_have_a_schema() -> None:
    for entry in BUILT_IN_MIXINS:
        assert entry.properties.keys() == entry.options.model_fields.keys()
        assert entry.description.endswith(".")
    assert options_of_mixin("cache", BUILT_IN_MIXINS[6].options, {}) == BUILT_IN_MIXINS[6].options()


# ---- one's own


@pytest.fixture
def own() -> Iterator[None]:
    before = dict(OWN_MIXINS)
    yield
    OWN_MIXINS.clear()
    OWN_MIXINS.update(before)


class Signature(Mixin[MixinOptions]):
    requires = ("memory",)


@pytest.mark.usefixtures("own")
def test_a_mixin_of_ones_own_is_registered_and_stands_within_the_built_in_ones() -> None:
    assert mixin("signature")(Signature) is Signature
    mixin("signature")(Signature)
    assert default_mixins().names == (*(entry.name for entry in BUILT_IN_MIXINS), "signature")
    assert default_mixins().resolved(["rate-limit", "signature"]) == ("memory", "rate-limit", "signature")


@pytest.mark.usefixtures("own")
def test_a_mixin_has_a_name_of_its_own() -> None:
    mixin("signature")(Signature)
    for name, why in [
        ("memory", "the mixin 'memory' comes with agent-runner"),
        ("No way", "'No way' cannot be the name of a mixin"),
        ("signature", "the mixin 'signature' is registered twice"),
    ]:
        with pytest.raises(InvalidInput, match=why):
            mixin(name)(needing(name))
