"""A database, a process that forks those that are to die, and what must be true after each fault."""

import asyncio
import itertools
import json
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from agent_runner.domain.composition import Composition
from agent_runner.domain.run import FINAL_STATUSES, RunStatus
from agent_runner.store.database import Database
from agent_runner.store.events import events_after
from agent_runner.store.new_runs import NewRun, create_runs
from agent_runner.store.run_queries import RunFilter, RunRecord, get_run, list_runs
from agent_runner.store.runs import ClaimWanted, claim
from agent_runner.store.steps import journal
from agent_runner.store.verify import verify
from tests.faults.boundary import Boundaries
from tests.faults.worker import Case, Request, ask, worker_on

KILLED: Final = -9


class Nursery:
    """Where processes are born that have imported everything already."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.faults.worker"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def carry_out(self, case: Case) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(case.as_line())
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


class Scene:
    """One database on which case after case is carried out, each with a run of its own."""

    def __init__(self, url: str, database: Database, nursery: Nursery, directory: Path) -> None:
        self.database = database
        self._url = url
        self._nursery = nursery
        self._directory = directory
        self._numbers = itertools.count(1)

    def case(self, **fields: Any) -> Case:
        directory = self._directory / f"case-{next(self._numbers)}"
        directory.mkdir()
        return Case(url=self._url, directory=str(directory), **fields)

    async def suffer(self, case: Case) -> int:
        """Carries the case out in a process that may die of it; its exit code."""
        return await asyncio.to_thread(self._nursery.carry_out, case)

    async def queue_lost_run(
        self, agent: str = "simple", project_id: int | None = None, composition: Composition | None = None
    ) -> int:
        """A run that a worker claimed that is gone: taking it back is the first thing that the next worker does."""
        new = NewRun(
            goal="Say hello",
            agent=agent,
            input="{}",
            config="{}",
            project_id=project_id,
            composition=composition and composition.text,
            max_attempts=30,
            time_limit_seconds=60.0,
        )
        created = await self.database.write_together(create_runs, new)
        gone = ClaimWanted(worker_id="gone", model="demo", slots=1, lease_seconds=-1.0)
        assert [run.id for run in (await self.database.write(claim, gone)).runs] == [created.id]
        return created.id

    async def heal(self, case: Case, run_id: int, *, until: Collection[RunStatus] = FINAL_STATUSES) -> RunRecord:
        """A healthy worker goes on until the run has ended, or has come as far as is wanted."""
        worker = await worker_on(self.database, replace(case, boundary="", kind=None), Boundaries(None))
        working = asyncio.create_task(worker.run_forever())
        async with asyncio.timeout(15):
            while RunStatus((run := await self.run(run_id)).status) not in until and not working.done():
                await asyncio.sleep(0.005)
        worker.stop()
        await working
        return run

    async def ask(self, request: Request) -> tuple[int, Any]:
        """Of a healthy API."""
        return await ask(self._url, request)

    async def run(self, run_id: int) -> RunRecord:
        return await self.database.read(get_run, run_id)

    async def runs(self) -> Sequence[RunRecord]:
        return await self.database.read(list_runs, RunFilter(), after_id=None, limit=500)

    async def types(self, run_id: int) -> list[str]:
        page = await self.database.read(events_after, run_id, 0, 500)
        assert [event_id for event_id, _ in page.events] == list(range(1, len(page.events) + 1))
        return [json.loads(text)["event_type"] for _, text in page.events]

    async def steps(self, run_id: int) -> list[str]:
        return list(await self.database.read(journal, run_id))

    async def violations(self, *, idle: bool = True) -> list[str]:
        return [violation.sentence for violation in await self.database.read(verify, idle=idle)]


@pytest.fixture
async def scene(new_url: str, nursery: Nursery, tmp_path: Path) -> AsyncIterator[Scene]:
    database = await Database.open(new_url)
    yield Scene(new_url, database, nursery, tmp_path)
    await database.close()


def calls_of(case: Case) -> Counter[str]:
    """How often each step was asked of the model, over all workers."""
    return Counter(case.calls.read_text().split())
