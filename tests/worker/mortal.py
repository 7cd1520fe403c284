"""A worker process that kills itself within a tool, once: `python -m tests.worker.mortal DATABASE MODEL MARK`.

MARK is a file: while it is missing, the tool `multiply` makes it and dies; afterwards it multiplies.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from pydantic import JsonValue
from pydantic_ai import Agent

from agent_runner.agents.base import RunContext
from agent_runner.agents.registry import AgentRegistry
from agent_runner.agents.tool_loop import run_agent
from agent_runner.domain.retry import RetryPolicy
from agent_runner.llm.endpoint import Endpoint, Provider
from agent_runner.llm.failure import Patience
from agent_runner.llm.provider import RemoteModel
from agent_runner.store.database import Database
from agent_runner.store.steps import journal
from agent_runner.store.workers import NewWorker
from agent_runner.worker.loop import Worker, WorkerOptions

LEASE_SECONDS = 2.0


class Calculator:
    """Adds and multiplies at the same time; dies while it multiplies, once the sum is in the journal."""

    def __init__(self, database: Database, mark: Path) -> None:
        self._database = database
        self._mark = mark

    async def run(self, context: RunContext) -> dict[str, JsonValue]:
        agent = Agent(name="calculator")

        @agent.tool_plain
        async def add(a: int, b: int) -> int:
            self._note(f"add {a} {b}")
            return a + b

        @agent.tool_plain
        async def multiply(a: int, b: int) -> int:
            self._note(f"multiply {a} {b}")
            while "work/1/add-1" not in await self._database.read(journal, context.run_id):
                await asyncio.sleep(0.01)
            if self._mark.read_text().count("multiply") == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            return a * b

        del add, multiply
        done = await run_agent(context, "work", agent, context.goal)
        return {"summary": done.output}

    def _note(self, line: str) -> None:
        with self._mark.open("a") as file:
            file.write(f"{line}\n")


async def work(database_url: str, model_url: str, mark: Path) -> None:
    database = await Database.open(database_url)
    endpoint = Endpoint(provider=Provider.OPENAI, model="scripted", base_url=f"{model_url}/v1")
    model = RemoteModel(endpoint, Patience(timeout_seconds=5, max_retries=1))
    record = NewWorker(
        id=f"mortal-{os.getpid()}",
        host="here",
        boot_id="",
        pid=os.getpid(),
        slots=1,
        model=model.name,
        check_interval=1,
    )
    options = WorkerOptions(
        database_url=database_url,
        concurrency=1,
        batch_size=1,
        check_interval=0.2,
        lease_seconds=LEASE_SECONDS,
        drain_seconds=0.0,
        retry=RetryPolicy(base_seconds=0),
    )
    await Worker(database, AgentRegistry({"simple": Calculator(database, mark)}), model, record, options).drain()
    await model.close()
    await database.close()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
