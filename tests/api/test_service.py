"""The service itself: its root, its agents, and its workers."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from agent_runner.api.deps import Services
from agent_runner.api.worker_process import DrainWorker
from agent_runner.settings import Settings, environment_for_child
from agent_runner.store.wakeup import Audience, Ring
from tests.api.conftest import Hands, queued, serving, settings_at


async def test_the_root_leads_on(client: httpx.AsyncClient) -> None:
    root = (await client.get("/")).json()
    assert root["name"] == "agent-runner"
    for link in root["links"].values():
        assert (await client.get(link)).status_code == 200, link


async def test_the_worker_status_shows_who_works_and_what_waits(client: httpx.AsyncClient, hands: Hands) -> None:
    assert (await client.get("/worker/status")).json() == {
        "running": False,
        "check_interval": 5.0,
        "workers": [],
        "queue": {"queued": 0, "running": 0, "waiting": 0},
    }
    await hands.sign_on(slots=3, sandbox="L2")
    await queued(client)
    status = (await client.get("/worker/status")).json()
    (worker,) = status["workers"]
    assert (status["running"], status["check_interval"], status["queue"]["queued"]) == (True, 2.5, 1)
    assert (worker["id"], worker["host"], worker["pid"], worker["slots"], worker["busy"]) == ("hands", "here", 1, 3, 0)
    assert (worker["model"], worker["sandbox"]) == ("demo", "L2")
    assert worker["last_heartbeat"].endswith("Z")


async def test_processing_wakes_the_live_workers(client: httpx.AsyncClient, hands: Hands, services: Services) -> None:
    await hands.sign_on()
    await queued(client)
    rung = asyncio.Event()

    def heard(ring: Ring) -> None:
        if ring.work:
            rung.set()

    stop_listening = services.database.doorbell.listen(Audience.WORKER, heard)
    answer = await client.post("/worker/process")
    assert answer.status_code == 202
    body = answer.json()
    assert (body["mode"], body["workers"], body["queued"]) == ("woken", 1, 1)
    assert "pid" not in body
    await asyncio.wait_for(rung.wait(), 10)
    stop_listening()


WAIT_FOR_THE_GATE = "import sys; open(sys.argv[1]).read()"


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A pipe: who reads it waits until it has been opened for writing and closed."""
    path = tmp_path / "gate"
    os.mkfifo(path)
    return path


@pytest.fixture
def gated_worker(app: FastAPI, settings: Settings, gate: Path) -> Iterator[None]:
    """A real process in the place of the worker: it lives until the gate is opened."""
    services: Services = app.state.services
    worker = DrainWorker(
        services.database.run_directory,
        environment_for_child(settings),
        command=(sys.executable, "-c", WAIT_FOR_THE_GATE, str(gate)),
    )
    app.state.services = replace(services, drain_worker=worker)
    yield
    with suppress(ProcessLookupError):
        os.kill(int((services.database.run_directory / "drain-worker").read_text()), signal.SIGKILL)


@pytest.mark.usefixtures("gated_worker")
async def test_with_no_worker_alive_one_process_is_started_and_only_one(client: httpx.AsyncClient, gate: Path) -> None:
    await queued(client)
    first = (await client.post("/worker/process")).json()
    assert (first["mode"], first["queued"]) == ("started", 1)
    assert os.getpgid(first["pid"]) == first["pid"] != os.getpgrp()
    again = (await client.post("/worker/process")).json()
    assert (again["mode"], again["pid"]) == ("started", first["pid"])
    await asyncio.to_thread(gate.write_text, "")
    while _exists(first["pid"]):
        await asyncio.sleep(0.01)
    third = (await client.post("/worker/process")).json()
    assert third["pid"] != first["pid"]


@pytest.mark.usefixtures("gated_worker")
async def test_another_api_process_does_not_start_a_second_one(
    client: httpx.AsyncClient, services: Services, settings: Settings
) -> None:
    first = (await client.post("/worker/process")).json()["pid"]
    other = DrainWorker(services.database.run_directory, environment_for_child(settings), command=("/bin/false",))
    assert other.start() == first


@pytest.mark.processes
def test_the_started_worker_empties_the_queue_and_ends(tmp_path: Path) -> None:
    settings = settings_at(tmp_path, llm_model="demo", demo_step_seconds=0.01)
    with serving(settings) as server, httpx.Client(base_url=server.url, timeout=30, trust_env=False) as http:
        run_id = http.post("/runs", json={"goal": "Test execution"}).json()["id"]
        started = http.post("/worker/process").json()
        assert (started["mode"], started["queued"]) == ("started", 1)
        cursor, seen = 0, [""]
        while seen[-1] != "RUN_COMPLETED":
            page = http.get(f"/runs/{run_id}/events?since_event_id={cursor}&wait=20").json()
            assert page["events"], server.services.drain_worker.log_path.read_text()
            seen += [event["event_type"] for event in page["events"]]
            cursor = page["events"][-1]["event_id"]
        assert seen[1:4] == ["RUN_CREATED", "RUN_STARTED", "AGENT_THINKING"]
        while _exists(started["pid"]):
            http.get("/health/live")
        assert http.get("/worker/status").json()["running"] is False


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
