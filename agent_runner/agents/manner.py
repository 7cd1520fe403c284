"""How an agent with tools may work."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pydantic import JsonValue

from agent_runner.agents.tries import ONE_TRY, Tries
from agent_runner.llm.base import Spent
from agent_runner.llm.conversation import DemoScript


async def nothing() -> None:
    """Who wants to do nothing before a model call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """`agent_role` stands on its events; `model` is one of its own, instead of the run's."""

    agent_role: str | None = None
    model: str | None = None
    tries: Tries = ONE_TRY
    is_cacheable: bool = False
    """Whether an earlier answer is as good; a run can say so for all its agents."""
    most_model_calls: int = 50
    most_tool_calls: int = 200
    turns_before: int = 0
    """How many model calls of earlier work stand under the same key: the first of this one is the next number."""
    demo: DemoScript | None = None
    """Answers instead of a model where none is configured."""
    heed: Callable[[JsonValue], None] | None = None
    """Gets the metadata of every tool call that succeeded, also of one that is replayed, in their order."""
    before_call: Callable[[], Awaitable[None]] = nothing
    """Awaited before each model call, not before one that is replayed."""
    paid: Callable[[Spent], None] | None = None
    """Gets what each model call has consumed, also of one that is replayed."""
