"""Real workers over a real database, with agents that a test can steer."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import pytest
from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.agents.registry import AgentRegistry
from agent_runner.domain.retry import RetryPolicy
from agent_runner.llm.base import ModelAnswer, ModelRequest
from agent_runner.llm.conversation import Conversation, Reply
from agent_runner.store.database import Database
from agent_runner.store.events import events_after
from agent_runner.store.new_runs import NewRun, create_runs
from agent_runner.store.run_queries import RunRecord, get_run
from agent_runner.store.workers import NewWorker
from agent_runner.worker.loop import Worker, WorkerOptions

Work = Callable[[RunContext], Awaitable[dict[str, JsonValue]]]


class FunctionAgent:
    """An agent made of a function."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def run(self, context: RunContext) -> dict[str, JsonValue]:
        return await self._work(context)


class CountingModel:
    """Answers at once, and remembers what it was asked."""

    name = "scripted"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.is_estimated = False
        self.cost_usd: float | None = None

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        self.asked.append(request.prompt)
        return ModelAnswer(
            text=f"answer to {request.prompt}",
            model=self.name,
            input_tokens=10,
            output_tokens=5,
            is_estimated=self.is_estimated,
            cost_usd=self.cost_usd,
        )

    async def converse(self, conversation: Conversation) -> Reply:
        raise AssertionError(f"nobody asked for tools: {conversation.text}")

    async def close(self) -> None:
        pass


class House:
    """A database, and as many workers as a test wants."""

    def __init__(self, url: str, database: Database) -> None:
        self.url = url
        self.database = database
        self.model = CountingModel()
        self._workers = 0

    def worker(self, agents: Mapping[str, Work], **changes: Any) -> Worker:
        self._workers += 1
        options: dict[str, Any] = {
            "database_url": self.url,
            "concurrency": 8,
            "batch_size": 4,
            "check_interval": 30.0,
            "lease_seconds": 30.0,
            "drain_seconds": 0.0,
            "retry": RetryPolicy(base_seconds=0),
        }
        record = NewWorker(
            id=f"worker-{self._workers}",
            host="here",
            boot_id="",
            pid=os.getpid(),
            slots=8,
            model="scripted",
            check_interval=30,
        )
        registry = AgentRegistry({name: FunctionAgent(work) for name, work in agents.items()})
        return Worker(self.database, registry, self.model, record, WorkerOptions(**(options | changes)))

    async def queue(self, **changes: Any) -> int:
        fields: dict[str, Any] = {
            "goal": "Say hello",
            "agent": "simple",
            "input": "{}",
            "config": "{}",
            "max_attempts": 3,
            "time_limit_seconds": 60.0,
        }
        return (await self.database.write_together(create_runs, NewRun(**(fields | changes)))).id

    async def run(self, run_id: int) -> RunRecord:
        return await self.database.read(get_run, run_id)

    async def events(self, run_id: int) -> list[dict[str, Any]]:
        page = await self.database.read(events_after, run_id, 0, 500)
        assert [event_id for event_id, _ in page.events] == list(range(1, len(page.events) + 1))
        return [json.loads(text) for _, text in page.events]

    async def types(self, run_id: int) -> list[str]:
        return [event["event_type"] for event in await self.events(run_id)]

    async def until(self, run_id: int, status: str) -> RunRecord:
        async with asyncio.timeout(10):
            while (run := await self.run(run_id)).status != status:
                await asyncio.sleep(0.005)
        return run


@pytest.fixture
async def house(new_url: str) -> AsyncIterator[House]:
    database = await Database.open(new_url)
    yield House(new_url, database)
    await database.close()
