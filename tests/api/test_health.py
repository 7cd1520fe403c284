"""Health: what probes and people are told, also when the database cannot be used."""

import fcntl
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from agent_runner.api.deps import Services
from agent_runner.api.routes import health
from agent_runner.store.database import Database
from agent_runner.store.session import WriteSession
from tests.api.conftest import Hands, problem_in, queued


@pytest.fixture
def file(services: Services) -> Iterator[sqlite3.Connection]:
    """The database file, as another program opens it."""
    path = services.settings.database_url.removeprefix("sqlite:///")
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()


async def test_a_healthy_api_says_so_everywhere(client: httpx.AsyncClient) -> None:
    for path in ("/health", "/health/", "/health/live"):
        assert (await client.get(path)).json()["status"] == "ok"
    assert (await client.get("/health/ready")).json() == {"status": "ready", "reasons": []}


async def test_asking_whether_it_is_ready_leaves_nothing_behind(
    client: httpx.AsyncClient, file: sqlite3.Connection
) -> None:
    await client.get("/health/ready")
    assert file.execute("SELECT count(*) FROM workers").fetchone() == (0,)
    assert (await client.get("/worker/status")).json()["running"] is False


async def test_the_status_shows_database_workers_and_queue(client: httpx.AsyncClient, hands: Hands) -> None:
    await hands.sign_on(slots=3)
    await queued(client)
    await queued(client)
    await hands.take()
    report = (await client.get("/health/status")).json()
    assert report["status"] == "ok"
    assert report["database"]["usable"] is True
    assert report["database"]["kind"] == "sqlite"
    assert report["queue"] == {"queued": 1, "running": 1, "waiting": 0}
    assert [(worker["id"], worker["slots"]) for worker in report["workers"]] == [("hands", 3)]


async def test_missing_migrations_are_a_503_with_the_reason(
    client: httpx.AsyncClient, file: sqlite3.Connection
) -> None:
    file.execute("UPDATE alembic_version SET version_num = '0000'")
    problem = problem_in(await client.get("/health/ready"))
    assert (problem["status"], "revision 0000" in problem["detail"]) == (503, True)
    file.execute("DROP TABLE alembic_version")
    problem = problem_in(await client.get("/health/ready"))
    assert (problem["status"], "alembic_version" in problem["detail"]) == (503, True)
    assert (await client.get("/health/live")).status_code == 200
    assert (await client.get("/health/status")).json()["status"] == "degraded"


async def test_a_write_lock_that_somebody_keeps_is_a_503_and_passes(
    client: httpx.AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (services.database.run_directory / "write-lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with monkeypatch.context() as hurried:
            hurried.setattr(health, "LONGEST_TRY_SECONDS", 0.1)
            problem = problem_in(await client.get("/health/ready"))
        assert (problem["status"], "did not answer" in problem["detail"]) == (503, True)
        assert (await client.get("/health/live")).status_code == 200
    assert (await client.get("/health/ready")).status_code == 200


async def test_a_database_that_is_full_is_a_507_and_goes_on_when_there_is_room(
    client: httpx.AsyncClient, database: Database
) -> None:
    async def let_it_have(pages: int) -> None:
        def work(session: WriteSession) -> None:
            session.execute(text(f"PRAGMA max_page_count = {pages}"))

        await database.write(work)

    await let_it_have(1)
    full = await client.post("/runs", json={"goal": "x" * 60_000})
    while full.status_code == 201:
        full = await client.post("/runs", json={"goal": "x" * 60_000})
    problem = problem_in(full)
    assert (problem["status"], problem["type"]) == (507, "urn:agent-runner:store-full")
    assert problem["next_step"]
    assert (await client.get("/runs")).status_code == 200
    await let_it_have(1_000_000)
    assert (await client.post("/runs", json={"goal": "x" * 60_000})).status_code == 201


async def test_a_disk_without_room_is_a_503_with_the_reason(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 2**62)
    problem = problem_in(await client.get("/health/ready"))
    assert (problem["status"], "bytes are free" in problem["detail"]) == (503, True)


async def test_tables_that_are_gone_are_a_503_not_a_500(client: httpx.AsyncClient, file: sqlite3.Connection) -> None:
    file.execute("PRAGMA foreign_keys = OFF")
    file.execute("DROP TABLE runs")
    for method, path in (("GET", "/runs"), ("GET", "/runs/1/events"), ("POST", "/runs/1/cancel")):
        assert problem_in(await client.request(method, path))["status"] == 503
    assert problem_in(await client.post("/runs", json={"goal": "x"}))["status"] == 503


def test_the_path_of_the_database_is_not_told(settings: object, tmp_path: Path) -> None:
    assert "database_url" not in health.DatabaseHealth.model_fields
