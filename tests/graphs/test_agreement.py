"""What the patterns do is what their graphs show: every one is played, and who is asked is compared."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

import pytest

from agent_runner.agents.typed.call import Call
from agent_runner.domain.composition import Composition
from agent_runner.domain.graph import EdgeKind, NodeKind, graph_of
from agent_runner.domain.outcome import Reply
from agent_runner.domain.topology import Pattern
from agent_runner.topologies.play import play
from agent_runner.topologies.stage import Branch
from tests.graphs.examples import TOPOLOGIES, composed, topology

T = TypeVar("T")

PLAN: Final = ["Read it", "Write it", "Print it"]
HARD: Final = """\
1. Read it
2. Write it
3. Print it
POSITION: {key} alone is right
ESCALATE: it is too hard for {key}
VERDICT: reject
REASON: {key} says no
BEST: 1
ANSWER: 7
"""
"""An answer after which every pattern goes on as long as it may."""
EASY: Final = "POSITION: yes\nDECISION: yes\nVERDICT: accept\nCONSENSUS: yes\nBEST: 1\nANSWER: 7\n"
"""An answer after which it ends as early as it may."""


class Witness:
    """A stage on which all agents say the same, one after the other."""

    def __init__(self, says: str) -> None:
        self.calls: list[Call] = []
        self._says = says

    async def call(self, call: Call) -> Reply:
        self.calls.append(call)
        return Reply(node=call.node, agent=call.agent.name, text=self._says.replace("{key}", call.key))

    async def gather(self, branches: Sequence[Branch[T]]) -> list[T]:
        return [await branch() for branch in branches]

    async def settle(self, key: str, find: Callable[[], Awaitable[dict[str, str]]]) -> dict[str, str]:
        return await find()

    def tell(self, share: float, message: str) -> None:
        pass


async def asked(composition: Composition, says: str = HARD) -> list[Call]:
    witness = Witness(says)
    await play(witness, composition, "Say whether")
    return witness.calls


FURTHER: Final = (
    topology("mean", "ensemble", {"members": ["ann", "bob"], "judge": ["cid"]}, aggregation="average"),
    topology("heavy", "ensemble", {"members": ["ann"], "synthesizer": ["cid"]}, aggregation="weighted"),
    topology("heap", "ensemble", {"members": ["ann", "ann"]}, aggregation="concat"),
    topology(
        "brief", "chain-of-command", {"level-1": ["ann"], "level-2": ["bob"], "level-3": ["cid"]}, max_escalations=1
    ),
    topology("alone", "debate", {"debaters": ["ann", "bob"]}, max_rounds=1, on_failure="skip"),
    topology("odd", "pipeline", {"stages": ["ann", "ann", "ann"]}, on_failure="quorum", quorum=2),
    topology("deep", "compound", {"parts": ["both", "both", "office", "crew", "pick"]}),
)
EVERYBODY: Final = {**TOPOLOGIES, **{each.name: each for each in FURTHER}}


def test_there_is_one_of_each_pattern() -> None:
    assert {each.type for each in EVERYBODY.values()} == set(Pattern)


@pytest.mark.parametrize("name", EVERYBODY)
async def test_everybody_in_the_graph_is_asked_and_nobody_else(name: str) -> None:
    composition = composed(EVERYBODY[name], *FURTHER)
    nodes = {node.id: node for node in graph_of(composition).nodes if node.kind is NodeKind.AGENT}
    calls = await asked(composition)
    assert {call.node for call in calls} == set(nodes)
    assert {(call.node, call.agent.name, call.agent.role) for call in calls} == {
        (node.id, node.agent, node.role) for node in nodes.values()
    }


@pytest.mark.parametrize("name", EVERYBODY)
async def test_who_agrees_early_leaves_some_unasked_and_asks_nobody_else(name: str) -> None:
    composition = composed(EVERYBODY[name], *FURTHER)
    nodes = {node.id for node in graph_of(composition).nodes if node.kind is NodeKind.AGENT}
    assert {call.node for call in await asked(composition, EASY)} <= nodes


@pytest.mark.parametrize("name", EVERYBODY)
async def test_who_hands_something_on_is_asked_before_who_gets_it(name: str) -> None:
    composition = composed(EVERYBODY[name], *FURTHER)
    calls = await asked(composition)
    first, last = dict[str, int](), dict[str, int]()
    for number, call in enumerate(calls):
        steps = call.node.split("/")
        for around in ("/".join(steps[:depth]) for depth in range(1, len(steps) + 1)):
            first.setdefault(around, number)
            last[around] = number
    for edge in graph_of(composition).edges:
        if edge.source not in first or edge.target not in first:
            continue  # the task, or the output
        if edge.is_loop:
            assert last[edge.target] > first[edge.source], "it is asked again, with what was handed back"
        else:
            assert first[edge.source] < first[edge.target]


@pytest.mark.parametrize("name", EVERYBODY)
async def test_who_hands_something_on_stands_in_what_the_next_is_asked(name: str) -> None:
    """The last call of a node holds what those said who lead to it, each under a key of its own."""
    composition = composed(EVERYBODY[name], *FURTHER)
    drawn = graph_of(composition)
    kinds = {node.id: node.kind for node in drawn.nodes}
    calls = await asked(composition, "[{key}] " + HARD)
    asked_last = {call.node: call.message for call in calls}
    for edge in drawn.edges:
        if kinds[edge.source] is NodeKind.AGENT and kinds[edge.target] is NodeKind.AGENT:
            said = [f"[{call.key}]" for call in calls if call.node == edge.source]
            said = PLAN if edge.kind is EdgeKind.ASSIGNMENT else said
            assert any(each in asked_last[edge.target] for each in said), f"{edge.source} to {edge.target}"
