"""A stage for hosts."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent_runner.entry.worker import fastest_loop
from agent_runner.store.database import Database
from agent_runner.store.verify import verify
from tests.databases import copy_of
from tests.hosts.stage import Stage
from tests.sandboxes import tried_sandboxes
from tests.worker.conftest import House

Play = Callable[[Callable[[Stage], Awaitable[None]]], None]


@pytest.fixture
def new_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Hosts are told from the database by the context, which has tests on both."""
    return copy_of(sqlite_template, tmp_path)


@asynccontextmanager
async def opened_stage(url: str, directory: Path, tried_in: Path) -> AsyncGenerator[Stage]:
    database = await Database.open(url)
    sandboxes = await tried_sandboxes(tried_in)
    yield Stage(House(url, database), directory, sandboxes)
    assert [violation.sentence for violation in await database.read(verify, idle=False)] == []
    await database.close()


@pytest.fixture
async def stage(new_url: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with opened_stage(new_url, tmp_path / "hosts", tmp_path_factory.getbasetemp()) as stage:
        yield stage


@pytest.fixture
def play(new_url: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Play:
    """On the event loop of a worker, whose streams differ from asyncio's own in what they raise."""

    async def scene(work: Callable[[Stage], Awaitable[None]]) -> None:
        async with opened_stage(new_url, tmp_path / "hosts", tmp_path_factory.getbasetemp()) as stage:
            async with asyncio.timeout(15):
                await work(stage)

    def run(work: Callable[[Stage], Awaitable[None]]) -> None:
        with asyncio.Runner(loop_factory=fastest_loop) as runner:
            runner.run(scene(work))

    return run
