"""What is asked of an agent of a topology."""

from dataclasses import dataclass

from agent_runner.domain.agent_type import AgentType
from agent_runner.domain.outcome import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What an agent was asked before, and what it has answered."""

    key: str
    message: str
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`key` is a stable path, the same in every attempt and on every runner, such as `debate/round-2/pro`.

    `node` is the agent's place in the topology, as its graph shows it. `instructions` are the pattern's, said to the
    agent after its own: how it must end its answer, for example.
    """

    key: str
    node: str
    agent: AgentType
    message: str
    instructions: str = ""
    retries: int = 0
    """Further tries beyond those of the agent's own config."""
    earlier: tuple[Exchange, ...] = ()
    """What was said in this topology before, by everybody, in an order that no runner changes."""
