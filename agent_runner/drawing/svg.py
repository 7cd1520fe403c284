"""A graph as an SVG that needs nothing from elsewhere and follows the reader's light or dark."""

from collections.abc import Iterator, Mapping
from typing import Final
from xml.sax.saxutils import escape

from agent_runner.domain.graph import Graph, GraphNode, NodeKind, NodeState
from agent_runner.drawing.caption import cells, heading, lines_of, shortened, state_line, story
from agent_runner.drawing.layout import BULGE, Box, Line, Measures, Size, picture_of
from agent_runner.drawing.style import STYLE

CELL: Final = 0.61
"""The width of a character, as a share of the font's size, is at most this in any font that STYLE names."""
TITLE_SIZE: Final = 13.0
SMALL_SIZE: Final = 11.0
LINE_HEIGHT: Final = 17.0
IN_BOX: Final = 12.0
MARGIN: Final = 20.0
HEADING: Final = 34.0
MARK: Final = 16.0
"""The room for the sign of a state."""
BESIDE: Final = 10.0
"""Between the ends of lines forth and back."""

_SIGNS: Final[Mapping[NodeState, str]] = {
    NodeState.PENDING: '<circle r="4"/>',
    NodeState.RUNNING: '<path class="full" d="M-3.5-4.5 5 0-3.5 4.5z"/>',
    NodeState.DONE: '<path d="M-4.5 0-1.5 3.5 4.5-4"/>',
    NodeState.FAILED: '<path d="M-4-4 4 4M-4 4 4-4"/>',
    NodeState.SKIPPED: '<path d="M-4.5 0H4.5"/>',
}


def svg(graph: Graph) -> str:
    picture = picture_of(graph, Measures(box=_box_size, header=_header_size, label=_label_width))
    title = heading(graph)
    width = max(picture.width, _width(title, TITLE_SIZE)) + 2 * MARGIN
    height = picture.height + 2 * MARGIN + HEADING
    moved = picture.moved((width - picture.width) / 2, MARGIN + HEADING)
    body = [
        f"<title>{_safe(title)}</title>",
        f"<desc>{_safe(_description(graph))}</desc>",
        f"<style>{STYLE}</style>",
        _ARROW,
        '<rect class="page" width="100%" height="100%"/>',
        _text(MARGIN, MARGIN + TITLE_SIZE, title, TITLE_SIZE, "name"),
        *(_box(box) for box in moved.boxes if box.node.kind is NodeKind.TOPOLOGY),
        *(_line(line) for line in moved.lines),
        *(_box(box) for box in moved.boxes if box.node.kind is not NodeKind.TOPOLOGY),
        *(_line_label(line) for line in moved.lines if line.has_label),
    ]
    size = f'width="{_n(width)}" height="{_n(height)}" viewBox="0 0 {_n(width)} {_n(height)}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="agent-graph" role="img" {size}>'
    return "\n".join([head, *body, "</svg>"]) + "\n"


_ARROW: Final = (
    '<defs><marker id="agent-graph-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8"'
    ' orient="auto-start-reverse"><path class="arrow" d="M0 0 8 4 0 8z"/></marker></defs>'
)


def _description(graph: Graph) -> str:
    """What the picture shows, for those who cannot see it."""
    who = "; ".join(story(node) for node in graph.nodes if node.kind in {NodeKind.AGENT, NodeKind.TOPOLOGY})
    return f"{heading(graph)}. {who}"


# ---- boxes


def _rows(node: GraphNode) -> list[str]:
    return lines_of(node) if node.life is None else [*lines_of(node), state_line(node.life)]


def _text_size(node: GraphNode) -> Size:
    title, *more = _rows(node)
    widths = [_width(title, TITLE_SIZE), *(_width(each, SMALL_SIZE) for each in more)]
    if node.life is not None:
        widths[-1] += MARK
    return max(widths), LINE_HEIGHT * len(widths)


def _box_size(node: GraphNode) -> Size:
    width, height = _text_size(node)
    return width + 2 * IN_BOX, height + IN_BOX


def _header_size(node: GraphNode) -> Size:
    width, height = _text_size(node)
    return width, height + IN_BOX


def _box(box: Box) -> str:
    node, state = box.node, box.node.life and box.node.life.state
    classes = f"{node.kind} {state or 'plain'}"
    radius = box.height / 2 if node.kind in {NodeKind.BEGIN, NodeKind.END} else 6
    place = f'x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}" rx="{_n(radius)}"'
    return f'<g class="{classes}"><title>{_safe(story(node))}</title><rect {place}/>{"".join(_words(box))}</g>'


