"""Whether the API can do its work: the truth on a real server that is stopped, frozen and started again."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from fastapi import FastAPI

from agent_runner.api.app import create_app
from agent_runner.api.routes import health
from agent_runner.settings import Settings
from agent_runner.store.database import Database
from agent_runner.store.sqlite import SqliteBackend
from scripts.postgres_server import PostgresServer, running_postgres, server_user
from tests.api.conftest import client_of, problem_in, settings_at
from tests.databases import order


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with running_postgres(fsync="off") as server:
        yield server


@pytest.fixture
async def on_postgres(server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FastAPI]:
    settings: Settings = settings_at(tmp_path_factory.mktemp("api"), database_url=server.url())
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def probe(on_postgres: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(on_postgres) as client:
        assert (await client.get("/health/ready")).status_code == 200
        yield client


async def reason_of(client: httpx.AsyncClient) -> str:
    """Why it is not ready, said in bounded time, while the process is alive all along."""
    began = time.monotonic()
    problem = problem_in(await client.get("/health/ready"))
    assert time.monotonic() - began < health.LONGEST_TRY_SECONDS + 1
    assert problem["status"] == 503
    assert (await client.get("/health/live")).status_code == 200
    assert (await client.get("/health/status")).json()["status"] == "degraded"
    return problem["detail"]


async def is_back(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(20):
        while (await client.get("/health/ready")).status_code != 200:
            await asyncio.sleep(0.05)
    assert (await client.get("/health/status")).json()["status"] == "ok"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
async def test_a_server_that_is_gone_is_a_503_and_passes(
    probe: httpx.AsyncClient, server: PostgresServer, how: signal.Signals
) -> None:
    await asyncio.to_thread(server.stop, how)
    assert "cannot be reached" in await reason_of(probe) + await reason_of(probe)
    await asyncio.to_thread(server.start)
    await is_back(probe)


async def test_a_server_that_hangs_is_a_503_and_passes(
    probe: httpx.AsyncClient, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "LONGEST_TRY_SECONDS", 0.3)
    server.freeze()
    try:
        reasons = [await reason_of(probe) for _ in range(3)]
    finally:
        server.go_on()
        monkeypatch.undo()
    assert "did not answer" in reasons[0]
    await is_back(probe)


async def test_a_standby_is_a_503_until_it_leads(probe: httpx.AsyncClient, server: PostgresServer) -> None:
    mark = server.directory / "standby.signal"
    await asyncio.to_thread(server.stop)
    mark.touch()
    if (owner := server_user()) is not None:
        os.chown(mark, owner, owner)
    await asyncio.to_thread(server.start)
    try:
        async with asyncio.timeout(20):
            while "standby" not in await reason_of(probe):
                await asyncio.sleep(0.05)
    finally:
        await asyncio.to_thread(promote, server)
    await is_back(probe)


def promote(server: PostgresServer) -> None:
    """By a start without the mark."""
    server.stop()
    (server.directory / "standby.signal").unlink()
    server.start()


@pytest.mark.parametrize(
    ("broken", "mended", "reason"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "UPDATE alembic_version SET version_num = '{}'", "9999"),
        ("ALTER TABLE alembic_version RENAME TO gone", "ALTER TABLE gone RENAME TO alembic_version", "alembic_version"),
    ],
)
async def test_tables_of_another_version_are_a_503(
    probe: httpx.AsyncClient, server: PostgresServer, broken: str, mended: str, reason: str
) -> None:
    await asyncio.to_thread(order, server.url(), broken)
    assert reason in await reason_of(probe)
    await asyncio.to_thread(order, server.url(), mended.format(health.HEAD))
    await is_back(probe)


async def test_a_file_that_can_only_be_read_is_a_503_and_passes(client: httpx.AsyncClient, database: Database) -> None:
    await say(database, "PRAGMA query_only = ON")
    assert "readonly" in await reason_of(client)
    await say(database, "PRAGMA query_only = OFF")
    await is_back(client)


async def say(database: Database, statement: str) -> None:
    """To the one connection that writes, in its own thread."""
    backend = database._backend
    assert isinstance(backend, SqliteBackend)

    def work() -> None:
        backend._writer.raw_connection().cursor().execute(statement)

    await asyncio.get_running_loop().run_in_executor(backend._thread, work)
