"""Graphs drawn: nothing overlaps, nothing gets out of its box, and no name can be anything but a name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from agent_runner.domain.graph import Graph, NodeState
from agent_runner.drawing.caption import cells, shortened
from agent_runner.drawing.draw import Format, draw
from tests.graphs.examples import TOPOLOGIES, graph, topology
from tests.graphs.test_graph_life import BEGUN, live

SVG: Final = "{http://www.w3.org/2000/svg}"
NASTY: Final = (
    "end \"]) --> x\n```<script>alert('1')</script>&amp;#35; \u6f22\u5b57 \U0001f600\u202e \x1b[31m\ud800\ufffe"
    + "e\u0301" * 50
)


def hostile(of: Graph) -> Graph:
    nodes = [node.model_copy(update={"label": NASTY, "detail": node.detail and NASTY}) for node in of.nodes]
    edges = [edge.model_copy(update={"label": NASTY}) for edge in of.edges]
    return of.model_copy(update={"name": NASTY, "nodes": tuple(nodes), "edges": tuple(edges)})


def renamed(of: Graph, node: str, label: str) -> Graph:
    nodes = [each.model_copy(update={"label": label}) if each.id == node else each for each in of.nodes]
    return of.model_copy(update={"nodes": tuple(nodes)})


WIDE: Final = topology("wide", "ensemble", {"members": ["ann"] * 60, "synthesizer": ["dot"]})
LONG: Final = topology("long", "pipeline", {"stages": ["ann", "bob", "cid"] * 20})
TALL: Final = topology(
    "tall", "chain-of-command", {f"level-{number}": ["ann", "bob", "cid"] for number in range(1, 10)}
)
NARROW: Final = topology("n" * 64, "compound", {"parts": ["o" * 64]})
WITHIN: Final = topology("o" * 64, "ensemble", {"members": ["ann"]}, aggregation="vote")
LIVE: Final = live(
    "both",
    *(
        *BEGUN,
        "plan/research/ann starts",
        "plan/research/ann answers",
        "plan/research/bob fails no <b>",
        "talk/ann starts",
    ),
    *("plan/research/dot answers", "plan/review/ann starts", "talk/ann answers", "talk/ann answers", "talk/bob starts"),
)
GRAPHS: Final = {
    **{name: graph(name) for name in TOPOLOGIES},
    **{each.name: graph(each) for each in (WIDE, LONG, TALL)},
    "narrow": graph(NARROW, WITHIN),
    "curved": renamed(graph(topology("curved", "compound", {"parts": ["talk"]})), "talk/ann", "a" * 44),
    "live": LIVE,
    "hostile": hostile(LIVE),
}
every_graph: Final = pytest.mark.parametrize("name", GRAPHS)


@dataclass(frozen=True, slots=True)
class Area:
    x: float
    y: float
    right: float
    bottom: float

    def holds(self, other: "Area") -> bool:
        return self.x <= other.x and self.y <= other.y and other.right <= self.right and other.bottom <= self.bottom

    def meets(self, other: "Area") -> bool:
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom


def read(picture: str) -> ET.Element:
    return ET.fromstring(picture)


def number(element: ET.Element, name: str) -> float:
    return float(element.attrib[name])


def area(rect: ET.Element) -> Area:
    x, y = number(rect, "x"), number(rect, "y")
    return Area(x, y, x + number(rect, "width"), y + number(rect, "height"))


def boxes(picture: ET.Element) -> list[ET.Element]:
    return [group for group in picture.findall(f"{SVG}g") if group.find(f"{SVG}rect") is not None]


def areas(picture: ET.Element) -> list[Area]:
    return [area(rect) for box in boxes(picture) if (rect := box.find(f"{SVG}rect")) is not None]


def texts(picture: ET.Element) -> Iterator[ET.Element]:
    return picture.iter(f"{SVG}text")


def text_area(text: ET.Element) -> Area:
    """As wide as the widest of the fonts that are named draws it."""
    size = 13 if text.attrib["class"] == "name" else 11
    width = cells(text.text or "") * size * 0.605
    return Area(number(text, "x"), number(text, "y") - size, number(text, "x") + width, number(text, "y") + 3)


def points(way: str) -> list[tuple[float, float]]:
    """Where a line passes, and what pulls at it; `H` keeps the height of the point before."""
    found: list[tuple[float, float]] = []
    for letter, rest in re.findall(r"([MCH])([^MCH]*)", way):
        numbers = [float(each) for each in rest.split()]
        if letter == "H":
            found.append((numbers[0], found[-1][1]))
        else:
            found += list(zip(numbers[::2], numbers[1::2], strict=True))
    return found


# ---- SVG


@every_graph
def test_boxes_lie_side_by_side_or_within_each_other(name: str) -> None:
    found = areas(read(draw(GRAPHS[name], Format.SVG)))
    assert len(found) == len(GRAPHS[name].nodes)
    for one, other in combinations(found, 2):
        assert one.holds(other) or other.holds(one) or not one.meets(other)


@every_graph
def test_a_topology_is_around_its_own_and_around_nobody_else(name: str) -> None:
    picture = read(draw(GRAPHS[name], Format.SVG))
    groups = [
        area(rect) for box in boxes(picture) if "topology" in box.attrib["class"] for rect in box.iter(f"{SVG}rect")
    ]
    around = sorted(sum(group.holds(each) for group in groups) for each in areas(picture))
    expected = sorted(node.id.count("/") + (node.kind == "topology") for node in GRAPHS[name].nodes)
    assert around == expected


@every_graph
def test_everything_lies_within_the_picture(name: str) -> None:
    picture = read(draw(GRAPHS[name], Format.SVG))
    left, top, width, height = map(float, picture.attrib["viewBox"].split())
    page = Area(left, top, left + width, top + height)
    assert (picture.attrib["width"], picture.attrib["height"]) == tuple(picture.attrib["viewBox"].split()[2:])
    assert all(page.holds(each) for each in areas(picture))
    assert all(page.holds(text_area(text)) for text in texts(picture))
    for line in picture.findall(f"{SVG}path"):
        assert all(page.holds(Area(x, y, x, y)) for x, y in points(line.attrib["d"]))


@every_graph
def test_no_text_leaves_its_box(name: str) -> None:
    for box in boxes(read(draw(GRAPHS[name], Format.SVG))):
        rect = box.find(f"{SVG}rect")
        assert rect is not None
        written = list(box.iter(f"{SVG}text"))
        assert written
        assert all(area(rect).holds(text_area(text)) for text in written)


@every_graph
def test_every_edge_is_a_line_from_its_box_to_its_box_that_crosses_no_other(name: str) -> None:
    drawn = GRAPHS[name]
    picture = read(draw(drawn, Format.SVG))
    lines = picture.findall(f"{SVG}path")
    assert len(lines) == len(drawn.edges)
    assert sum("loop" in line.attrib["class"] for line in lines) == sum(edge.is_loop for edge in drawn.edges)
    found = areas(picture)
    for line in lines:
        way = points(line.attrib["d"])
        for x, y in (way[0], way[-1]):
            assert any(y_between(each, y) and min(abs(x - each.x), abs(x - each.right)) < 0.2 for each in found)
        for group in found:
            ends = [Area(x, y, x, y) for x, y in (way[0], way[-1])]
            assert not all(strictly(group).holds(end) for end in ends) or around(group, way)
        # A curve stays within the points that pull at it: between two columns where these are.
        for each in found:
            assert around(each, way) or not any(is_inside(each, x, y) for x, y in way)


def y_between(each: Area, y: float) -> bool:
    return each.y <= y <= each.bottom


def is_inside(each: Area, x: float, y: float) -> bool:
    return each.x + 0.2 < x < each.right - 0.2 and each.y < y < each.bottom


def strictly(group: Area) -> Area:
    return Area(group.x + 1, group.y + 1, group.right - 1, group.bottom - 1)


def around(each: Area, way: list[tuple[float, float]]) -> bool:
    return all(each.holds(Area(x, y, x, y)) for x, y in way)


def test_a_line_over_several_columns_passes_above_the_boxes_between() -> None:
    picture = read(draw(GRAPHS["office"], Format.SVG))
    far = [line.attrib["d"] for line in picture.findall(f"{SVG}path") if "H" in line.attrib["d"]]
    assert len(far) == 3, "ann, bob and cid may decide; eve stands beside the output"
    top = min(each.y for each in areas(picture))
    for way in far:
        begin = points(way)[3]
        assert way.split("H")[0].endswith(f"{begin[1]:g}")
        assert begin[1] < top


def test_a_picture_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    for drawn in GRAPHS.values():
        picture = read(draw(drawn, Format.SVG))
        tags = {element.tag.removeprefix(SVG) for element in picture.iter()}
        assert tags == {"svg", "title", "desc", "style", "defs", "marker", "path", "rect", "text", "g"} | (
            {"circle"} if drawn.run_id else set()
        )
        allowed = {"class", "role", "d", "x", "y", "rx", "r", "width", "height", "viewBox", "transform", "marker-end"}
        allowed |= {"id", "refX", "refY", "markerWidth", "markerHeight", "orient", "textLength", "lengthAdjust"}
        assert {name for element in picture.iter() for name in element.attrib} <= allowed
        style = picture.findtext(f"{SVG}style") or ""
        assert "url(" not in style
        assert "@import" not in style
        assert "prefers-color-scheme:dark" in style


def test_a_picture_says_in_words_what_it_shows() -> None:
    picture = read(draw(LIVE, Format.SVG))
    assert picture.attrib["role"] == "img"
    assert picture.findtext(f"{SVG}title") == "both: compound, all at once; run 7 is RUNNING"
    told = picture.findtext(f"{SVG}desc") or ""
    assert "ann: agent, debaters, executor. done, 2 calls" in told
    assert "bob: agent, members, executor. skipped, 1 failed. no <b>" in told
    first = next(box for box in boxes(picture) if box.attrib["class"] == "agent done")
    assert first.findtext(f"{SVG}title") == "ann: agent, members, executor. done"


def test_states_differ_in_colour_word_and_sign() -> None:
    lives = {state: live("research", *BEGUN) for state in NodeState}
    signs: set[str] = set()
    for state, drawn in lives.items():
        nodes = [
            node.model_copy(update={"life": node.life and node.life.model_copy(update={"state": state})})
            for node in drawn.nodes
        ]
        picture = read(draw(drawn.model_copy(update={"nodes": tuple(nodes)}), Format.SVG))
        box = next(box for box in boxes(picture) if "agent" in box.attrib["class"])
        assert box.attrib["class"] == f"agent {state}"
        assert [text.text for text in box.iter(f"{SVG}text")][-1] == state
        signs |= {ET.tostring(sign, "unicode") for sign in box.findall(f"{SVG}g/*")}
        style = picture.findtext(f"{SVG}style") or ""
        assert len(re.findall(rf"\.agent-graph \.{state}>rect\{{stroke:#", style)) == 2, "one for light, one for dark"
    assert len(signs) == len(NodeState)


def test_names_from_elsewhere_stay_text() -> None:
    picture = draw(GRAPHS["hostile"], Format.SVG)
    assert "<script" not in picture
    assert "\x1b" not in picture
    shown = [text.text for text in texts(read(picture)) if text.attrib["class"] == "name"]
    assert shortened(NASTY) in shown
    assert all(text.attrib.get("textLength") or (text.text or "").isascii() for text in texts(read(picture)))


# ---- Mermaid


_STRING: Final = r'"[^"`<>\[\]{}|\\]*(?:<br/>[^"`<>\[\]{}|\\]*)*"'
_MERMAID: Final = re.compile(
    rf"flowchart LR|subgraph n\d+\[{_STRING}\]|end|n\d+\(?\[{_STRING}\]\)?"
    rf"|n\d+ (-->|-\.->)(\|{_STRING}\|)? n\d+|classDef \w+ [\w:#,\- ]+|class n\d+ \w+"
)


@every_graph
def test_mermaid_is_made_of_known_statements_only(name: str) -> None:
    drawn = GRAPHS[name]
    fence, title, end, *lines = draw(drawn, Format.MERMAID).splitlines()
    assert (fence, end) == ("---", "---")
    assert re.fullmatch(r'title: "(?:[ !#-\[\]-~]|\\["\\]|\\u[0-9a-f]{4})*"', title)
    assert [line for line in lines if not _MERMAID.fullmatch(line.strip())] == []
    stripped = [line.strip() for line in lines]
    assert sum(line.startswith("subgraph ") for line in stripped) == stripped.count("end")
    assert sum(" --> " in line or "-->|" in line or "-.->" in line for line in stripped) == len(drawn.edges)
    assert sum("-.->" in line for line in stripped) == sum(edge.is_loop for edge in drawn.edges)
    assert sum(line.startswith("class ") for line in stripped) == (len(drawn.nodes) if drawn.run_id else 0)


def test_mermaid_nests_what_is_nested() -> None:
    lines = draw(graph("plan"), Format.MERMAID).splitlines()
    begin = lines.index('    subgraph n1["research: ensemble"]')
    assert lines[begin + 1 : begin + 5] == [
        '        n2["ann<br/>members, executor"]',
        '        n3["bob<br/>members, executor"]',
        '        n4["dot<br/>synthesizer"]',
        "    end",
    ]
    assert "    n0 --> n1" in lines
    assert '    n6 -.->|"revise"| n5' not in lines
    assert '    n7 -.->|"revise"| n6' in lines


def test_a_character_that_could_mean_something_to_mermaid_is_a_number() -> None:
    assert 'n1["#34;#93;#35;#60;b#62;#38;#96;#92;' in draw(
        renamed(graph("research"), "ann", '"]#<b>&`\\{}|;'), Format.MERMAID
    )


# ---- text


@every_graph
def test_text_fits_a_terminal_and_says_everybody(name: str) -> None:
    drawn = GRAPHS[name]
    text = draw(drawn, Format.ASCII)
    assert all(cells(line) <= 80 for line in text.splitlines()[1:])
    assert text.isascii() or name == "hostile"
    assert all(each.isprintable() for each in text.replace("\n", ""))
    for node in drawn.nodes:
        assert shortened(node.label)[:8] in text


def test_a_text_is_what_a_person_would_draw() -> None:
    talk = live("talk", *BEGUN, "ann starts", "ann answers", "ann starts", "bob starts", "bob fails")
    assert (
        draw(talk, Format.ASCII)
        == """\
