"""Teams of agents as data: which pattern they work in, how it is set, and who has which part in it.

A pattern asks agents for answers until it has an outcome; topologies/ has one small file for each.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self, cast

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from agent_runner.domain.agent_type import Definition, Word

MOST_IN_A_SLOT: Final = 200
LEVEL: Final = "level-{}"
"""The slots of a chain of command, from level-1, which is asked first."""
MOST_LEVELS: Final = 9


SETTLED: Final = "settled"
"""Under this word a group of calls records who has failed; no node has it."""


class Pattern(StrEnum):
    PIPELINE = "pipeline"
    ENSEMBLE = "ensemble"
    DEBATE = "debate"
    CHAIN_OF_COMMAND = "chain-of-command"
    DELEGATION = "delegation"
    CROSS_CHECK = "cross-check"
    COMPOUND = "compound"


class OnFailure(StrEnum):
    """What becomes of the whole when one agent has failed for good.

    `fail`: it fails. `skip`: it goes on without that answer, as long as there is one at all. `quorum`: it goes on with
    at least `quorum` answers of those that are asked together. `retry`: the agent gets `retries` more tries, then fail.
    """

    FAIL = "fail"
    SKIP = "skip"
    QUORUM = "quorum"
    RETRY = "retry"


class Aggregation(StrEnum):
    """How an ensemble makes one answer of many."""

    VOTE = "vote"
    AVERAGE = "average"
    WEIGHTED = "weighted"
    CONCAT = "concat"
    BEST_OF = "best_of"
    SYNTHESIS = "synthesis"


class Consensus(StrEnum):
    """When a debate is over before its last round."""

    MAJORITY = "majority"
    UNANIMOUS = "unanimous"
    WEIGHTED = "weighted"
    MEDIATOR = "mediator"
    FIRST_AGREEMENT = "first_agreement"


class Agreement(StrEnum):
    """How many validators must accept."""

    UNANIMOUS = "unanimous"
    MAJORITY = "majority"
    WEIGHTED = "weighted"


Weights = dict[Word, Annotated[float, Field(ge=0, le=1000)]]
OF_WEIGHTS: Final = "By agent; 1 where none is named."


def _type_is_required(schema: dict[str, Any]) -> None:
    """In JSON it tells the configs apart; in Python the class does, so there it has a default."""
    schema["required"] = ["type"]


class PatternConfig(Definition):
    """What every pattern has."""

    model_config = ConfigDict(json_schema_extra=_type_is_required)

    on_failure: OnFailure = OnFailure.FAIL
    quorum: int | None = Field(default=None, ge=1, le=MOST_IN_A_SLOT)
    retries: int = Field(default=2, ge=1, le=10, description="Where on_failure is `retry`.")
    timeout_seconds: float | None = Field(default=None, gt=0, le=604_800, description="Of the whole.")

    @model_validator(mode="after")
    def _quorum_is_named_where_it_counts(self) -> Self:
        if (self.on_failure is OnFailure.QUORUM) != (self.quorum is not None):
            raise ValueError("quorum says how many answers suffice, and belongs to on_failure: quorum")
        return self


class PipelineConfig(PatternConfig):
    """Each stage works on what the one before has made."""

    type: Literal[Pattern.PIPELINE] = Pattern.PIPELINE


class EnsembleConfig(PatternConfig):
    """All members answer the same, independently; their answers become one."""

    type: Literal[Pattern.ENSEMBLE] = Pattern.ENSEMBLE
    aggregation: Aggregation = Aggregation.SYNTHESIS
    weights: Weights = Field(default={}, description=OF_WEIGHTS)


class DebateConfig(PatternConfig):
    """Debaters take positions, and see those of the others before the next round."""

    type: Literal[Pattern.DEBATE] = Pattern.DEBATE
    max_rounds: int = Field(default=3, ge=1, le=20)
    consensus: Consensus = Consensus.MAJORITY
    weights: Weights = Field(default={}, description=OF_WEIGHTS)


class ChainOfCommandConfig(PatternConfig):
    """The lowest level decides, or escalates to the next."""

    type: Literal[Pattern.CHAIN_OF_COMMAND] = Pattern.CHAIN_OF_COMMAND
    max_escalations: int = Field(default=MOST_LEVELS - 1, ge=0, le=MOST_LEVELS - 1)
    span: int = Field(default=7, ge=1, le=MOST_IN_A_SLOT, description="How many report to one of the next level.")


class DelegationConfig(PatternConfig):
    """A coordinator splits the work, workers of the right capability do it, the coordinator reports."""

    type: Literal[Pattern.DELEGATION] = Pattern.DELEGATION
    max_tasks: int = Field(default=10, ge=1, le=100)
    most_per_agent: int | None = Field(default=None, ge=1, le=100, description="Tasks; null: no limit.")


class CrossCheckConfig(PatternConfig):
    """Validators judge the author's work independently; what is not accepted is revised."""

    type: Literal[Pattern.CROSS_CHECK] = Pattern.CROSS_CHECK
    agreement: Agreement = Agreement.MAJORITY
    max_revisions: int = Field(default=1, ge=0, le=20)
    weights: Weights = Field(default={}, description=OF_WEIGHTS)


