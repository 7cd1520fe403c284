"""Who says the same as whom, and how much that weighs."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum

from agent_runner.topologies.marks import normalised


@dataclass(frozen=True, slots=True)
class Vote:
    node: str
    said: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Camp:
    """All who say the same; `said` is in the words of the first of them."""

    said: str
    nodes: tuple[str, ...]
    weight: float


def camps(votes: Iterable[Vote]) -> tuple[Camp, ...]:
    """The heaviest first; of equal ones that of the first seat. The votes come in the order of the seats."""
    by_meaning: dict[str, list[Vote]] = {}
    for vote in votes:
        by_meaning.setdefault(normalised(vote.said), []).append(vote)
    found = [
        Camp(same[0].said, tuple(vote.node for vote in same), fsum(vote.weight for vote in same))
        for same in by_meaning.values()
    ]
    return tuple(sorted(found, key=lambda camp: -camp.weight))


def share(weight: float, of: float) -> float:
    return weight / of if of else 0.0
