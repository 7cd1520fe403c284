"""A team of each pattern, and compounds of them, with agents that any pattern can make something of."""

from collections.abc import Callable
from typing import Any, Final

from agent_runner.agents.typed.call import Call
from agent_runner.domain.agent_type import AgentConfig, AgentType
from agent_runner.domain.composition import Composition, compose
from agent_runner.domain.outcome import Reply
from agent_runner.domain.topology import (
    Aggregation,
    ChainOfCommandConfig,
    CompoundConfig,
    Consensus,
    CrossCheckConfig,
    DebateConfig,
    DelegationConfig,
    EnsembleConfig,
    OnFailure,
    PatternConfig,
    PipelineConfig,
    TopologyType,
)
from agent_runner.errors import AgentFailed

AGENTS: Final = {
    name: AgentType(name=name, config=AgentConfig(system_prompt=f"You are {name}.", capabilities=("writing",)))
    for name in ("ann", "bob", "cid", "dot")
}

Answering = Callable[[Call], str]
"""What an agent says. Raises AgentFailed."""


def topology(name: str, config: Any, **slots: tuple[str, ...]) -> TopologyType:
    return TopologyType(name=name, config=config, slots=slots)


def teams(on_failure: OnFailure = OnFailure.FAIL) -> dict[str, TopologyType]:
    """By name; the compounds stand on the others. The patterns that can do without somebody do what is said."""
    how: Any = {"on_failure": on_failure, "quorum": 1 if on_failure is OnFailure.QUORUM else None}
    levels: Any = {"level-1": ("ann", "bob"), "level-2": ("cid",), "level-3": ("dot",)}
    found = (
        topology("pipe", PipelineConfig(**how), stages=("ann", "bob", "ann")),
        topology("answers", EnsembleConfig(**how), members=("ann", "bob", "cid"), synthesizer=("dot",)),
        topology("votes", EnsembleConfig(aggregation=Aggregation.VOTE, **how), members=("ann", "bob", "cid")),
        topology(
            "contest", EnsembleConfig(aggregation=Aggregation.BEST_OF, **how), members=("ann", "bob"), judge=("dot",)
        ),
        topology("talk", DebateConfig(max_rounds=3, **how), debaters=("ann", "bob"), mediator=("dot",)),
        topology(
            "mediated",
            DebateConfig(max_rounds=2, consensus=Consensus.MEDIATOR, **how),
            debaters=("ann", "bob"),
            mediator=("dot",),
        ),
        topology("ranks", ChainOfCommandConfig(max_escalations=1, **how), **levels),
        topology("work", DelegationConfig(max_tasks=3, **how), coordinator=("ann",), workers=("bob", "cid")),
        topology("review", CrossCheckConfig(max_revisions=2, **how), author=("ann",), validators=("bob", "cid", "dot")),
        topology("in-turn", CompoundConfig(**how), parts=("talk", "review", "talk")),
        topology(
            "at-once", CompoundConfig(is_parallel=True, **how), parts=("talk", "pipe", "work"), synthesizer=("cid",)
        ),
        topology("deep", CompoundConfig(is_parallel=True, **how), parts=("in-turn", "at-once", "contest")),
    )
    return {each.name: each for each in found}


def composed(name: str, on_failure: OnFailure = OnFailure.FAIL, *, parts_fail: bool = False) -> Composition:
    """`parts_fail`: only the outermost does what `on_failure` says."""
    there = teams(on_failure)
    if parts_fail:
        there = teams() | {name: there[name]}
    return compose(there[name], AGENTS, there)


def reply_of(call: Call, said: str) -> Reply:
    return Reply(node=call.node, agent=call.agent.name, text=said)


__all__ = ["AGENTS", "AgentFailed", "Answering", "PatternConfig", "composed", "reply_of", "teams", "topology"]
