"""A graph as Mermaid, which many web pages and editors draw: https://mermaid.js.org/syntax/flowchart.html."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from agent_runner.domain.graph import Graph, GraphEdge, GraphNode, NodeKind, NodeState
from agent_runner.drawing.caption import heading, lines_of, shortened, state_line

_COLOURS: Final[Mapping[NodeState, str]] = {
    NodeState.PENDING: "fill:#f6f8fa,stroke:#6e7781,color:#1f2328",
    NodeState.RUNNING: "fill:#ddf4ff,stroke:#0969da,color:#0a3069,stroke-width:3px",
    NodeState.DONE: "fill:#dafbe1,stroke:#1a7f37,color:#0f5323",
    NodeState.FAILED: "fill:#ffebe9,stroke:#cf222e,color:#82071e",
    NodeState.SKIPPED: "fill:#ffffff,stroke:#6e7781,color:#57606a,stroke-dasharray:4 3",
}
_PLAIN: Final = frozenset(" ,.:-_/()")


def mermaid(graph: Graph) -> str:
    names = {node.id: f"n{number}" for number, node in enumerate(graph.nodes)}
    lines = ["---", f"title: {json.dumps(heading(graph))}", "---", "flowchart LR"]
    lines += _nodes(graph, names, None, "    ")
    lines += [f"    {_edge(edge, names)}" for edge in graph.edges]
    if graph.run_id is not None:
        lines += [f"    classDef {state} {colours}" for state, colours in _COLOURS.items()]
        lines += [f"    class {names[node.id]} {node.life.state}" for node in graph.nodes if node.life is not None]
    return "\n".join(lines) + "\n"


def _nodes(graph: Graph, names: Mapping[str, str], group: str | None, indent: str) -> Iterator[str]:
    for node in graph.within(group):
        if node.kind is NodeKind.TOPOLOGY:
            yield f"{indent}subgraph {names[node.id]}[{_title(node)}]"
            yield from _nodes(graph, names, node.id, indent + "    ")
            yield f"{indent}end"
        else:
            begins, ends = ("[", "]") if node.kind is NodeKind.AGENT else ("([", "])")
            yield f"{indent}{names[node.id]}{begins}{_label(node)}{ends}"


def _label(node: GraphNode) -> str:
    lines = lines_of(node) if node.life is None else [*lines_of(node), state_line(node.life)]
    return f'"{"<br/>".join(map(_quoted, lines))}"'


def _title(node: GraphNode) -> str:
    """Of a topology. Mermaid has room for one short line."""
    more = node.detail.partition(",")[0] if node.life is None else state_line(node.life)
    return f'"{_quoted(f"{shortened(node.label)}: {more}")}"'


def _edge(edge: GraphEdge, names: Mapping[str, str]) -> str:
    arrow = "-.->" if edge.is_loop else "-->"
    label = f'|"{_quoted(shortened(edge.label))}"|' if edge.label else ""
    return f"{names[edge.source]} {arrow}{label} {names[edge.target]}"


def _quoted(text: str) -> str:
    """Every character that Mermaid, Markdown or HTML could take for something else, by its number."""
    return "".join(each if each.isalnum() or each in _PLAIN else f"#{ord(each)};" for each in text)
