"""A graph as text in plain ASCII, for terminals: boxes from top to bottom, what leads elsewhere said below them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from agent_runner.domain.graph import Graph, GraphEdge, GraphNode, NodeKind
from agent_runner.drawing.caption import SYMBOLS, cells, heading, lines_of, shortened, state_line
from agent_runner.drawing.columns import columns_of, edges_by_group

WIDTH: Final = 80
GAP: Final = 3
MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of equal width."""

    lines: tuple[str, ...]

    @property
    def width(self) -> int:
        return cells(self.lines[0]) if self.lines else 0


@dataclass(frozen=True, slots=True)
class Row:
    """What is equally far from the beginning, and in which columns of the terminal its lines come and go."""

    block: Block
    centres: Mapping[str, int]

    def moved(self, by: int) -> "Row":
        lines = tuple(" " * by + line for line in self.block.lines)
        return Row(Block(lines), {node: centre + by for node, centre in self.centres.items()})


def text(graph: Graph) -> str:
    edges = edges_by_group(graph)

    def inside(group: str | None, room: int) -> Block:
        nodes = graph.within(group)
        inner = {node.id: inside(node.id, room - 4) for node in nodes if node.kind is NodeKind.TOPOLOGY}
        return _flow(nodes, edges.get(group, ()), inner, room)

    lines = [heading(graph), "", *inside(None, WIDTH).lines]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _flow(nodes: Sequence[GraphNode], edges: Sequence[GraphEdge], inner: Mapping[str, Block], room: int) -> Block:
    column = columns_of(nodes, edges)
    rows = [_row([node for node in nodes if column[node.id] == each], inner, room) for each in _sorted(column)]
    width = max(row.block.width for row in rows)
    placed = [row.moved((width - row.block.width) // 2) for row in rows]
    onward = [edge for edge in edges if column[edge.target] - column[edge.source] == 1]
    lines = [*placed[0].block.lines]
    for above, below in pairwise(placed):
        lines += _connection(above, below, onward, room)
        lines += below.block.lines
    elsewhere = [edge for edge in edges if column[edge.target] - column[edge.source] != 1]
    labels = {node.id: shortened(node.label) for node in nodes}
    said = list(_said(elsewhere, column, labels, room))
    return _even([*lines, *([""] if said else []), *said])


def _sorted(column: Mapping[str, int]) -> Sequence[int]:
    return sorted(set(column.values()))


# ---- boxes


def _row(nodes: Sequence[GraphNode], inner: Mapping[str, Block], room: int) -> Row:
    blocks = [_box(node, inner) for node in nodes]
    if sum(block.width + GAP for block in blocks) - GAP <= room:
        return _side_by_side(nodes, blocks)
    if inner.keys() & {node.id for node in nodes}:
        return _one_above_another(nodes, blocks)
    return _list(nodes, room)


def _side_by_side(nodes: Sequence[GraphNode], blocks: Sequence[Block]) -> Row:
    height, at, centres = max(len(block.lines) for block in blocks), 0, dict[str, int]()
    lines = [""] * height
    for node, block in zip(nodes, blocks, strict=True):
        filled = [*block.lines, *[" " * block.width] * (height - len(block.lines))]
        gap = " " * GAP if at else ""
        lines = [f"{line}{gap}{more}" for line, more in zip(lines, filled, strict=True)]
        centres[node.id] = at + len(gap) + block.width // 2
        at += len(gap) + block.width
    return Row(Block(tuple(lines)), centres)


def _one_above_another(nodes: Sequence[GraphNode], blocks: Sequence[Block]) -> Row:
    block = _even([line for each in blocks for line in each.lines])
    return Row(block, {node.id: block.width // 2 for node in nodes})


def _list(nodes: Sequence[GraphNode], room: int) -> Row:
    """Many agents, a line for each."""
    rows = [(*[*lines_of(node), ""][:2], _state(node)) for node in nodes]
    lines = _table(rows)
    if max(map(cells, lines)) > room - 4:
        lines = _table([(name, state) for name, *_, state in rows])
    block = _framed(shortened(line, room - 4) for line in lines)
    return Row(block, {node.id: block.width // 2 for node in nodes})


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(_filled, row, widths)).rstrip() for row in rows]


def _box(node: GraphNode, inner: Mapping[str, Block]) -> Block:
    lines = [*lines_of(node), *([_state(node)] if node.life else [])]
    if node.kind in {NodeKind.BEGIN, NodeKind.END}:
        return Block((f"( {' '.join(lines)} )",))
    return _framed([*lines, *(["", *inner[node.id].lines] if node.id in inner else [])])


def _state(node: GraphNode) -> str:
    return f"{SYMBOLS[node.life.state]} {state_line(node.life)}" if node.life else ""


def _framed(lines: Iterable[str]) -> Block:
    content = _even(lines)
    edge = f"+{'-' * (content.width + 2)}+"
    return Block((edge, *(f"| {line} |" for line in content.lines), edge))


def _even(lines: Iterable[str]) -> Block:
    kept = list(lines)
    width = max(map(cells, kept), default=0)
    return Block(tuple(_filled(line, width) for line in kept))


def _filled(line: str, width: int) -> str:
    return line + " " * (width - cells(line))


# ---- lines


def _connection(above: Row, below: Row, onward: Sequence[GraphEdge], room: int) -> list[str]:
    between = [edge for edge in onward if edge.source in above.centres and edge.target in below.centres]
    if not between:
        return [""]
    targets = {below.centres[edge.target] for edge in between}
    sources = {_straight(above.centres[edge.source], targets) for edge in between}
    labels = ", ".join(dict.fromkeys(edge.label for edge in between if edge.label))
    last = _marks(targets, "v")
    last += f"  {shortened(labels, room - len(last) - 2)}" if labels else ""
    if sources == targets and len(sources) == 1:
        return [_marks(sources, "|"), last]
    first, end = min(sources | targets), max(sources | targets)
    bar = "".join("+" if at in sources | targets else "-" for at in range(first, end + 1))
    return [_marks(sources, "|"), " " * first + bar, last]


def _straight(at: int, targets: Iterable[int]) -> int:
    """Boxes of odd and even widths are half a cell apart: that is no corner."""
    return next((target for target in targets if abs(at - target) == 1), at)


def _marks(places: Iterable[int], mark: str) -> str:
    kept = set(places)
    return "".join(mark if at in kept else " " for at in range(max(kept) + 1))


def _said(edges: Sequence[GraphEdge], column: Mapping[str, int], labels: Mapping[str, str], room: int) -> Iterable[str]:
    """Lines that lead back, to the side or far, in words; alike ones together."""
    alike: defaultdict[tuple[int, int, str, bool], list[GraphEdge]] = defaultdict(list)
    for edge in edges:
        alike[column[edge.source], column[edge.target], edge.label or edge.kind, edge.is_loop].append(edge)
    for (_, _, label, is_loop), together in alike.items():
        sources = list(dict.fromkeys(labels[edge.source] for edge in together))
        targets = list(dict.fromkeys(labels[edge.target] for edge in together))
        where = f"{_named(sources)} -> {_named(targets)}" if set(sources) != set(targets) else _among(sources)
        yield shortened(f"{where}: {label}{', again' if is_loop else ''}", room)


def _among(names: Sequence[str]) -> str:
    return f"{_named(names)}, to each other"


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