class CompoundConfig(PatternConfig):
    """Topologies as parts of one: one after the other, each on what the one before has made, or all at once."""

    type: Literal[Pattern.COMPOUND] = Pattern.COMPOUND
    is_parallel: bool = False


AnyPatternConfig = Annotated[
    PipelineConfig
    | EnsembleConfig
    | DebateConfig
    | ChainOfCommandConfig
    | DelegationConfig
    | CrossCheckConfig
    | CompoundConfig,
    Field(discriminator="type"),
]

STAGES: Final = "stages"
MEMBERS: Final = "members"
SYNTHESIZER: Final = "synthesizer"
JUDGE: Final = "judge"
DEBATERS: Final = "debaters"
MEDIATOR: Final = "mediator"
COORDINATOR: Final = "coordinator"
WORKERS: Final = "workers"
AUTHOR: Final = "author"
VALIDATORS: Final = "validators"
PARTS: Final = "parts"
"""Its names are topologies; those of every other slot are agents."""

_SLOTS: Final[dict[Pattern, dict[str, tuple[int, int]]]] = {
    Pattern.PIPELINE: {STAGES: (1, MOST_IN_A_SLOT)},
    Pattern.ENSEMBLE: {MEMBERS: (1, MOST_IN_A_SLOT), SYNTHESIZER: (0, 1), JUDGE: (0, 1)},
    Pattern.DEBATE: {DEBATERS: (2, MOST_IN_A_SLOT), MEDIATOR: (0, 1)},
    Pattern.CHAIN_OF_COMMAND: {LEVEL.format(1): (1, MOST_IN_A_SLOT)}
    | {LEVEL.format(number): (0, MOST_IN_A_SLOT) for number in range(2, MOST_LEVELS + 1)},
    Pattern.DELEGATION: {COORDINATOR: (1, 1), WORKERS: (1, MOST_IN_A_SLOT)},
    Pattern.CROSS_CHECK: {AUTHOR: (1, 1), VALIDATORS: (1, MOST_IN_A_SLOT)},
    Pattern.COMPOUND: {PARTS: (1, 20), SYNTHESIZER: (0, 1)},
}
"""How many each slot of a pattern takes, at least and at most."""


def _as_names(given: object) -> object:
    """One name stands for a slot that has one."""
    if isinstance(given, list):
        return tuple(cast("list[object]", given))  # an array of JSON, which is no tuple any more where types are strict
    return (given,) if isinstance(given, str) else given


_Names = Annotated[tuple[Word, ...], Field(max_length=MOST_IN_A_SLOT)]
Slot = Annotated[_Names, BeforeValidator(_as_names, json_schema_input_type=Word | _Names)]


@dataclass(frozen=True, slots=True)
class Seat:
    """One place in a topology. `node` tells it apart from all others: the agent's name, `ann-2` the second time."""

    node: str
    slot: str
    agent: str
    """In the slot `parts` of a compound: the name of a topology."""


