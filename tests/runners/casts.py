"""A topology of each pattern, small enough to be played often.

Agents are told apart by their prompts, and no two questions are the same, so that a call is known by what it asks.
"""

from typing import Final

from agent_runner.domain.agent_type import AgentConfig, AgentType, Role
from agent_runner.domain.composition import Composition, compose
from agent_runner.domain.topology import (
    ChainOfCommandConfig,
    CompoundConfig,
    Consensus,
    CrossCheckConfig,
    DebateConfig,
    DelegationConfig,
    EnsembleConfig,
    OnFailure,
    PipelineConfig,
    TopologyType,
)


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
        agent("eve", Role.PLANNER),
    )
}

PIPELINE: Final = TopologyType(name="my-pipeline", config=PipelineConfig(), slots={"stages": ("ann", "bob", "ann")})
ENSEMBLE: Final = TopologyType(
    name="my-ensemble", config=EnsembleConfig(), slots={"members": ("ann", "bob"), "synthesizer": ("dot",)}
)
DEBATE: Final = TopologyType(
    name="my-debate",
    config=DebateConfig(max_rounds=2, consensus=Consensus.UNANIMOUS),
    slots={"debaters": ("ann", "bob", "cid"), "mediator": ("dot",)},
)
CHAIN: Final = TopologyType(
    name="my-chain", config=ChainOfCommandConfig(), slots={"level-1": ("ann", "bob"), "level-2": ("dot",)}
)
DELEGATION: Final = TopologyType(
    name="my-delegation", config=DelegationConfig(), slots={"coordinator": ("dot",), "workers": ("ann", "bob", "cid")}
)
CROSS_CHECK: Final = TopologyType(
    name="my-cross-check",
    config=CrossCheckConfig(on_failure=OnFailure.SKIP),
    slots={"author": ("eve",), "validators": ("bob", "cid")},
)
COMPOUND: Final = TopologyType(
    name="my-compound",
    config=CompoundConfig(is_parallel=True),
    slots={"parts": ("my-ensemble", "my-cross-check"), "synthesizer": ("dot",)},
)
TOPOLOGIES: Final = (PIPELINE, ENSEMBLE, DEBATE, CHAIN, DELEGATION, CROSS_CHECK, COMPOUND)


def composed(topology: TopologyType, *, runner: str = "local") -> Composition:
    return compose(topology, AGENTS, {each.name: each for each in TOPOLOGIES}, runner=runner)
