"""What agents know of each other's earlier words is the same in whatever order a runner carries their calls out."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import pytest

from agent_runner.agents.typed.answer import answer
from agent_runner.agents.typed.call import Call
from agent_runner.domain.agent_type import AgentConfig, AgentType
from agent_runner.domain.composition import Composition, compose
from agent_runner.domain.outcome import Reply
from agent_runner.domain.topology import DEBATERS, DebateConfig, OnFailure, TopologyType
from agent_runner.errors import AgentFailed
from agent_runner.topologies.scene import Act, Question, Scene
from agent_runner.topologies.stage import Branch
from tests.agents.memory_context import Journal, Killed
from tests.typed.conftest import Attempt, SpokenModel, registry

T = TypeVar("T")


class OneByOne:
    """Carries calls out one after the other, in the order of the questions or in the reverse of it."""

    def __init__(self, context: Attempt, *, is_reversed: bool = False) -> None:
        self.context = context
        self.calls: list[Call] = []
        self.is_reversed = is_reversed
        self.fails = ""

    async def call(self, call: Call) -> Reply:
        self.calls.append(call)
        if self.fails and call.key.endswith(self.fails):
            raise AgentFailed(f"{call.node} is ill")
        return await answer(self.context, call, registry())

    async def gather(self, branches: Sequence[Branch[T]]) -> list[T]:
        order = list(enumerate(branches))[:: -1 if self.is_reversed else 1]
        results = {number: await branch() for number, branch in order}
        return [results[number] for number in range(len(branches))]

    async def settle(self, key: str, find: Callable[[], Awaitable[dict[str, str]]]) -> dict[str, str]:
        async def work() -> dict[str, str]:
            return await find()

        found = await self.context.step(key, work)  # pyright: ignore[reportArgumentType] - a dict of texts is JSON
        assert isinstance(found, dict)
        return {name: str(why) for name, why in found.items()}

    def tell(self, share: float, message: str) -> None:
        pass


class AllAtOnce(OneByOne):
    """Each call begins after a random number of turns of the event loop."""

    def __init__(self, context: Attempt, seed: int) -> None:
        super().__init__(context)
        self._chance = random.Random(seed)

    async def gather(self, branches: Sequence[Branch[T]]) -> list[T]:
        async def later(branch: Branch[T], turns: int) -> T:
            for _ in range(turns):
                await asyncio.sleep(0)
            return await branch()

        return await asyncio.gather(*(later(branch, self._chance.randrange(20)) for branch in branches))


def team(by: str, on_failure: OnFailure = OnFailure.FAIL) -> Composition:
    config = AgentConfig(mixins=("memory",), mixin_options={"memory": {"by": by}})
    agents = {name: AgentType(name=name, config=config) for name in ("ann", "bob")}
    slots = {DEBATERS: ("ann", "ann", "bob", "ann")}
    topology = TopologyType(name="talk", config=DebateConfig(on_failure=on_failure), slots=slots)
    return compose(topology, agents)


async def talk(scene: Scene) -> list[str]:
    """Two rounds together, then each is asked twice beside the others, then one alone."""
    seats, said = scene.seats(DEBATERS), list[str]()
    for number in (1, 2, 10):
        questions = [
            Question(key=f"round-{number}/{seat.node}", seat=seat, message=f"Round {number}?") for seat in seats
        ]
        said += [reply.text for reply in await scene.ask_all(f"round-{number}", questions) if reply is not None]

    def branch(number: int) -> Branch[list[Reply]]:
        async def twice() -> list[Reply]:
            return [
                await scene.ask(Question(key=f"aside-{number + 8}/{n}", seat=seats[number], message=f"Aside {number}?"))
                for n in (1, 2)
            ]

        return twice

    acts = [Act(f"aside-{number}", seat, branch(number)) for number, seat in enumerate(seats)]
    for replies in await scene.play_all("aside", acts):
        said += [reply.text for reply in replies or ()]
    last = await scene.ask(Question(key="last", seat=seats[0], message="Last?"))
    return [*said, last.text]


async def played(stage: OneByOne, by: str, on_failure: OnFailure = OnFailure.FAIL) -> tuple[list[str], dict[str, Call]]:
    composition = team(by, on_failure)
    said = await talk(Scene(stage, composition, composition.topology))
    return said, {call.key: call for call in stage.calls}


@pytest.mark.parametrize("by", ["node", "agent"])
async def test_memories_are_the_same_on_every_runner(by: str) -> None:
    model = SpokenModel(lambda request: f"{len(request.prompt)}: {request.prompt[-2000:]}"[:300])
    first = OneByOne(Attempt(model))
    expected, calls = await played(first, by)
    others = [OneByOne(Attempt(model), is_reversed=True), *(AllAtOnce(Attempt(model), seed) for seed in range(5))]
    for stage in others:
        assert await played(stage, by) == (expected, calls)
        assert {key: step for key, (_, step) in stage.context.journal.items()} == {
            key: step for key, (_, step) in first.context.journal.items()
        }


async def test_nobody_sees_what_is_said_beside_him_and_all_see_it_afterwards() -> None:
    stage = AllAtOnce(Attempt(SpokenModel()), 1)
    _, calls = await played(stage, "agent")
    nodes = ("ann", "ann-2", "bob", "ann-3")

    def earlier(key: str) -> list[str]:
        return [exchange.key.removeprefix("debate/") for exchange in calls[f"debate/{key}"].earlier]

    rounds = {number: [f"round-{number}/{node}" for node in sorted(nodes)] for number in (1, 2, 10)}
    assert [set(earlier(f"round-1/{node}")) for node in nodes] == [set()] * 4
    assert all(earlier(f"round-2/{node}") == rounds[1] for node in nodes)
    asides = [f"aside-{n}/{m}" for n in (8, 9, 10, 11) for m in (1, 2)]
    assert all(earlier(aside) == rounds[1] + rounds[2] + rounds[10] for aside in asides)
    assert earlier("last") == rounds[1] + rounds[2] + rounds[10] + asides


async def test_who_failed_and_was_done_without_is_remembered_by_nobody() -> None:
    texts: list[list[str]] = []
    for stage in (OneByOne(Attempt(SpokenModel())), AllAtOnce(Attempt(SpokenModel()), 3)):
        stage.fails = "round-2/bob"
        said, calls = await played(stage, "agent", OnFailure.SKIP)
        texts.append(said)
        assert "debate/round-2/bob" not in [exchange.key for exchange in calls["debate/last"].earlier]
        assert len(calls["debate/last"].earlier) == 19
    assert texts[0] == texts[1]


@pytest.mark.parametrize("dies_before", ["debate/round-2/bob", "debate/aside-10/2/1", "debate/last"])
async def test_a_later_attempt_remembers_what_an_earlier_one_has_heard(dies_before: str) -> None:
    model = SpokenModel()
    expected, _ = await played(OneByOne(Attempt(model)), "agent")
    killed = Attempt(model)
    killed.die_before = dies_before
    with pytest.raises(Killed):
        await played(OneByOne(killed), "agent")
    journal: Journal = killed.journal
    paid = len(model.requests)
    said, _ = await played(OneByOne(Attempt(model, journal)), "agent")
    assert said == expected
    assert len(model.requests) - paid < 20
