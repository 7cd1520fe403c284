"""Where everything in a picture of a graph goes: columns from left to right, topologies as boxes around their own.

A column holds what is as many steps from the beginning, in boxes of one width: lines between two columns stay between
them. Those that go further pass through a lane above all boxes.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final, Self

from agent_runner.domain.graph import Graph, GraphEdge, GraphNode, NodeKind
from agent_runner.drawing.columns import columns_of, edges_by_group

PADDING: Final = 16.0
BETWEEN_ROWS: Final = 18.0
NARROWEST_GAP: Final = 56.0
AROUND_LABEL: Final = 30.0
LANE: Final = 24.0
BULGE: Final = 26.0
"""How far a line between two boxes of one column leaves it."""

Size = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A node in its place; a topology lies below what is in it, in the order of the boxes."""

    node: GraphNode
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    def moved(self, x: float, y: float) -> Self:
        return replace(self, x=self.x + x, y=self.y + y)


@dataclass(frozen=True, slots=True)
class Lane:
    """From where to where, and at which height, a line passes the boxes between its own."""

    begin: float
    end: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    edge: GraphEdge
    source: Box
    target: Box
    is_sideways: bool
    """Both boxes stand in the same column."""
    lane: Lane | None = None
    has_label: bool = False
    """Alike lines between the same columns have one label together."""

    def moved(self, x: float, y: float) -> Self:
        lane = self.lane and Lane(self.lane.begin + x, self.lane.end + x, self.lane.y + y)
        return replace(self, source=self.source.moved(x, y), target=self.target.moved(x, y), lane=lane)


@dataclass(frozen=True, slots=True)
class Picture:
    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]

    def moved(self, x: float, y: float) -> Self:
        boxes = tuple(box.moved(x, y) for box in self.boxes)
        return replace(self, boxes=boxes, lines=tuple(line.moved(x, y) for line in self.lines))


@dataclass(frozen=True, slots=True)
class Measures:
    """How much room texts take: `box` of an agent's, `header` of a topology's, `label` the width of a line's."""

    box: Callable[[GraphNode], Size]
    header: Callable[[GraphNode], Size]
    label: Callable[[str], float]


def picture_of(graph: Graph, measures: Measures) -> Picture:
    edges = edges_by_group(graph)

    def inside(group: str | None) -> Picture:
        nodes = graph.within(group)
        inner = {node.id: inside(node.id) for node in nodes if node.kind is NodeKind.TOPOLOGY}
        return _Arrangement(nodes, edges[group], inner, measures).picture()

    return inside(None)


class _Arrangement:
    """Of what stands directly in one topology."""

    def __init__(
        self,
        nodes: Sequence[GraphNode],
        edges: Sequence[GraphEdge],
        inner: Mapping[str, Picture],
        measures: Measures,
    ) -> None:
        self._edges: Final = edges
        self._inner: Final = inner
        self._measures: Final = measures
        self._sizes: Final = {node.id: self._size(node) for node in nodes}
        self._column: Final = columns_of(nodes, edges)
        self._columns: Final[list[list[GraphNode]]] = [[] for _ in range(1 + max(self._column.values(), default=0))]
        for node in nodes:
            self._columns[self._column[node.id]].append(node)
        self._labelled: Final = self._lines_with_labels()
        wide = {edge.target: None for edge in edges if abs(self._span(edge)) > 1}
        self._lane_of: Final = {target: (number + 0.5) * LANE for number, target in enumerate(wide)}

    def picture(self) -> Picture:
        heights = [self._height(column) for column in self._columns]
        top, height = len(self._lane_of) * LANE, max(heights)
        widths = [max((self._sizes[node.id][0] for node in column), default=0) for column in self._columns]
        gaps = [self._gap(number) for number in range(len(widths))]
        begin = BULGE + 4 if self._has_sideways(0) else 0.0
        lefts = list(accumulate((w + gap for w, gap in zip(widths, gaps, strict=True)), initial=begin))
        boxes: dict[str, Box] = {}
        for column, left, width, own in zip(self._columns, lefts, widths, heights, strict=False):
            y = top + (height - own) / 2
            for node in column:
                own_height = self._sizes[node.id][1]
                boxes[node.id] = Box(node, left, y, width, own_height)
                y += own_height + BETWEEN_ROWS
        lines = [self._line(number, edge, boxes, lefts, widths) for number, edge in enumerate(self._edges)]
        full = lefts[-1] if self._has_sideways(len(widths) - 1) else lefts[-2] + widths[-1]
        return self._with_inner(Picture(full, top + height, tuple(boxes.values()), tuple(lines)))

    def _size(self, node: GraphNode) -> Size:
        if node.id not in self._inner:
            return self._measures.box(node)
        header, inner = self._measures.header(node), self._inner[node.id]
        return max(header[0], inner.width) + 2 * PADDING, header[1] + inner.height + PADDING

    def _span(self, edge: GraphEdge) -> int:
        return self._column[edge.target] - self._column[edge.source]

    def _height(self, column: Sequence[GraphNode]) -> float:
        return sum(self._sizes[node.id][1] for node in column) + BETWEEN_ROWS * max(0, len(column) - 1)

    def _has_sideways(self, column: int) -> bool:
        return any(self._span(edge) == 0 and self._column[edge.source] == column for edge in self._edges)

    def _gap(self, column: int) -> float:
        """Behind a column: as wide as the labels of the lines in it."""
        widest = 0.0
        for number in self._labelled:
            edge = self._edges[number]
            ends = sorted((self._column[edge.source], self._column[edge.target]))
            if column == ends[0]:
                widest = max(widest, AROUND_LABEL + self._measures.label(edge.label) + BULGE * (ends[0] == ends[1]))
        return max(NARROWEST_GAP, widest)

    def _lines_with_labels(self) -> frozenset[int]:
        """The middle one of those that are alike."""
        alike: defaultdict[tuple[int, int, str], list[int]] = defaultdict(list)
        for number, edge in enumerate(self._edges):
            if edge.label:
                alike[self._column[edge.source], self._column[edge.target], edge.label].append(number)
        return frozenset(numbers[len(numbers) // 2] for numbers in alike.values())

    def _line(
        self, number: int, edge: GraphEdge, boxes: Mapping[str, Box], lefts: Sequence[float], widths: Sequence[float]
    ) -> Line:
        lane, span = None, self._span(edge)
        if abs(span) > 1:
            first, last = sorted((self._column[edge.source], self._column[edge.target]))
            ends = (lefts[first + 1], lefts[last - 1] + widths[last - 1])
            begin, end = ends if span > 0 else ends[::-1]
            lane = Lane(begin, end, self._lane_of[edge.target])
        source, target = boxes[edge.source], boxes[edge.target]
        return Line(edge, source, target, is_sideways=span == 0, lane=lane, has_label=number in self._labelled)

    def _with_inner(self, picture: Picture) -> Picture:
        boxes, lines = list(picture.boxes), list(picture.lines)
        for box in picture.boxes:
            if (inner := self._inner.get(box.node.id)) is not None:
                x, y = box.x + (box.width - inner.width) / 2, box.y + self._measures.header(box.node)[1]
                moved = inner.moved(x, y)
                boxes += moved.boxes
                lines += moved.lines
        return replace(picture, boxes=tuple(boxes), lines=tuple(lines))
