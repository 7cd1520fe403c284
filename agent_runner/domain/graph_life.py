"""What has become of the nodes of a graph in one run, from the run's events. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from agent_runner.domain.events import EventType
from agent_runner.domain.graph import Graph, GraphNode, NodeKind, NodeLife, NodeState
from agent_runner.domain.run import FINAL_STATUSES, MOVES, RunStatus

LONGEST_LAST_MESSAGE: Final = 500
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

_STATUS_AFTER: Final[Mapping[EventType, RunStatus]] = {move.event: move.target for move in MOVES}
TOLD: Final = frozenset(
    {
        *_STATUS_AFTER,
        EventType.AGENT_START,
        EventType.AGENT_COMPLETE,
        EventType.ERROR,
        EventType.MODEL_CALL,
        EventType.MESSAGE,
    }
)
"""The types of events that matter here; of MESSAGE the last one of each agent."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An event, as far as it matters here."""

    type: EventType
    at: datetime
    agent_role: str | None
    payload: Mapping[str, Any]


def with_life(graph: Graph, run_id: int, facts: Iterable[Fact]) -> Graph:
    """The graph, with the life of each node in it; `facts` are those of the run, in the order of their event_id."""
    story = _Story(graph)
    for fact in facts:
        story.take(fact)
    lives = _Lives(graph, story).all()
    nodes = tuple(node.model_copy(update={"life": lives[node.id]}) for node in graph.nodes)
    return graph.model_copy(update={"run_id": run_id, "status": story.status, "nodes": nodes})


@dataclass(slots=True)
class _Node:
    open: int = 0
    """Calls under way: a worker of a delegation may have several."""
    last: NodeState = NodeState.PENDING
    """How its last call has ended; PENDING also where it was broken off."""
    calls: int = 0
    failures: int = 0
    last_message: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def state(self) -> NodeState:
        return NodeState.RUNNING if self.open else self.last

    @property
    def is_used(self) -> bool:
        return bool(self.started_at or self.calls or self.failures)

    def take(self, fact: Fact) -> None:
        match fact.type:
            case EventType.AGENT_START:
                self.open += 1
                self.started_at = self.started_at or fact.at
            case EventType.AGENT_COMPLETE:
                self.calls += 1
                self._ends(NodeState.DONE, fact)
            case EventType.ERROR:
                self.failures += 1
                self._ends(NodeState.FAILED, fact)
            case EventType.MODEL_CALL:
                self.model_calls += 1
                self.input_tokens += fact.payload.get("input_tokens", 0)
                self.output_tokens += fact.payload.get("output_tokens", 0)
            case _:
                pass
        said = fact.payload.get("content") or fact.payload.get("message")
        if said and fact.type is not EventType.AGENT_START:
            self.last_message = str(said)[:LONGEST_LAST_MESSAGE]

    def _ends(self, state: NodeState, fact: Fact) -> None:
        self.open = max(0, self.open - 1)  # its start may be silent: what comes while finished steps are replayed is
        self.last = state
        self.ended_at = fact.at

    def broken_off(self) -> None:
        """The attempt is over, and what was under way with it: another attempt begins it again."""
        if self.open:
            self.open = 0
            self.last = NodeState.PENDING


class _Story:
    def __init__(self, graph: Graph) -> None:
        self.status: RunStatus = RunStatus.QUEUED
        self.has_begun: bool = False
        self.nodes: Final = {node.id: _Node() for node in graph.nodes if node.kind is NodeKind.AGENT}

    def take(self, fact: Fact) -> None:
        if fact.type in _STATUS_AFTER:
            self.status = _STATUS_AFTER[fact.type]
            self.has_begun = self.has_begun or self.status is RunStatus.RUNNING
            for node in self.nodes.values():
                node.broken_off()
        elif node := self.nodes.get(_node_of(fact) or ""):
            node.take(fact)


def _node_of(fact: Fact) -> str | None:
    """A topology tells of its own beginning under its name, which may be that of an agent in it."""
    begins_or_ends = fact.type in {EventType.AGENT_START, EventType.AGENT_COMPLETE}
    return fact.payload.get("node") if begins_or_ends else fact.agent_role


