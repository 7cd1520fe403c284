"""Agents that do nothing, so that what is measured is everything else."""

import asyncio
import time
from typing import TYPE_CHECKING, Final

from pydantic import JsonValue

from agent_runner.agents.base import Agent, RunContext
from agent_runner.agents.registry import AgentRegistry
from agent_runner.domain.events import Message
from agent_runner.llm.base import ModelAnswer, ModelRequest
from scripts.bench.peers.inside.protocol import ran

if TYPE_CHECKING:
    from agent_runner.llm.conversation import Conversation, Reply

EVENTS_A_RUN: Final = 4


class NoopAgent:
    """Emits four events and ends; its result says when it began, by the clock that all processes share."""

    async def run(self, context: RunContext) -> dict[str, JsonValue]:
        began = time.monotonic_ns()
        for number in range(EVENTS_A_RUN):
            context.emit(Message(content=f"event {number}"))
        return {"began_ns": began}


class MarkingAgent:
    """As NoopAgent; that it ran is said as the jobs of other queues say it."""

    async def run(self, context: RunContext) -> dict[str, JsonValue]:
        for number in range(EVENTS_A_RUN):
            context.emit(Message(content=f"event {number}"))
        ran(context.run_id)
        return {}


class WaitingAgent:
    """Waits until it is stopped, or its worker is killed."""

    async def run(self, context: RunContext) -> dict[str, JsonValue]:
        await asyncio.Event().wait()
        raise AssertionError(f"nobody ends the wait of run {context.run_id}")


class NoModel:
    """Fulfils llm.base.Model; nobody here asks it."""

    name = "none"

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        raise AssertionError(f"a benchmark's agent asked a model: {request.prompt}")

    async def converse(self, conversation: "Conversation") -> "Reply":
        raise AssertionError(f"a benchmark's agent asked a model: {conversation.text}")

    async def close(self) -> None:
        pass


def registry_of(agent: Agent) -> AgentRegistry:
    """Every run goes to this agent: the API accepts no names that it does not know."""
    return AgentRegistry({"simple": agent})