def _words(box: Box) -> Iterator[str]:
    title, *more = _rows(box.node)
    x, y = box.x + IN_BOX, box.y + LINE_HEIGHT + 2
    yield _text(x, y, title, TITLE_SIZE, "name")
    for number, row in enumerate(more, start=1):
        y += LINE_HEIGHT
        if box.node.life is not None and number == len(more):
            yield f'<g class="sign" transform="translate({_n(x + 5)} {_n(y - 4)})">{_SIGNS[box.node.life.state]}</g>'
            yield _text(x + MARK, y, row, SMALL_SIZE, "state")
        else:
            yield _text(x, y, row, SMALL_SIZE, "what")


# ---- lines


def _line(line: Line) -> str:
    classes = f"line {line.edge.kind}{' loop' if line.edge.is_loop else ''}"
    return f'<path class="{classes}" d="{_way(line)}" marker-end="url(#agent-graph-arrow)"/>'


def _way(line: Line) -> str:
    if line.is_sideways:
        return _way_beside(line)
    (x1, y1), (x2, y2) = _ends(line)
    if line.lane is None:
        half = (x2 - x1) / 2
        return f"M{_n(x1)} {_n(y1)}C{_n(x1 + half)} {_n(y1)} {_n(x2 - half)} {_n(y2)} {_n(x2)} {_n(y2)}"
    begin, end, y = line.lane.begin, line.lane.end, line.lane.y
    up, down = (begin - x1) / 2, (x2 - end) / 2
    return (
        f"M{_n(x1)} {_n(y1)}C{_n(x1 + up)} {_n(y1)} {_n(begin - up)} {_n(y)} {_n(begin)} {_n(y)}H{_n(end)}"
        f"C{_n(end + down)} {_n(y)} {_n(x2 - down)} {_n(y2)} {_n(x2)} {_n(y2)}"
    )


def _ends(line: Line) -> tuple[tuple[float, float], tuple[float, float]]:
    """Lines back leave and arrive below those forth."""
    source, target = line.source, line.target
    if source.x < target.x:
        return (source.right, source.middle), (target.x, target.middle)
    return (source.x, source.middle + BESIDE), (target.right, target.middle + BESIDE)


def _way_beside(line: Line) -> str:
    """Down on the right side, up on the left."""
    source, target = line.source, line.target
    is_down = source.y < target.y
    far = max(source.right, target.right) + BULGE * 4 / 3 if is_down else min(source.x, target.x) - BULGE * 4 / 3
    x1, x2 = (source.right, target.right) if is_down else (source.x, target.x)
    y1, y2 = (
        (source.middle + BESIDE, target.middle - BESIDE)
        if is_down
        else (source.middle - BESIDE, target.middle + BESIDE)
    )
    return f"M{_n(x1)} {_n(y1)}C{_n(far)} {_n(y1)} {_n(far)} {_n(y2)} {_n(x2)} {_n(y2)}"


def _line_label(line: Line) -> str:
    text = shortened(line.edge.label)
    width = _label_width(line.edge.label)
    if line.is_sideways:
        x = max(line.source.right, line.target.right) + BULGE + 4
        return _text(x, (line.source.middle + line.target.middle) / 2 + 4, text, SMALL_SIZE, "label")
    (x1, y1), (x2, y2) = _ends(line)
    if line.lane is not None:
        return _text(line.lane.begin + 2, line.lane.y - 5, text, SMALL_SIZE, "label")
    y = (y1 + y2) / 2 + (SMALL_SIZE + 3 if x2 < x1 else -5)
    return _text((x1 + x2 - width) / 2, y, text, SMALL_SIZE, "label")


# ---- text


def _width(text: str, size: float) -> float:
    return cells(text) * size * CELL


def _label_width(label: str) -> float:
    return _width(shortened(label), SMALL_SIZE)


def _text(x: float, y: float, text: str, size: float, kind: str) -> str:
    """Characters that the font does not have come from another one: the room that is theirs is then enforced."""
    forced = "" if text.isascii() else f' textLength="{_n(_width(text, size))}" lengthAdjust="spacingAndGlyphs"'
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}"{forced}>{_safe(text)}</text>'


def _safe(text: str) -> str:
    return escape(text, {'"': "&quot;"})


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
