"""What stands on the card of a flow's last step."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from agent_runner.domain.topology import TopologyType

_SHOWN_APART: Final = frozenset({"output", "type", "failures"})


def show(topology: TopologyType, outcome: Mapping[str, Any]) -> None:
    """The output in words, then every other fact of the outcome, then who it was done without."""
    cards: Any = import_module("metaflow.cards")  # the extra; only a flow gets here
    card: Any = import_module("metaflow").current.card
    card.append(cards.Markdown(f"# {topology.name}\n\n{topology.type}: {topology.description}"))
    card.append(cards.Markdown(str(outcome["output"])))
    rows = [[name, cards.Artifact(value)] for name, value in outcome.items() if name not in _SHOWN_APART]
    card.append(cards.Table(rows, headers=["", ""]))
    if outcome["failures"]:
        without = [[each["node"], each["error"]] for each in outcome["failures"]]
        card.append(cards.Table(without, headers=["Done without", "Why"]))