class TopologyType(Definition):
    """A team: `slots` says who has which part, by the names of agents; the same agent may stand in one twice."""

    name: Word
    description: str = Field(default="", max_length=2000)
    config: AnyPatternConfig
    slots: dict[str, Slot]

    @property
    def type(self) -> Pattern:
        return self.config.type

    def slot(self, name: str) -> tuple[str, ...]:
        """Who has this part; nobody where it is left out."""
        return self.slots.get(name, ())

    @property
    def levels(self) -> tuple[tuple[str, ...], ...]:
        """Of a chain of command, from the one that is asked first."""
        found = (self.slot(LEVEL.format(number)) for number in range(1, MOST_LEVELS + 1))
        return tuple(level for level in found if level)

    @property
    def seats(self) -> tuple[Seat, ...]:
        """Everybody, in the order of the pattern's slots."""
        seen: Counter[str] = Counter()
        taken = {SETTLED}
        seats: list[Seat] = []
        for slot in _SLOTS[self.type]:
            words = {MEDIATOR} if slot == DEBATERS else set[str]()
            for name in self.slot(slot):
                node = _free_node(name, seen, taken | words if words else taken)
                taken.add(node)
                seats.append(Seat(node, slot, name))
        return tuple(seats)

    @property
    def agents(self) -> tuple[str, ...]:
        """The names of the agents in it, each once; not those of its parts."""
        return tuple(dict.fromkeys(name for slot, names in self.slots.items() if slot != PARTS for name in names))

    @model_validator(mode="after")
    def _is_playable(self) -> Self:
        for check in (
            self._slots_are_known,
            self._slots_are_filled,
            self._levels_report,
            self._who_decides_is_there,
            self._weights_are_of_somebody,
        ):
            check()
        return self

    def _slots_are_known(self) -> None:
        known = _SLOTS[self.type]
        if foreign := sorted(self.slots.keys() - known):
            raise ValueError(f"a {self.type} has no slot {foreign[0][:100]!r}; it has: {', '.join(known)}")

    def _slots_are_filled(self) -> None:
        for name, (least, most) in _SLOTS[self.type].items():
            count = len(self.slot(name))
            if count < least:
                raise ValueError(f"the slot {name!r} of a {self.type} needs at least {least}, and has {count}")
            if count > most:
                raise ValueError(f"the slot {name!r} of a {self.type} takes at most {most}, and has {count}")

    def _levels_report(self) -> None:
        if not isinstance(self.config, ChainOfCommandConfig):
            return
        named = sorted(int(name.partition("-")[2]) for name, names in self.slots.items() if names)
        if named != list(range(1, len(named) + 1)):
            raise ValueError(f"the levels are numbered without a gap, from level-1: {named} are there")
        for number, (below, above) in enumerate(zip(self.levels, self.levels[1:], strict=False), start=1):
            if len(below) > self.config.span * len(above):
                raise ValueError(
                    f"level-{number} has {len(below)} agents, more than {self.config.span} (span) for each of the"
                    f" {len(above)} above them"
                )

    def _who_decides_is_there(self) -> None:
        match self.config:
            case EnsembleConfig(aggregation=Aggregation.SYNTHESIS) if not self.slot(SYNTHESIZER):
                raise ValueError("an ensemble with the aggregation synthesis needs the slot 'synthesizer'")
            case EnsembleConfig(aggregation=Aggregation.BEST_OF) if not self.slot(JUDGE):
                raise ValueError("an ensemble with the aggregation best_of needs the slot 'judge'")
            case DebateConfig(consensus=Consensus.MEDIATOR) if not self.slot(MEDIATOR):
                raise ValueError("a debate with the consensus mediator needs the slot 'mediator'")
            case _:
                pass

    def _weights_are_of_somebody(self) -> None:
        match self.config:
            case EnsembleConfig(weights=weights):
                slot = MEMBERS
            case DebateConfig(weights=weights):
                slot = DEBATERS
            case CrossCheckConfig(weights=weights):
                slot = VALIDATORS
            case _:
                return
        names = self.slot(slot)
        if foreign := sorted(weights.keys() - set(names)):
            raise ValueError(f"weights names {foreign[0]!r}, and the {slot} are: {', '.join(dict.fromkeys(names))}")
        if not any(weights.get(name, 1) for name in names):
            raise ValueError(f"the weights of all {slot} are 0, so nobody counts")


def _free_node(name: str, seen: Counter[str], taken: Collection[str]) -> str:
    """Nodes become keys: `ann-2` is the second ann, or the third where an agent is called ann-2."""
    node = ""
    while not node or node in taken:
        seen[name] += 1
        node = name if seen[name] == 1 else f"{name}-{seen[name]}"
    return node
