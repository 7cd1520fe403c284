"""Draws a graph in the way that is wanted."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from agent_runner.domain.graph import Graph
from agent_runner.drawing.mermaid import mermaid
from agent_runner.drawing.svg import svg
from agent_runner.drawing.text import text


class Format(StrEnum):
    SVG = "svg"
    MERMAID = "mermaid"
    ASCII = "ascii"


_DRAWN_BY: Final[Mapping[Format, Callable[[Graph], str]]] = {
    Format.SVG: svg,
    Format.MERMAID: mermaid,
    Format.ASCII: text,
}


def draw(graph: Graph, how: Format) -> str:
    """Text that ends with a line break."""
    return _DRAWN_BY[how](graph)
