"""A topology with all that it is made of, as its run was created with it: later changes of the catalog do not count."""

from collections.abc import Mapping
from typing import Final, TypeVar

from pydantic import Field, ValidationError

from agent_runner.domain.agent_type import AgentType, Definition, Word
from agent_runner.domain.topology import PARTS, TopologyType
from agent_runner.domain.wording import listed
from agent_runner.errors import InvalidInput

DEEPEST: Final = 5
"""Topologies within topologies."""
LARGEST_COMPOSITION: Final = 1024 * 1024
"""Bytes of its JSON."""

T = TypeVar("T")


class Composition(Definition):
    """`parts` are the topologies that stand within it, at any depth, by name."""

    topology: TopologyType
    agents: dict[Word, AgentType]
    parts: dict[Word, TopologyType] = Field(default={})
    runner: Word = Field(default="local", description="Where and how its agents are scheduled.")

    @staticmethod
    def read(text: str) -> "Composition":
        """From the JSON that a run keeps. Raises InvalidInput when another version has written it."""
        try:
            return Composition.model_validate_json(text)
        except ValidationError as error:
            raise InvalidInput(
                f"the topology that the run keeps cannot be read: {error.errors()[0]['msg']}",
                next_step="it was written by another version; queue a new run",
            ) from error

    @property
    def text(self) -> str:
        """What `read` reads: with its defaults, which a later release may choose otherwise."""
        return self.model_dump_json()


def compose(
    topology: TopologyType,
    agents: Mapping[str, AgentType],
    topologies: Mapping[str, TopologyType] | None = None,
    *,
    runner: str = "local",
) -> Composition:
    """Everything that the topology needs, and nothing else of what is there.

    Raises InvalidInput when an agent or a part is missing, when a topology stands within itself, or too deep.
    """
    there = topologies or {}
    parts: dict[str, TopologyType] = {}

    def take(each: TopologyType, path: tuple[str, ...]) -> None:
        if each.name in path:
            raise InvalidInput(f"the topology {each.name!r} stands within itself: {' > '.join((*path, each.name))}")
        if len(path) >= DEEPEST:
            raise InvalidInput(
                f"{' > '.join((*path, each.name))}: topologies stand at most {DEEPEST} deep in each other"
            )
        for name in each.slot(PARTS):
            parts[name] = _found(there, name, f"the topology {each.name!r} has the part", "topologies")
            take(parts[name], (*path, each.name))

    take(topology, ())
    wanted = dict.fromkeys(name for each in (topology, *parts.values()) for name in each.agents)
    cast = {name: _found(agents, name, f"the topology {topology.name!r} has the agent", "agents") for name in wanted}
    composition = Composition(topology=topology, agents=cast, parts=parts, runner=runner)
    if (size := len(composition.text.encode())) > LARGEST_COMPOSITION:
        raise InvalidInput(
            f"the topology {topology.name!r} has {size} bytes with its agents, more than {LARGEST_COMPOSITION}"
        )
    return composition


def _found(there: Mapping[str, T], name: str, who: str, kind: str) -> T:
    if name not in there:
        raise InvalidInput(
            f"{who} {name!r}, and there is none of that name", next_step=f"{kind} that are there: {listed(there)}"
        )
    return there[name]
