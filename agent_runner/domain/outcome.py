"""What a topology comes to: one typed outcome for each pattern. `output` is what the next reader goes on with."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from agent_runner.domain.budget import Consumed
from agent_runner.domain.topology import Aggregation, Consensus, Pattern


class Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reply(Said):
    """What an agent has answered. `node` tells agents of one topology apart; a part's begin with the part's name."""

    node: str
    agent: str
    text: str
    data: JsonValue = Field(default=None, description="The answer as JSON, where its output format is that.")
    is_demo: bool = Field(default=False, description="No model was used.")
    consumed: Consumed = Field(default=Consumed(), description="By all model calls that led to it.")


class Failure(Said):
    """An agent that gave no answer, where the topology goes on without."""

    node: str
    agent: str
    error: str


class Outcome(Said):
    output: str
    failures: tuple[Failure, ...] = ()


class PipelineOutcome(Outcome):
    type: Literal[Pattern.PIPELINE] = Pattern.PIPELINE
    stages: tuple[Reply, ...]


class EnsembleOutcome(Outcome):
    type: Literal[Pattern.ENSEMBLE] = Pattern.ENSEMBLE
    aggregation: Aggregation
    answers: tuple[Reply, ...]
    votes: dict[str, float] = Field(default={}, description="By answer; of `vote` and `weighted`.")
    value: float | None = Field(default=None, description="Of `average`, and of `weighted` where all are numbers.")
    chosen: str | None = Field(default=None, description="Whose answer it is, where it is one of them.")


class Position(Said):
    node: str
    text: str
    position: str


class DebateOutcome(Outcome):
    type: Literal[Pattern.DEBATE] = Pattern.DEBATE
    rounds: tuple[tuple[Position, ...], ...]
    consensus: Consensus
    is_reached: bool
    support: float = Field(description="The share of the weights behind the output, from 0 to 1.")
    mediation: str | None = None


class Escalation(Said):
    level: int
    node: str
    reason: str


class ChainOutcome(Outcome):
    type: Literal[Pattern.CHAIN_OF_COMMAND] = Pattern.CHAIN_OF_COMMAND
    level: int = Field(description="Which has decided, from 1.")
    is_decided: bool = Field(description="False where the last level that may be asked would escalate as well.")
    escalations: tuple[Escalation, ...] = ()
    answers: tuple[Reply, ...] = Field(description="Of all levels that were asked, the first one first.")


class Assignment(Said):
    task: str
    capability: str | None
    node: str
    text: str | None = Field(description="null where it failed.")


class DelegationOutcome(Outcome):
    type: Literal[Pattern.DELEGATION] = Pattern.DELEGATION
    assignments: tuple[Assignment, ...]
    load: dict[str, int] = Field(description="How many tasks each worker was given.")
    left_out: int = Field(default=0, description="Tasks of the plan that were more than may be given.")


class Verdict(Said):
    node: str
    accepts: bool
    reason: str


class CrossCheckOutcome(Outcome):
    type: Literal[Pattern.CROSS_CHECK] = Pattern.CROSS_CHECK
    is_accepted: bool
    revisions: int
    verdicts: tuple[tuple[Verdict, ...], ...] = Field(description="Of each version, the first one first.")


class PartOutcome(Said):
    name: str = Field(description="Its node: the name of the topology, `review-2` the second time.")
    outcome: "AnyOutcome"


class CompoundOutcome(Outcome):
    type: Literal[Pattern.COMPOUND] = Pattern.COMPOUND
    parts: tuple[PartOutcome, ...]


AnyOutcome = Annotated[
    PipelineOutcome
    | EnsembleOutcome
    | DebateOutcome
    | ChainOutcome
    | DelegationOutcome
    | CrossCheckOutcome
    | CompoundOutcome,
    Field(discriminator="type"),
]
PartOutcome.model_rebuild()
CompoundOutcome.model_rebuild()
