"""A topology of each pattern, small enough to be played often, with agents that are told apart by their prompts."""

from typing import Final

from agent_runner.domain.agent_type import AgentConfig, AgentType, Role
from agent_runner.domain.composition import Composition, compose
from agent_runner.domain.topology import PipelineConfig, TopologyType


def agent(name: str, role: Role = Role.SPECIALIST, *capabilities: str) -> AgentType:
    config = AgentConfig(system_prompt=f"You are {name}.", capabilities=capabilities)
    return AgentType(name=name, role=role, config=config)


AGENTS: Final = {
    each.name: each
    for each in (
        agent("ann", Role.EXECUTOR, "research"),
        agent("bob", Role.EXECUTOR, "writing"),
        agent("cid", Role.CRITIC, "writing"),
        agent("dot", Role.SYNTHESIZER),
    )
}

PIPELINE: Final = TopologyType(name="my-pipeline", config=PipelineConfig(), slots={"stages": ("ann", "bob", "ann")})


def composed(topology: TopologyType, *, runner: str = "local") -> Composition:
    return compose(topology, AGENTS, {each.name: each for each in (PIPELINE,)}, runner=runner)


TOPOLOGIES: Final = (PIPELINE,)
