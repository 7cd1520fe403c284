"""How far each node is from the beginning: what is equally far stands side by side, whatever it is drawn with."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from agent_runner.domain.graph import END, Graph, GraphEdge, GraphNode


def edges_by_group(graph: Graph) -> Mapping[str | None, Sequence[GraphEdge]]:
    """The edges within each topology; None is the whole."""
    edges: defaultdict[str | None, list[GraphEdge]] = defaultdict(list)
    groups = {node.id: node.group for node in graph.nodes}
    for edge in graph.edges:
        if edge.source in groups and edge.target in groups and groups[edge.source] == groups[edge.target]:
            edges[groups[edge.source]].append(edge)
    return edges


def columns_of(nodes: Sequence[GraphNode], edges: Sequence[GraphEdge]) -> dict[str, int]:
    """How many steps each is from the beginning, at most; the output comes after all."""
    column = {node.id: 0 for node in nodes}
    for _ in nodes:
        late = [edge for edge in edges if not edge.is_loop and column[edge.target] <= column[edge.source]]
        for edge in late:
            column[edge.target] = min(column[edge.source] + 1, len(nodes))
        if not late:
            break
    if END in column and len(column) > 1:
        column[END] = 1 + max(place for node, place in column.items() if node != END)
    return column
