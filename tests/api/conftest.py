"""The API over a real database: as an ASGI application, and behind a real server. Hands do the worker's part."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from agent_runner.api.app import create_app
from agent_runner.api.deps import Services
from agent_runner.api.server import server_options
from agent_runner.domain.events import Message, Payload, RunCompleted, RunFailed, new_event
from agent_runner.domain.run import COMPLETE, FAIL
from agent_runner.settings import Settings
from agent_runner.store.database import Database
from agent_runner.store.held import Ending, HeldWrite, write_held
from agent_runner.store.runs import ClaimedRun, ClaimWanted, claim
from agent_runner.store.workers import NewWorker, register
from tests.server_thread import ServerThread

HOST = "localhost:8000"


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> Settings:
    """As they are without an `.env`; a test may name some that are to be otherwise."""
    shutil.copy(sqlite_template, tmp_path)
    return settings_at(tmp_path, **getattr(request, "param", {}))


def settings_at(tmp_path: Path, **changes: Any) -> Settings:
    changes.setdefault("database_url", f"sqlite:///{tmp_path}/runs.db")
    return Settings(_env_file=None, **changes)  # pyright: ignore[reportCallIssue] - a setting of pydantic-settings


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


def client_of(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}")


@pytest.fixture
def services(app: FastAPI) -> Services:
    return app.state.services


@pytest.fixture
def database(services: Services) -> Database:
    return services.database


class Hands:
    """Does what a worker does, step by step, with the worker's own store functions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._numbers: dict[tuple[int, int], int] = {}

    async def sign_on(self, worker_id: str = "hands", slots: int = 4, sandbox: str | None = None) -> None:
        worker = NewWorker(
            id=worker_id,
            host="here",
            boot_id="b",
            pid=1,
            slots=slots,
            model="demo",
            check_interval=2.5,
            sandbox=sandbox,
        )
        await self._database.write(register, worker)

    async def take(self, slots: int = 1) -> list[ClaimedRun]:
        wanted = ClaimWanted(worker_id="hands", model="demo", slots=slots, lease_seconds=60)
        return list((await self._database.write(claim, wanted)).runs)

    async def record(self, run: ClaimedRun, *payloads: Payload, agent_role: str | None = None, **changes: Any) -> None:
        place = (run.id, run.fence)
        self._numbers[place] = number = self._numbers.get(place, 0) + 1
        events = tuple(new_event(payload, agent_role) for payload in payloads)
        write = HeldWrite(run_id=run.id, fence=run.fence, number=number, events=events, **changes)
        await self._database.write_together(write_held, write)

    async def say(self, run: ClaimedRun, text: str) -> None:
        await self.record(run, Message(content=text))

    async def complete(self, run: ClaimedRun, result: str = '{"answer":42}') -> None:
        await self.record(run, ending=Ending(move=COMPLETE, event=new_event(RunCompleted()), result=result))

    async def fail(self, run: ClaimedRun) -> None:
        event = new_event(RunFailed(error="no way", attempt=run.attempt))
        await self.record(run, ending=Ending(move=FAIL, event=event, error="no way"))


@pytest.fixture
def hands(database: Database) -> Hands:
    return Hands(database)


async def queued(client: httpx.AsyncClient, **body: Any) -> int:
    answer = await client.post("/runs", json={"goal": "Say hello"} | body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def problem_in(answer: httpx.Response) -> dict[str, Any]:
    """The problem in an answer, which is as RFC 9457 wants it and names the request."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["title"]
    assert problem["type"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


class Server(ServerThread):
    """The API behind uvicorn, in a thread of its own."""

    def __init__(self, settings: Settings, listener: socket.socket) -> None:
        self.app = create_app(settings)
        super().__init__(self.app, {**server_options(settings), "factory": False, "workers": None}, listener)

    @property
    def services(self) -> Services:
        return self.app.state.services

    def act(self, work: Callable[[Hands], Any]) -> Any:
        """Lets a worker's hands do something in the server's own loop."""
        return asyncio.run_coroutine_threadsafe(work(Hands(self.services.database)), self.loop).result(10)


@contextmanager
def serving(settings: Settings, port: int = 0) -> Generator[Server]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        server = Server(settings, listener)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    with serving(settings) as server:
        yield server


@pytest.fixture(scope="module")
def standing_server(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Server]:
    """One server for tests that leave nothing behind."""
    folder = tmp_path_factory.mktemp("standing")
    shutil.copy(sqlite_template, folder)
    with serving(settings_at(folder)) as server:
        yield server


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=20, trust_env=False) as client:
        yield client
