"""The demo model plays along in every pattern, and says in every answer that no model was used."""

from typing import Any

import pytest

from agent_runner.agents.typed.call import Call
from agent_runner.domain.composition import Composition
from agent_runner.llm.base import ModelRequest
from agent_runner.llm.demo import demo_answer
from agent_runner.topologies.play import play
from tests.topologies.cast import TASK, Played, agent, composed, topology
from tests.topologies.memory_stage import Line, MemoryStage

THREE = ["ann", "bob", "cem"]


def demo(call: Call, number: int) -> Line:
    return demo_answer(ModelRequest(system=f"You are {call.agent.name}.\n\n{call.instructions}", prompt=call.message))


async def played(composition: Composition) -> Played:
    stage = MemoryStage(demo)
    outcome = await play(stage, composition, TASK)
    for _, reply in stage.journal.replies.values():
        assert "[demo]" in reply.text
    assert "[demo]" in outcome.output or outcome.output == "0"
    return Played(stage, outcome)


async def team(type_: str, slots: dict[str, Any], **config: Any) -> Any:
    return (await played(composed(topology(type_, slots, **config)))).outcome


@pytest.mark.parametrize("consensus", ["majority", "unanimous", "weighted", "first_agreement", "mediator"])
async def test_a_debate_reaches_consensus(consensus: str) -> None:
    outcome = await team("debate", {"debaters": THREE, "mediator": "med"}, consensus=consensus)
    assert (outcome.is_reached, len(outcome.rounds), outcome.support) == (True, 1, 1.0)


async def test_a_cross_check_is_accepted() -> None:
    outcome = await team("cross-check", {"author": "ann", "validators": THREE}, agreement="unanimous")
    assert (outcome.is_accepted, outcome.revisions) == (True, 0)
    assert TASK in outcome.output


async def test_the_first_level_decides() -> None:
    outcome = await team("chain-of-command", {"level-1": THREE, "level-2": "dan"})
    assert (outcome.level, outcome.is_decided) == (1, True)


async def test_a_delegation_gives_each_worker_a_task_by_capability() -> None:
    agents = (agent("boss"), agent("ann", "read", "count"), agent("bob"), agent("cem", "write"))
    slots = {"coordinator": "boss", "workers": THREE}
    outcome = (await played(composed(topology("delegation", slots), agents=agents))).outcome
    assert [(each.capability, each.node) for each in outcome.assignments] == [
        ("read", "ann"),
        (None, "bob"),
        ("write", "cem"),
    ]
    assert all(TASK in each.task for each in outcome.assignments)
    assert "Part 3 of 3" in outcome.assignments[2].text


@pytest.mark.parametrize("aggregation", ["vote", "weighted", "concat", "best_of", "synthesis", "average"])
async def test_an_ensemble_comes_to_an_output(aggregation: str) -> None:
    slots = {"members": THREE, "judge": "judy", "synthesizer": "syn"}
    outcome = await team("ensemble", slots, aggregation=aggregation)
    assert outcome.chosen == ("ann" if aggregation in {"vote", "weighted", "best_of"} else None)
    assert outcome.value == (0 if aggregation == "average" else None)


async def test_pipelines_and_compounds_come_to_an_output() -> None:
    part = topology("pipeline", {"stages": THREE}, name="part")
    outcome = (await played(composed(topology("compound", {"parts": ["part", "part"]}), part))).outcome
    assert TASK in outcome.output
