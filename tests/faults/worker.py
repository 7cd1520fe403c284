"""A process that works, or serves one request, until its fault: `python -m tests.faults.worker`.

Starting Python and importing the product takes a second, so this is done once: for each line on standard input, a case
as JSON, it forks a child that carries the case out, and answers with the child's exit code.
"""

import asyncio
import json
import os
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import httpx

from agent_runner.agents.coder.coder import CoderAgent
from agent_runner.agents.host.agent import HostAgent
from agent_runner.agents.registry import AgentRegistry
from agent_runner.agents.simple import SimpleAgent
from agent_runner.api.app import create_app
from agent_runner.domain.catalog import OF_TOPOLOGIES
from agent_runner.domain.retry import RetryPolicy
from agent_runner.errors import AgentRunnerError
from agent_runner.hosts.environment import Environments
from agent_runner.hosts.manifest import read_host
from agent_runner.hosts.shelf import BUNDLED
from agent_runner.runners.agent import TopologyAgent
from agent_runner.settings import Settings, environment_for_installers
from agent_runner.store.database import Database
from agent_runner.store.workers import NewWorker
from agent_runner.worker.loop import Worker, WorkerOptions
from tests.faults.asking import AskingAgent
from tests.faults.boundary import Boundaries, Fault, Kind, WatchedModel
from tests.sandboxes import tried_sandboxes

LEASE_SECONDS: Final = 6.0
LONGEST_CASE_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    path: str
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A worker that empties the queue, or a request to an API of its own. `directory` gets what is to be told."""

    url: str
    directory: str
    boundary: str = ""
    kind: Kind | None = None
    request: Request | None = None

    def as_line(self) -> str:
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def from_line(cls, line: str) -> "Case":
        given = json.loads(line)
        request = given.pop("request")
        kind = given.pop("kind")
        return cls(**given, kind=kind and Kind(kind), request=request and Request(**request))

    @property
    def calls(self) -> Path:
        """A line for each model call."""
        return Path(self.directory) / "calls"

    @property
    def notes(self) -> Path:
        """A line for each thing that the agent that asks has really done."""
        return Path(self.directory) / "notes"

    @property
    def passed(self) -> Path:
        """The boundaries that a surviving process has passed."""
        return Path(self.directory) / "passed"

    @property
    def answer(self) -> Path:
        """The status of the answer to the request."""
        return Path(self.directory) / "answer"


async def carry_out(case: Case) -> None:
    boundaries = Boundaries(Fault(case.boundary, case.kind) if case.kind else None)
    boundaries.put_around_the_database()
    boundaries.put_around_git()
    async with asyncio.timeout(LONGEST_CASE_SECONDS):
        if case.request is None:
            await work(case, boundaries)
        else:
            status, _ = await ask(case.url, case.request)
            case.answer.write_text(str(status))
    case.passed.write_text(json.dumps(boundaries.passed))


async def work(case: Case, boundaries: Boundaries) -> None:
    """A worker that empties the queue, or stops because of its fault."""
    database = await Database.open(case.url)
    worker = await worker_on(database, case, boundaries)
    with suppress(AgentRunnerError):  # the fault
        await worker.drain()
    await database.close()


async def worker_on(database: Database, case: Case, boundaries: Boundaries) -> Worker:
    def beat() -> None:
        worker._heartbeat.beat_now()

    worker_id = f"worker-{os.getpid()}-{os.urandom(4).hex()}"
    record = NewWorker(
        id=worker_id, host="here", boot_id="", pid=os.getpid(), slots=4, model="demo", check_interval=1.0
    )
    options = WorkerOptions(
        database_url=case.url,
        concurrency=4,
        batch_size=4,
        check_interval=0.5,
        lease_seconds=LEASE_SECONDS,
        drain_seconds=0.0,
        retry=RetryPolicy(base_seconds=0),
        sandboxes=await tried_sandboxes(Path(case.directory).parent),
    )
    model = WatchedModel(case.calls, boundaries, beat)
    environments = Environments(
        Path(case.directory).parent / "environments", environment_for_installers(), lambda _: None
    )
    company = HostAgent(read_host(BUNDLED / "metagpt"), environments)
    agents = AgentRegistry(
        {"simple": SimpleAgent(), "asking": AskingAgent(case.notes), "coder": CoderAgent(), "metagpt": company},
        {OF_TOPOLOGIES: TopologyAgent()},
    )
    worker = Worker(database, agents, model, record, options)
    return worker


async def ask(url: str, request: Request) -> tuple[int, Any]:
    """One request to an API of its own, which ends afterwards."""
    app = create_app(Settings(_env_file=None, database_url=url))  # pyright: ignore[reportCallIssue]
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client,
    ):
        answer = await client.request(request.method, request.path, json=request.body, headers=request.headers)
    return answer.status_code, answer.json()


def main() -> None:
    import_module("agent_runner.agents.host.models")
    import_module("agent_runner.agents.coder.rounds")  # takes seconds, which no child should pay again
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(carried_out(Case.from_line(line)))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


def carried_out(case: Case) -> int:
    try:
        asyncio.run(carry_out(case))
    except BaseException:  # noqa: BLE001 - the boundary: a child must never go on as its parent
        traceback.print_exc()
        return 70
    return 0


if __name__ == "__main__":
    main()
