"""The agents a worker can run, by name."""

from collections.abc import Mapping
from typing import Final, assert_never

from agent_runner.agents.acp.agent import AcpAgent
from agent_runner.agents.base import Agent
from agent_runner.agents.coder.coder import CoderAgent
from agent_runner.agents.host.agent import Environments, HostAgent
from agent_runner.agents.mgx import MOST_ROUNDS
from agent_runner.agents.mgx.mgx import MgxAgent
from agent_runner.agents.simple import SimpleAgent
from agent_runner.domain.catalog import host_of
from agent_runner.errors import PermanentAgentError
from agent_runner.hosts.manifest import Host, Speaks

NO_FAMILIES: Final[Mapping[str, Agent]] = {}


class AgentRegistry:
    """Only what works is in here; agents keep nothing between runs, so that one serves all."""

    def __init__(self, agents: Mapping[str, Agent], families: Mapping[str, Agent] = NO_FAMILIES) -> None:
        """`families`: one agent for all names that begin so."""
        self._agents = dict(agents)
        self._families = dict(families)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._agents)

    def get(self, name: str) -> Agent:
        """Raises PermanentAgentError when this worker has no agent of that name."""
        family = (agent for beginning, agent in self._families.items() if name.startswith(beginning))
        agent = self._agents.get(name) or next(family, None)
        if agent is None:
            known = ", ".join(sorted(self._agents)) or "none"
            hosts = "; a worker reads its hosts when it starts: restart it for a new one" if host_of(name) else ""
            raise PermanentAgentError(
                f"this worker has no agent {name!r}; it has: {known}{hosts}",
                next_step="name one of these, or start a worker that has it",
            )
        return agent


def agent_of(host: Host, environments: Environments) -> Agent:
    """Who speaks to a host."""
    match host.manifest.speaks:
        case Speaks.HOST:
            return HostAgent(host, environments)
        case Speaks.ACP:
            return AcpAgent(host, environments.variables(host))
        case _:
            assert_never(host.manifest.speaks)


def default_registry(
    hosts: Mapping[str, Agent], families: Mapping[str, Agent] = NO_FAMILIES, *, mgx_max_rounds: int = MOST_ROUNDS
) -> AgentRegistry:
    """`hosts`: the agents that are programs in environments of their own, by all their names."""
    ours = {"simple": SimpleAgent(), "coder": CoderAgent(), "mgx": MgxAgent(max_rounds=mgx_max_rounds)}
    return AgentRegistry({**ours, **hosts}, families)
