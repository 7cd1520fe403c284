"""The page on graphs shows what is really drawn."""

from typing import Final

from agent_runner.domain.agent_type import AgentType, Role
from agent_runner.domain.composition import compose
from agent_runner.domain.graph import MOST_NODES, EdgeKind, Graph, NodeState, graph_of
from agent_runner.domain.topology import TopologyType
from agent_runner.drawing.draw import Format, draw
from tests.docs.blocks import ROOT, blocks_of

PAGE: Final = ROOT / "docs" / "graphs.md"
ROLES: Final = {"ann": Role.EXECUTOR, "bob": Role.EXECUTOR, "cid": Role.CRITIC, "dot": Role.SYNTHESIZER}


def shown(language: str) -> str:
    [block] = [block for block in blocks_of(PAGE) if block.language == language]
    return block.text


def example() -> Graph:
    topologies = [TopologyType.model_validate_json(line) for line in shown("json").splitlines()]
    agents = {name: AgentType(name=name, role=role) for name, role in ROLES.items()}
    return graph_of(compose(topologies[-1], agents, {each.name: each for each in topologies}))


def test_the_drawings_are_those_of_the_example() -> None:
    assert shown("text") == draw(example(), Format.ASCII)
    assert shown("mermaid") == draw(example(), Format.MERMAID)
    assert (ROOT / "docs" / "graph.svg").read_text() == draw(example(), Format.SVG)


def test_every_state_kind_and_limit_is_named() -> None:
    page = PAGE.read_text()
    assert [name for name in (*NodeState, *EdgeKind) if f"`{name}`" not in page] == []
    assert f"More than {MOST_NODES:,} nodes" in page
