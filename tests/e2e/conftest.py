"""Real processes: an API, workers and a scripted model server, on free ports and a database of their own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
import pytest

from agent_runner.store.sqlite import sqlite_library
from scripts.postgres_server import free_port
from tests.databases import order

PATIENCE_SECONDS: Final = 30.0


Answer = TypeVar("Answer")


def until(condition: Callable[[], Answer | None], what: str, seconds: float = PATIENCE_SECONDS) -> Answer:
    """Waits for the first answer that is not false."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)
    return answer


class Site:
    """One database with its API, its workers and its model server; everything is killed in the end."""

    def __init__(self, directory: Path, database_url: str | None = None) -> None:
        self.directory = directory
        self.database_url = database_url or f"sqlite:///{directory}/runs.db"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # One client: making one costs more than the request. No kept connections: the API dies under them.
        self.client = httpx.Client(base_url=self.url, timeout=30, limits=httpx.Limits(max_keepalive_connections=0))
        self.calls_log = directory / "calls.jsonl"
        self.settings: dict[str, str] = {"LLM_MODEL": "demo", "DEMO_STEP_SECONDS": "0"}
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        """A process of the house, with its output in a file of its own."""
        environment = {
            **os.environ,
            "DATABASE_URL": self.database_url,
            "API_PORT": str(self.port),
            "LOG_LEVEL": "INFO",
            **self.settings,
            **settings,
        }
        with (self.directory / f"{len(self._processes)}-{arguments[-1]}.log").open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, *arguments], env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        self._processes.append(process)
        return process

    def start_api(self) -> subprocess.Popen[bytes]:
        api = self.start("-m", "agent_runner.cli.main", "serve")
        until(self.is_ready, "the API is ready")
        return api

    def start_worker(self, **settings: str) -> subprocess.Popen[bytes]:
        worker = self.start("-m", "agent_runner.cli.main", "worker", **settings)
        until(lambda: any(one["pid"] == worker.pid for one in self.workers()), "the worker is registered")
        return worker

    def start_model(self, *arguments: str) -> None:
        """From here on, workers use an OpenAI-compatible server that counts its calls."""
        log = self.directory / "model.out"
        command = [sys.executable, "-m", "tests.scripted_model", "--log", str(self.calls_log), *arguments]
        with log.open("wb") as output:
            self._processes.append(subprocess.Popen(command, stdout=output, stdin=subprocess.DEVNULL))
        line = until(lambda: log.read_text().partition("\n")[0], "the model server listens")
        url: Mapping[str, str] = json.loads(line)
        self.settings |= {"LLM_MODEL": "openai:scripted", "OPENAI_BASE_URL": f"{url['url']}/v1"}

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database itself says, beside the API."""
        if self.database_url.startswith("postgresql"):
            return order(self.database_url, query)
        connection = sqlite_library().connect(self.database_url.removeprefix("sqlite:///"))
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def pause(self, process: subprocess.Popen[bytes]) -> None:
        """SIGSTOP between two writes: one that is stopped within a write holds SQLite's lock, and nobody goes on."""

        def is_paused_without_lock() -> bool:
            process.send_signal(signal.SIGSTOP)
            if self.database_url.startswith("postgresql") or self._can_be_written():
                return True
            process.send_signal(signal.SIGCONT)
            return False

        until(is_paused_without_lock, "the process is paused between two writes")

    def _can_be_written(self) -> bool:
        library = sqlite_library()
        connection = library.connect(self.database_url.removeprefix("sqlite:///"), timeout=0.5)
        try:
            connection.execute("BEGIN IMMEDIATE")
        except library.OperationalError:
            return False
        finally:
            connection.close()
        return True

    def kill_worker_of(self, run_id: int) -> None:
        started = [event for event in self.events(run_id) if event["event_type"] == "RUN_STARTED"]
        pids = {worker["id"]: worker["pid"] for worker in self.workers()}
        os.kill(pids[started[-1]["payload"]["worker"]], signal.SIGKILL)

    def kill_all(self) -> None:
        for process in self._processes:
            process.send_signal(signal.SIGCONT)
            process.kill()
        for process in self._processes:
            process.wait()

    def is_ready(self) -> bool:
        try:
            return self.client.get("/health/ready", timeout=2).is_success
        except httpx.TransportError:
            return False

    def get(self, path: str, **parameters: Any) -> Any:
        answer = self.client.get(path, params=parameters)
        assert answer.is_success, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        answer = self.client.post(path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def workers(self) -> list[dict[str, Any]]:
        return self.get("/worker/status")["workers"]

    def queue(self, goal: str = "Say hello", **fields: Any) -> int:
        return self.post("/runs", {"goal": goal, **fields})["id"]

    def run(self, run_id: int) -> dict[str, Any]:
        return self.get(f"/runs/{run_id}")

    def events(self, run_id: int) -> list[dict[str, Any]]:
        """All events, after checking that they are numbered 1, 2, 3 … without a gap."""
        events = self.get(f"/runs/{run_id}/events", limit=500)["events"]
        assert [event["event_id"] for event in events] == list(range(1, len(events) + 1))
        return events

    def types(self, run_id: int) -> list[str]:
        return [event["event_type"] for event in self.events(run_id)]

    def wait(self, run_id: int, status: str = "COMPLETED", seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        def reached() -> dict[str, Any] | None:
            run = self.run(run_id)
            assert run["status"] in {status, "QUEUED", "RUNNING", "WAITING"}, run["error"]
            return run if run["status"] == status else None

        return until(reached, f"run {run_id} is {status}", seconds)


def cli(site: Site, *arguments: object) -> subprocess.CompletedProcess[str]:
    """One command of a user, to its end."""
    command = [sys.executable, "-m", "agent_runner.cli.main", "--url", site.url, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


on_sqlite: Final = pytest.mark.parametrize("bare_url", ["sqlite"], indirect=True)


@pytest.fixture
def site(tmp_path: Path, bare_url: str) -> Iterator[Site]:
    """On either database; a test to which it makes no difference asks for `on_sqlite` only."""
    site = Site(tmp_path, bare_url)
    yield site
    site.kill_all()
    site.client.close()
