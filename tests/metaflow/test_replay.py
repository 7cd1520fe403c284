"""The turns of a flow suffice for whatever agents answer, and come to what the topology comes to without a flow."""

import asyncio

import pytest

from agent_runner.domain.composition import Composition
from agent_runner.domain.outcome import AnyOutcome
from agent_runner.domain.topology import OnFailure
from agent_runner.errors import AgentError
from agent_runner.topologies.play import play
from tests.metaflow.steps import Asker, Plain, Said, by_steps
from tests.metaflow.teams import composed, teams

SEEDS = range(10)


def both(composition: Composition, seed: int, share: float) -> tuple[str, str, list[str], list[str]]:
    """What it comes to without a flow and by its steps, and who was asked for it."""

    async def without() -> AnyOutcome:
        return await play(Plain(plain), composition, "Decide.")

    plain, stepped = Said(seed, share), Said(seed, share)
    try:
        expected = asyncio.run(without()).model_dump_json()
    except AgentError as error:
        expected = f"{type(error).__name__}: {error.message}"
    try:
        found = str(by_steps(composition, Asker(stepped)))
    except AgentError as error:
        found = f"{type(error).__name__}: {error.message}"
    else:
        expected = str(asyncio.run(without()).model_dump(mode="json"))
        plain.asked = plain.asked[: len(plain.asked) // 2]
    return expected, found, sorted(plain.asked), sorted(stepped.asked)


@pytest.mark.parametrize("name", teams())
def test_the_steps_come_to_what_the_topology_comes_to(name: str) -> None:
    composition = composed(name)
    asked: set[int] = set()
    for seed in SEEDS:
        expected, found, by_play, by_flow = both(composition, seed, 0.0)
        assert found == expected
        assert by_flow == by_play
        asked.add(len(by_flow))
    assert name in {"pipe", "answers", "votes"} or len(asked) > 1, "chance never took another way"


@pytest.mark.parametrize("parts_fail", [False, True])
@pytest.mark.parametrize("on_failure", [OnFailure.SKIP, OnFailure.QUORUM])
@pytest.mark.parametrize("name", teams())
def test_the_steps_do_without_whom_the_topology_does_without(
    name: str, on_failure: OnFailure, parts_fail: bool
) -> None:
    composition = composed(name, on_failure, parts_fail=parts_fail)
    outcomes: set[str] = set()
    for seed in SEEDS:
        expected, found, by_play, by_flow = both(composition, seed, 0.2)
        assert found == expected
        assert set(by_flow) <= set(by_play)
        outcomes.add(found[:5])
    assert outcomes
