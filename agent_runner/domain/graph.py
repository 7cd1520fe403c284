"""The graph of a topology: who is in it, and who hands what to whom. It is the same whatever runner plays it.

Edges connect siblings: agents of one topology, or the topologies that are parts of one; what a part hands on, it hands
on as a whole. topologies/ does what is drawn here, and a test plays every pattern to see that both agree.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Any, Final

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from agent_runner.domain.agent_type import Role
from agent_runner.domain.composition import Composition
from agent_runner.domain.run import RunStatus
from agent_runner.domain.topology import (
    AUTHOR,
    COORDINATOR,
    DEBATERS,
    JUDGE,
    LEVEL,
    MEDIATOR,
    MEMBERS,
    PARTS,
    STAGES,
    SYNTHESIZER,
    VALIDATORS,
    WORKERS,
    Aggregation,
    ChainOfCommandConfig,
    CompoundConfig,
    Consensus,
    CrossCheckConfig,
    DebateConfig,
    DelegationConfig,
    EnsembleConfig,
    Pattern,
    PipelineConfig,
    Seat,
    TopologyType,
)
from agent_runner.errors import InvalidInput

BEGIN: Final = "BEGIN"
END: Final = "END"
"""Ids of the two nodes that nobody sits on. Names of agents and topologies are in lower case."""
MOST_NODES: Final = 2000
"""Few lines can describe millions: topologies within topologies, many times each."""


class NodeKind(StrEnum):
    AGENT = "agent"
    TOPOLOGY = "topology"
    BEGIN = "begin"
    END = "end"


class EdgeKind(StrEnum):
    """What is handed over."""

    WORK = "work"
    POSITIONS = "positions"
    VERDICT = "verdict"
    ESCALATION = "escalation"
    ASSIGNMENT = "assignment"
    REVISION = "revision"


class Drawn(BaseModel):
    model_config = ConfigDict(frozen=True, serialize_by_alias=True)


class NodeState(StrEnum):
    """`skipped`: never asked though the run has ended, or it has failed and the topology went on without it."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


class NodeLife(Drawn):
    """What has become of a node in a run; of a topology, of all that is in it."""

    state: NodeState = NodeState.PENDING
    calls: int = Field(default=0, description="How often it has answered.")
    failures: int = Field(default=0, description="How often it gave no answer that can be used.")
    last_message: str | None = Field(default=None, description="What it said last, shortened.")
    started_at: datetime | None = None
    ended_at: datetime | None = Field(default=None, description="When it was done or failed last.")
    model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


class GraphNode(Drawn):
    id: str = Field(
        description="As events call it: the agent's name, `ann-2` the second time, within parts `part/ann`."
    )
    kind: NodeKind
    label: str
    agent: str | None = None
    role: Role | None = None
    slot: str | None = None
    group: str | None = Field(default=None, description="The node of the topology that it stands in; null: the whole.")
    detail: str = Field(default="", description="Of a topology: how it works, in a few words.")
    life: NodeLife | None = Field(default=None, description="In the graph of a run.")


class GraphEdge(Drawn):
    source: str = Field(validation_alias=AliasChoices("from", "source"), serialization_alias="from")
    target: str = Field(validation_alias=AliasChoices("to", "target"), serialization_alias="to")
    kind: EdgeKind = EdgeKind.WORK
    label: str = ""
    is_loop: bool = Field(default=False, description="It leads back: another round, as long as one is needed.")


class Graph(Drawn):
    """Nodes stand in the order in which they are asked first; each topology comes before what is in it."""

    name: str
    type: Pattern
    detail: str
    description: str = ""
    run_id: int | None = None
    status: RunStatus | None = Field(default=None, description="Of the run.")
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]

    def within(self, group: str | None) -> tuple[GraphNode, ...]:
        """What stands directly in a topology; None is the whole."""
        return tuple(node for node in self.nodes if node.group == group)


def graph_of(composition: Composition) -> Graph:
    """Raises InvalidInput when it is too large to be drawn."""
    topology = composition.topology
    if (size := _size(composition)) > MOST_NODES:
        raise InvalidInput(
            f"the graph of {topology.name!r} has {size} nodes, more than {MOST_NODES}",
            next_step="draw the topologies that are its parts",
        )
    nodes = (_terminal(NodeKind.BEGIN, BEGIN, "task"), *_nodes(composition, topology, None))
    return Graph(
        name=topology.name,
        type=topology.type,
        detail=detail_of(topology),
        description=topology.description,
        nodes=(*nodes, _terminal(NodeKind.END, END, "output")),
        edges=tuple(_edges(composition, topology, None)),
    )


