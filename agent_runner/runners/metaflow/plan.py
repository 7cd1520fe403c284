"""The turns of a topology, one after the other: who may be asked together, as often as it can happen at most.

A flow has its steps fixed before it begins; a topology that is done earlier passes through those that are left.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from agent_runner.domain.agent_type import AgentType
from agent_runner.domain.composition import Composition
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
    OnFailure,
    Pattern,
    Seat,
    TopologyType,
)
from agent_runner.runners.metaflow.naming import step_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """`most` calls at once, whose keys begin as `keys`; `one` is what one of them is called, as a step's name."""

    name: str
    keys: tuple[str, ...]
    agents: tuple[AgentType, ...]
    most: int = 1
    one: str = "agent"
    retries: int = 0
    """Of the topology, beyond those of the agents."""

    @property
    def who(self) -> str:
        names = list(dict.fromkeys(agent.name for agent in self.agents))
        shown = ", ".join(names[:5])
        return shown if len(names) <= len(names[:5]) else f"{shown} and {len(names) - 5} more"


def plan(composition: Composition) -> tuple[Turn, ...]:
    """Every turn with a name of its own, which its step has."""
    named: list[Turn] = []
    taken: set[str] = set()
    for turn in _Part(composition, composition.topology).turns():
        name = step_name(turn.name, taken)
        steps = {name} if turn.most == 1 else {name, f"{name}_{turn.one}", f"{name}_join"}
        while steps & taken:
            name = step_name(f"{name}_again", taken)
            steps = {name} if turn.most == 1 else {name, f"{name}_{turn.one}", f"{name}_join"}
        taken |= steps
        named.append(replace(turn, name=name))
    return tuple(named)


class _Part:
    """One topology of the composition; `key` is where the keys of its calls begin."""

    def __init__(self, composition: Composition, topology: TopologyType, key: str = "", retries: int = 0) -> None:
        config = topology.config
        self.composition = composition
        self.topology = topology
        self.key = f"{key}{topology.type}/"
        self.retries = retries + (config.retries if config.on_failure is OnFailure.RETRY else 0)

    def turns(self) -> list[Turn]:
        return _TURNS[self.topology.type](self)

    def seats(self, slot: str) -> tuple[Seat, ...]:
        return tuple(seat for seat in self.topology.seats if seat.slot == slot)

    def single(self, key: str, seat: Seat, name: str = "") -> Turn:
        agents = (self.composition.agents[seat.agent],)
        return Turn(name=name or seat.node, keys=(self.key + key,), agents=agents, retries=self.retries)

    def together(self, name: str, key: str, slot: str, one: str, most: int | None = None) -> Turn:
        seats = self.seats(slot)
        agents = tuple(self.composition.agents[seat.agent] for seat in seats)
        keys = (self.key + key,)
        return Turn(name=name, keys=keys, agents=agents, most=most or len(seats), one=one, retries=self.retries)

    def decider(self, slot: str) -> list[Turn]:
        return [self.single(slot, seat) for seat in self.seats(slot)]


def _pipeline(part: _Part) -> list[Turn]:
    seats = enumerate(part.seats(STAGES), start=1)
    return [part.single(f"{number}-{seat.node}", seat) for number, seat in seats]


def _ensemble(part: _Part) -> list[Turn]:
    config = part.topology.config
    assert isinstance(config, EnsembleConfig)
    turns = [part.together("members", "member/", MEMBERS, "agent")]
    if config.aggregation is Aggregation.SYNTHESIS:
        turns += part.decider(SYNTHESIZER)
    if config.aggregation is Aggregation.BEST_OF:
        (judge,) = part.seats(JUDGE)
        turns += [part.single("judge", judge), part.single("judge/again", judge, f"{judge.node}_again")]
    return turns


def _debate(part: _Part) -> list[Turn]:
    config = part.topology.config
    assert isinstance(config, DebateConfig)
    turns: list[Turn] = []
    for number in range(1, config.max_rounds + 1):
        turns.append(part.together(f"round_{number}", f"round-{number}/", DEBATERS, "debater"))
        if config.consensus is Consensus.MEDIATOR or number == config.max_rounds:
            seats = part.seats(MEDIATOR)
            turns += [part.single(f"round-{number}/{MEDIATOR}", seat, f"round_{number}_{MEDIATOR}") for seat in seats]
    return turns


def _chain(part: _Part) -> list[Turn]:
    config = part.topology.config
    assert isinstance(config, ChainOfCommandConfig)
    slots = [LEVEL.format(number) for number, _ in enumerate(part.topology.levels, start=1)]
    return [
        part.together(slot.replace("-", "_"), f"{slot}/", slot, "agent") for slot in slots[: config.max_escalations + 1]
    ]


def _delegation(part: _Part) -> list[Turn]:
    config = part.topology.config
    assert isinstance(config, DelegationConfig)
    (seat,) = part.seats(COORDINATOR)
    tasks = part.together("tasks", "task-", WORKERS, "worker", config.max_tasks)
    return [part.single("plan", seat, f"{seat.node}_plans"), tasks, part.single("report", seat, f"{seat.node}_reports")]


def _cross_check(part: _Part) -> list[Turn]:
    config = part.topology.config
    assert isinstance(config, CrossCheckConfig)
    (author,) = part.seats(AUTHOR)
    turns = [part.single("draft", author, f"{author.node}_drafts")]
    for number in range(1, config.max_revisions + 2):
        if number > 1:
            turns.append(part.single(f"revision-{number - 1}", author, f"{author.node}_revises_{number - 1}"))
        turns.append(part.together(f"check_{number}", f"check-{number}/", VALIDATORS, "validator"))
    return turns


def _compound(part: _Part) -> list[Turn]:
    config = part.topology.config
    assert isinstance(config, CompoundConfig)
    inner: list[list[Turn]] = []
    for number, seat in enumerate(part.seats(PARTS), start=1):
        topology = part.composition.parts[seat.agent]
        turns = _Part(part.composition, topology, f"{part.key}{number}-{seat.node}/", part.retries).turns()
        inner.append([replace(turn, name=f"{seat.node}_{turn.name}") for turn in turns])
    whole = _at_once(inner) if config.is_parallel else [turn for turns in inner for turn in turns]
    return [*whole, *part.decider(SYNTHESIZER)]


def _at_once(inner: list[list[Turn]]) -> list[Turn]:
    """The parts do not wait for each other: a turn takes whatever the next of each is."""
    agents = tuple({agent.name: agent for turns in inner for turn in turns for agent in turn.agents}.values())
    most = sum(max(turn.most for turn in turns) for turns in inner)
    keys = tuple(key for turns in inner for turn in turns for key in turn.keys)
    retries = max(turn.retries for turns in inner for turn in turns)
    return [
        Turn(name=f"parts_{number}", keys=keys, agents=agents, most=most, retries=retries)
        for number in range(1, max(map(len, inner)) + 1)
    ]


_TURNS: Final[Mapping[Pattern, Callable[[_Part], list[Turn]]]] = {
    Pattern.PIPELINE: _pipeline,
    Pattern.ENSEMBLE: _ensemble,
    Pattern.DEBATE: _debate,
    Pattern.CHAIN_OF_COMMAND: _chain,
    Pattern.DELEGATION: _delegation,
    Pattern.CROSS_CHECK: _cross_check,
    Pattern.COMPOUND: _compound,
}
