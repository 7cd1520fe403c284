"""What stands in a drawing, whatever it is drawn with: short lines that are safe to print."""

import unicodedata
from collections.abc import Mapping
from typing import Final

from agent_runner.domain.graph import Graph, GraphNode, NodeLife, NodeState
from agent_runner.domain.wording import one_line

LONGEST_LINE: Final = 44
"""Cells of a terminal."""

SYMBOLS: Final[Mapping[NodeState, str]] = {
    NodeState.PENDING: "[ ]",
    NodeState.RUNNING: "[>]",
    NodeState.DONE: "[x]",
    NodeState.FAILED: "[!]",
    NodeState.SKIPPED: "[-]",
}


def heading(graph: Graph) -> str:
    """What is drawn: the topology, and the run where it is one."""
    said = f"{graph.name}: {graph.detail}"
    return one_line(said if graph.run_id is None else f"{said}; run {graph.run_id} is {graph.status}")


def lines_of(node: GraphNode) -> list[str]:
    """Who it is, and what it does in there; the state is another line."""
    words = [node.detail] if node.detail else [_other_name(node), node.slot, node.role]
    does = ", ".join(dict.fromkeys(word for word in words if word))
    return [shortened(node.label), *([shortened(does)] if does else [])]


def _other_name(node: GraphNode) -> str | None:
    """Of an agent that stands in the topology a second time."""
    return None if node.agent in {None, node.label} else node.agent


def state_line(life: NodeLife) -> str:
    more = "" if life.calls < 2 else f", {life.calls} calls"  # noqa: PLR2004 - one goes without saying
    return f"{life.state}{more}"


def story(node: GraphNode) -> str:
    """All that is known of a node, in sentences, for those who cannot or need not see the picture."""
    words = dict.fromkeys(word for word in (node.kind, node.detail, node.slot, node.role) if word)
    said = [f"{node.label}: {', '.join(words)}"]
    if (life := node.life) is not None:
        said.append(f"{state_line(life)}{f', {life.failures} failed' if life.failures else ''}")
        if life.model_calls:
            said.append(f"model calls: {life.model_calls}, tokens: {life.input_tokens + life.output_tokens}")
        if life.last_message:
            said.append(life.last_message)
    return one_line(". ".join(said))


def shortened(text: str, longest: int = LONGEST_LINE) -> str:
    """One line of at most so many cells."""
    text = one_line(text)
    if max(len(text), cells(text)) <= longest:
        return text
    text = text[: longest - 3]
    while cells(text) > longest - 3:
        text = text[:-1]
    return f"{text}..."


def cells(text: str) -> int:
    """The room that a text takes on a terminal."""
    return len(text) if text.isascii() else sum(_cells_of(character) for character in text)


def _cells_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1