def asked(topology: TopologyType) -> tuple[Seat, ...]:
    """Who can be asked at all, as the topology is set."""
    return tuple(seat for seat in topology.seats if _can_be_asked(topology, seat))


def detail_of(topology: TopologyType) -> str:
    """How it works, in a few words."""
    match topology.config:
        case EnsembleConfig(aggregation=aggregation):
            more = [aggregation]
        case DebateConfig(consensus=consensus, max_rounds=most):
            more = [consensus, f"at most {_counted(most, 'round')}"]
        case ChainOfCommandConfig():
            more = [_counted(len({seat.slot for seat in asked(topology)}), "level")]
        case DelegationConfig(max_tasks=most):
            more = [f"at most {_counted(most, 'task')}"]
        case CrossCheckConfig(agreement=agreement, max_revisions=most):
            more = [agreement, f"at most {_counted(most, 'revision')}"]
        case CompoundConfig(is_parallel=is_parallel):
            more = ["all at once" if is_parallel else "one after the other"]
        case PipelineConfig():
            more = []
    return ", ".join([topology.type.replace("-of-", " of "), *more])


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _can_be_asked(topology: TopologyType, seat: Seat) -> bool:
    match topology.config, seat.slot:
        case EnsembleConfig(aggregation=aggregation), slot if slot != MEMBERS:
            return slot == {Aggregation.SYNTHESIS: SYNTHESIZER, Aggregation.BEST_OF: JUDGE}.get(aggregation)
        case ChainOfCommandConfig(max_escalations=most), slot:
            return slot in {LEVEL.format(number) for number in range(1, most + 2)}
        case _:
            return True


# ---- nodes


def _size(composition: Composition) -> int:
    @cache
    def inside(name: str) -> int:
        return within(composition.parts[name])

    def within(topology: TopologyType) -> int:
        seats = asked(topology)
        return len(seats) + sum(inside(seat.agent) for seat in seats if seat.slot == PARTS)

    return within(composition.topology) + 2


def _terminal(kind: NodeKind, node: str, label: str) -> GraphNode:
    return GraphNode(id=node, kind=kind, label=label)


def _nodes(composition: Composition, topology: TopologyType, group: str | None) -> Iterator[GraphNode]:
    for seat in asked(topology):
        node = _id(group, seat.node)
        if seat.slot == PARTS:
            part = composition.parts[seat.agent]
            yield GraphNode(
                id=node, kind=NodeKind.TOPOLOGY, label=seat.node, slot=seat.slot, group=group, detail=detail_of(part)
            )
            yield from _nodes(composition, part, node)
        else:
            role = composition.agents[seat.agent].role
            yield GraphNode(
                id=node, kind=NodeKind.AGENT, label=seat.node, agent=seat.agent, role=role, slot=seat.slot, group=group
            )


def _id(group: str | None, node: str) -> str:
    return node if group is None else f"{group}/{node}"


# ---- edges: each pattern from BEGIN to END, in the names of its own seats


def _edges(composition: Composition, topology: TopologyType, group: str | None) -> Iterator[GraphEdge]:
    for edge in _FLOWS[topology.type](topology.config, _by_slot(topology)):
        if group is None:
            yield edge
        elif edge.source != BEGIN and edge.target != END:
            yield edge.model_copy(update={"source": _id(group, edge.source), "target": _id(group, edge.target)})
    for seat in asked(topology):
        if seat.slot == PARTS:
            yield from _edges(composition, composition.parts[seat.agent], _id(group, seat.node))


def _by_slot(topology: TopologyType) -> Mapping[str, Sequence[str]]:
    slots: dict[str, list[str]] = {}
    for seat in asked(topology):
        slots.setdefault(seat.slot, []).append(seat.node)
    return slots


Nodes = Mapping[str, Sequence[str]]
"""Who can be asked, by slot."""


def _each(
    sources: Sequence[str],
    targets: Sequence[str],
    kind: EdgeKind = EdgeKind.WORK,
    label: str = "",
    *,
    is_loop: bool = False,
) -> Iterator[GraphEdge]:
    """From each of these to each of those."""
    for source in sources:
        for target in targets:
            yield GraphEdge(source=source, target=target, kind=kind, label=label, is_loop=is_loop)


