"""The API as processes: one or several, and signals."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from agent_runner.api.server import GRACE_SECONDS
from agent_runner.settings import environment_for_child
from tests.api.conftest import settings_at

pytestmark = pytest.mark.processes

SERVE = "from agent_runner.settings import load_settings; from agent_runner.api.server import run_server"


@contextmanager
def process(tmp_path: Path, **changes: object) -> Generator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = environment_for_child(settings_at(tmp_path, api_port=port, **changes))
    command = [sys.executable, "-c", f"{SERVE}; run_server(load_settings())"]
    with (
        subprocess.Popen(command, env=environment, cwd=tmp_path) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as http,
    ):
        try:
            until_it_answers(server, http)
            yield server, http
        finally:
            server.kill()


def until_it_answers(server: subprocess.Popen[bytes], http: httpx.Client) -> None:
    while True:
        assert server.poll() is None, "the API ended while it started"
        try:
            http.get("/health")
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_although_a_stream_is_open(tmp_path: Path, stop: signal.Signals) -> None:
    with process(tmp_path) as (server, http):
        run_id = http.post("/runs", json={"goal": "x"}).json()["id"]
        with http.stream("GET", f"/runs/{run_id}/events/stream") as answer:
            lines = answer.iter_lines()
            assert next(lines) == "retry: 1000"
            server.send_signal(stop)
            server.wait(GRACE_SECONDS - 1)
        assert server.returncode in {0, -stop}


def test_several_processes_serve_the_same_runs(tmp_path: Path) -> None:
    with process(tmp_path, api_workers=2) as (server, http):
        ids = [http.post("/runs", json={"goal": "x"}, headers={"Connection": "close"}).json()["id"] for _ in range(20)]
        assert ids == list(range(1, 21))
        page = http.get("/runs/20/events?wait=1").json()
        assert page["total"] == 1
        server.send_signal(signal.SIGTERM)
        server.wait(20)
