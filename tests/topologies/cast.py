"""Small topologies for tests, with an agent of any name that they mention."""

from typing import Any

from agent_runner.agents.typed.call import Call
from agent_runner.domain.agent_type import AgentConfig, AgentType
from agent_runner.domain.composition import Composition, compose
from agent_runner.domain.outcome import AnyOutcome
from agent_runner.domain.topology import TopologyType
from agent_runner.errors import AgentFailed
from agent_runner.topologies.play import play
from tests.topologies.memory_stage import Line, MemoryStage, lines

TASK = "Red or blue?"
BROKEN = AgentFailed("the model did not answer")


def topology(type_: str, slots: dict[str, Any], name: str = "team", **config: Any) -> TopologyType:
    return TopologyType.model_validate({"name": name, "config": {"type": type_, **config}, "slots": slots})


def agent(name: str, *capabilities: str) -> AgentType:
    return AgentType(name=name, config=AgentConfig(capabilities=capabilities))


def composed(whole: TopologyType, *parts: TopologyType, agents: tuple[AgentType, ...] = ()) -> Composition:
    named = {each.name: each for each in agents}
    mentioned = {name for each in (whole, *parts) for name in each.agents}
    return compose(
        whole,
        {name: named.get(name) or AgentType(name=name) for name in mentioned},
        {part.name: part for part in parts},
    )


class Played:
    """What became of it, and what was asked for it."""

    def __init__(self, stage: MemoryStage, outcome: AnyOutcome) -> None:
        self.outcome: Any = outcome
        self.stage = stage
        self.keys = [call.key for call in stage.calls]

    def call(self, key: str) -> Call:
        return next(call for call in self.stage.calls if call.key == key)


async def perform(composition: Composition, said: dict[str, Line | list[Line]], *, otherwise: Line = "ok") -> Played:
    stage = MemoryStage(lines(said, otherwise=otherwise))
    return Played(stage, await play(stage, composition, TASK))