def _one_by_one(nodes: Sequence[str]) -> Iterator[GraphEdge]:
    for source, target in pairwise((BEGIN, *nodes, END)):
        yield GraphEdge(source=source, target=target)


def _pipeline(config: PipelineConfig, nodes: Nodes) -> Iterator[GraphEdge]:
    del config
    yield from _one_by_one(nodes[STAGES])


def _ensemble(config: EnsembleConfig, nodes: Nodes) -> Iterator[GraphEdge]:
    yield from _each([BEGIN], nodes[MEMBERS])
    if last := nodes.get(SYNTHESIZER) or nodes.get(JUDGE):
        yield from _each(nodes[MEMBERS], last)
        yield from _each(last, [END], label=config.aggregation if config.aggregation is Aggregation.BEST_OF else "")
    else:
        yield from _each(nodes[MEMBERS], [END], label=config.aggregation)


def _debate(config: DebateConfig, nodes: Nodes) -> Iterator[GraphEdge]:
    """All see the positions of all: drawn as a ring, so that fifty debaters can still be read."""
    debaters, last = nodes[DEBATERS], nodes.get(MEDIATOR, [])
    yield from _each([BEGIN], debaters)
    if config.max_rounds > 1:
        for source, target in pairwise((*debaters, debaters[0])):
            yield GraphEdge(source=source, target=target, kind=EdgeKind.POSITIONS, label="positions", is_loop=True)
    if not last or config.consensus is not Consensus.MEDIATOR:
        yield from _each(debaters, [END], EdgeKind.POSITIONS, config.consensus)
    yield from _each(debaters, last, EdgeKind.POSITIONS)
    yield from _each(last, [END], EdgeKind.VERDICT)


def _chain_of_command(config: ChainOfCommandConfig, nodes: Nodes) -> Iterator[GraphEdge]:
    """Whoever escalates, the whole next level is asked: drawn are the lines of reporting, fewer than all to all."""
    del config
    levels = [nodes[LEVEL.format(number)] for number in range(1, len(nodes) + 1)]
    yield from _each([BEGIN], levels[0])
    for below, above in pairwise(levels):
        most = max(len(below), len(above))
        for number in range(most):
            source, target = below[number * len(below) // most], above[number * len(above) // most]
            yield GraphEdge(source=source, target=target, kind=EdgeKind.ESCALATION, label="escalates")
    for level in levels:
        yield from _each(level, [END], EdgeKind.VERDICT, "decides")


def _delegation(config: DelegationConfig, nodes: Nodes) -> Iterator[GraphEdge]:
    del config
    yield from _each([BEGIN], nodes[COORDINATOR])
    yield from _each(nodes[COORDINATOR], nodes[WORKERS], EdgeKind.ASSIGNMENT, "tasks")
    yield from _each(nodes[WORKERS], nodes[COORDINATOR], label="results", is_loop=True)
    yield from _each(nodes[COORDINATOR], [END], label="report")


def _cross_check(config: CrossCheckConfig, nodes: Nodes) -> Iterator[GraphEdge]:
    yield from _each([BEGIN], nodes[AUTHOR])
    yield from _each(nodes[AUTHOR], nodes[VALIDATORS])
    if config.max_revisions:
        yield from _each(nodes[VALIDATORS], nodes[AUTHOR], EdgeKind.REVISION, "revise", is_loop=True)
    yield from _each(nodes[VALIDATORS], [END], EdgeKind.VERDICT, config.agreement)


def _compound(config: CompoundConfig, nodes: Nodes) -> Iterator[GraphEdge]:
    """Who makes one answer of the parts gets those of all, also where they came one after the other."""
    parts, last = nodes[PARTS], nodes.get(SYNTHESIZER, [])
    if config.is_parallel:
        yield from _each([BEGIN], parts)
        yield from _each(parts, last or [END])
    else:
        yield from (edge for edge in _one_by_one(parts) if edge.target != END or not last)
        yield from _each(parts, last)
    yield from _each(last, [END])


_FLOWS: Final[Mapping[Pattern, Callable[[Any, Nodes], Iterator[GraphEdge]]]] = {
    Pattern.PIPELINE: _pipeline,
    Pattern.ENSEMBLE: _ensemble,
    Pattern.DEBATE: _debate,
    Pattern.CHAIN_OF_COMMAND: _chain_of_command,
    Pattern.DELEGATION: _delegation,
    Pattern.CROSS_CHECK: _cross_check,
    Pattern.COMPOUND: _compound,
}