class _Lives:
    """What the story comes to."""

    def __init__(self, graph: Graph, story: _Story) -> None:
        self._graph: Final = graph
        self._story: Final = story
        self._lives: Final[dict[str, NodeLife]] = {}
        self._inner: Final[defaultdict[str | None, list[NodeLife]]] = defaultdict(list)
        self._over: Final = self._topologies_over()

    def all(self) -> Mapping[str, NodeLife]:
        for node in reversed(self._graph.nodes):  # a topology stands before what is in it
            life = self._life(node)
            self._lives[node.id] = life
            self._inner[node.group].append(life)
        return self._lives

    def _topologies_over(self) -> frozenset[str | None]:
        """Those that came to an outcome: all in a run that is COMPLETED, and parts after which another has begun."""
        begun = {around for node, seen in self._story.nodes.items() if seen.is_used for around in _around(node)}
        groups = {node.id: node.group for node in self._graph.nodes if node.kind is NodeKind.TOPOLOGY}
        over: set[str | None] = {None} if self._story.status is RunStatus.COMPLETED else set()
        for edge in reversed(self._graph.edges):
            if edge.source in groups and (edge.target in begun or edge.target in over):
                over.add(edge.source)
        over |= {node for node in groups if any(around in over for around in _around(node))}
        return frozenset(over | set(groups) if None in over else over)

    def _life(self, node: GraphNode) -> NodeLife:
        match node.kind:
            case NodeKind.AGENT:
                return self._of_agent(node)
            case NodeKind.TOPOLOGY:
                return self._of_topology(node.id, self._inner[node.id])
            case NodeKind.BEGIN:
                has_begun = self._story.has_begun or any(seen.is_used for seen in self._story.nodes.values())
                return NodeLife(state=NodeState.DONE if has_begun else NodeState.PENDING)
            case NodeKind.END:
                return NodeLife(state=_OF_THE_END.get(self._story.status, NodeState.PENDING))

    def _of_agent(self, node: GraphNode) -> NodeLife:
        seen = self._story.nodes[node.id]
        state = self._state_of_agent(seen, is_over=node.group in self._over)
        return NodeLife(
            state=state,
            calls=seen.calls,
            failures=seen.failures,
            last_message=seen.last_message,
            started_at=seen.started_at,
            ended_at=None if state is NodeState.RUNNING else seen.ended_at,
            model_calls=seen.model_calls,
            input_tokens=seen.input_tokens,
            output_tokens=seen.output_tokens,
        )

    def _state_of_agent(self, seen: _Node, *, is_over: bool) -> NodeState:
        if is_over and seen.state is NodeState.FAILED:
            return NodeState.SKIPPED
        has_ended = is_over or self._story.status in FINAL_STATUSES
        if has_ended and seen.state in {NodeState.PENDING, NodeState.RUNNING}:
            return NodeState.DONE if seen.calls else NodeState.SKIPPED
        return seen.state

    def _of_topology(self, node: str, inner: Sequence[NodeLife]) -> NodeLife:
        state = self._state_of_topology(node, inner)
        spoken = [life for life in inner if life.last_message is not None]
        latest = max(spoken, key=lambda life: life.ended_at or life.started_at or _LONG_AGO, default=None)
        return NodeLife(
            state=state,
            calls=sum(life.calls for life in inner),
            failures=sum(life.failures for life in inner),
            last_message=latest and latest.last_message,
            started_at=min((life.started_at for life in inner if life.started_at), default=None),
            ended_at=None
            if state is NodeState.RUNNING
            else max((life.ended_at for life in inner if life.ended_at), default=None),
            model_calls=sum(life.model_calls for life in inner),
            input_tokens=sum(life.input_tokens for life in inner),
            output_tokens=sum(life.output_tokens for life in inner),
        )

    def _state_of_topology(self, node: str, inner: Sequence[NodeLife]) -> NodeState:
        states, is_used = {life.state for life in inner}, any(life.calls for life in inner)
        if node in self._over:
            return NodeState.DONE if is_used else NodeState.SKIPPED
        if found := next((state for state in (NodeState.RUNNING, NodeState.FAILED) if state in states), None):
            return found
        if self._story.status in FINAL_STATUSES:
            return NodeState.DONE if states == {NodeState.DONE} else NodeState.SKIPPED
        return NodeState.RUNNING if is_used and self._story.status is RunStatus.RUNNING else NodeState.PENDING


_OF_THE_END: Final = {
    RunStatus.COMPLETED: NodeState.DONE,
    RunStatus.FAILED: NodeState.FAILED,
    RunStatus.CANCELLED: NodeState.SKIPPED,
}


def _around(node: str) -> Iterator[str]:
    """The node, and the topologies that it stands in."""
    steps = node.split("/")
    yield from ("/".join(steps[:depth]) for depth in range(1, len(steps) + 1))