talk: debate, unanimous, at most 2 rounds; run 7 is RUNNING

                          ( task [x] done )
                                  |
           +----------------------+-+-----------------------+
           v                        v                       v
+--------------------+   +--------------------+   +------------------+
| ann                |   | bob                |   | cid              |
| debaters, executor |   | debaters, executor |   | debaters, critic |
| [>] running        |   | [!] failed         |   | [ ] pending      |
+--------------------+   +--------------------+   +------------------+
           |                       |                        |
           +-----------------------+------------------------+
                                   v  unanimous
                        ( output [ ] pending )

ann, bob, cid, to each other: positions, again
"""
    )


def test_many_agents_are_a_list_and_far_lines_are_said_in_words() -> None:
    wide = draw(graph(WIDE), Format.ASCII)
    assert "| ann-17  ann, members, executor |" in wide
    office = draw(graph("office"), Format.ASCII)
    assert office.endswith("\n\nann, bob -> output: decides\ncid -> output: decides\n")
    named = renamed(live("research", *BEGUN, "ann starts"), "ann", "a" * 44)
    both = renamed(named, "bob", "b" * 44)
    assert f"| {'a' * 44}  [>] running |" in draw(both, Format.ASCII), "the state says more than the slot"
    crowd = topology("crowd", "cross-check", {"author": ["ann"], "validators": ["bob"] * 9})
    assert draw(graph(crowd), Format.ASCII).endswith(
        "\n\nbob, bob-2, bob-3, bob-4, bob-5 and 4 more -> ann: revise, again\n"
    )


def test_a_line_is_shortened_to_the_cells_that_it_may_take() -> None:
    assert shortened("a" * 44) == "a" * 44
    assert shortened("a" * 45) == "a" * 41 + "..."
    assert shortened("\u6f22" * 22) == "\u6f22" * 22
    assert shortened("\u6f22" * 23) == "\u6f22" * 20 + "..."
    assert len(shortened("e\u0301" * 5000)) <= 44
    assert len(shortened("e" + "\u0301" * 5000)) <= 44
    assert shortened("a\nb\x1b") == "a\\nb\\x1b"
