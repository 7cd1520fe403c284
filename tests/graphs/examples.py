"""A topology of each pattern, and topologies within topologies."""

from collections.abc import Sequence
from typing import Any, Final

from agent_runner.domain.agent_type import AgentType, Role
from agent_runner.domain.composition import Composition, compose
from agent_runner.domain.graph import Graph, graph_of
from agent_runner.domain.topology import TopologyType

ROLES: Final = {
    "ann": Role.EXECUTOR,
    "bob": Role.EXECUTOR,
    "cid": Role.CRITIC,
    "dot": Role.SYNTHESIZER,
    "eve": Role.COORDINATOR,
}
AGENTS: Final = {name: AgentType(name=name, role=role) for name, role in ROLES.items()}


def topology(name: str, pattern: str, slots: dict[str, Sequence[str]], **config: Any) -> TopologyType:
    return TopologyType.model_validate({"name": name, "config": {"type": pattern, **config}, "slots": slots})


TOPOLOGIES: Final = {
    each.name: each
    for each in (
        topology("line", "pipeline", {"stages": ["ann", "bob", "ann"]}),
        topology("research", "ensemble", {"members": ["ann", "bob"], "synthesizer": ["dot"]}),
        topology("poll", "ensemble", {"members": ["ann", "bob", "cid"]}, aggregation="vote"),
        topology("pick", "ensemble", {"members": ["ann", "bob"], "judge": ["cid"]}, aggregation="best_of"),
        topology("talk", "debate", {"debaters": ["ann", "bob", "cid"]}, max_rounds=2, consensus="unanimous"),
        topology("court", "debate", {"debaters": ["ann", "bob"], "mediator": ["eve"]}, consensus="mediator"),
        topology("appeal", "debate", {"debaters": ["ann", "bob"], "mediator": ["eve"]}, max_rounds=1),
        topology("office", "chain-of-command", {"level-1": ["ann", "bob"], "level-2": ["cid"], "level-3": ["eve"]}),
        topology("crew", "delegation", {"coordinator": ["eve"], "workers": ["ann", "bob"]}),
        topology("review", "cross-check", {"author": ["ann"], "validators": ["bob", "cid"]}),
        topology("plan", "compound", {"parts": ["research", "review", "research"]}),
        topology("article", "compound", {"parts": ["research", "review"]}),
        topology("digest", "compound", {"parts": ["research", "review"], "synthesizer": ["dot"]}),
        topology("both", "compound", {"parts": ["plan", "talk"], "synthesizer": ["dot"]}, is_parallel=True),
    )
}


def composed(of: str | TopologyType, *more: TopologyType) -> Composition:
    there = TOPOLOGIES | {each.name: each for each in more}
    return compose(there[of] if isinstance(of, str) else of, AGENTS, there)


def graph(of: str | TopologyType, *more: TopologyType) -> Graph:
    return graph_of(composed(of, *more))
