"""The make targets that start and stop things, used as a person uses them."""

import os
import signal
import socket
from pathlib import Path

import httpx
import pytest

from scripts.console import built_from, hash_of_sources
from tests.docs.live import House, press_ctrl_c, started
from tests.e2e.conftest import until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.timeout(120),
    pytest.mark.skipif(not Path("/proc").exists(), reason="finds processes by their environment, in /proc"),
]


def test_ctrl_c_stops_all_and_leaves_no_process(tmp_path: Path) -> None:
    house = House(tmp_path)
    with started(house) as make:
        until(lambda: "Ctrl-C stops everything" in house.output.read_text(), "it says what to try")
        assert house.url in house.output.read_text()
        assert len(house.processes()) >= 3
        press_ctrl_c(make)
        until(lambda: not house.processes(), "no process is left")


@pytest.mark.skipif(built_from() != hash_of_sources(), reason="would first build the console: make console")
def test_start_brings_the_console_too(tmp_path: Path) -> None:
    house = House(tmp_path)
    with started(house, "start") as make:
        until(lambda: "Ctrl-C stops everything" in house.output.read_text(), "it says what to try")
        assert f"the web console is at {house.console_url}\n" in house.output.read_text()
        assert httpx.get(f"{house.console_url}/runs", trust_env=False).status_code == 200
        assert httpx.get(f"{house.console_url}/api/health", trust_env=False).status_code == 200
        assert f"the web console is at {house.console_url}\n" in house.run("make", "status").stdout
        assert "Web console starts" in house.run("make", "logs").stdout
        assert len(house.processes()) >= 4
        press_ctrl_c(make)
        until(lambda: not house.processes(), "no process is left")


def test_status_logs_and_stop_work_from_another_terminal(tmp_path: Path) -> None:
    house = House(tmp_path, settings={"COLUMNS": "30"})  # a narrow terminal, where ps shortens its lines
    with started(house) as make:
        httpx.post(f"{house.url}/runs", json={"goal": "Still under way when everything stops"}).raise_for_status()
        until(lambda: f"running at {house.url}" in house.run("make", "status").stdout, "make status says where it runs")
        assert '"workers"' in house.run("make", "status").stdout
        assert "web console" not in house.run("make", "status").stdout
        assert "Background worker started" in house.run("make", "logs").stdout
        check_second_start_is_refused(house)
        check_database_in_use_is_kept(house)
        stopped = house.run("make", "stop")
        assert (stopped.stdout, stopped.returncode) == ("agent-runner has stopped\n", 0)
        assert house.processes() == []
        until(lambda: make.poll() is not None, "make start-agent has returned")
    assert house.run("make", "status").stdout == "agent-runner is not running\n"
    assert house.run("make", "stop").stdout == "agent-runner is not running\n"
    check_database_is_deleted_when_agreed(house)


def check_second_start_is_refused(house: House) -> None:
    second = house.run("make", "start-agent")
    assert second.returncode != 0
    assert "agent-runner is already running" in second.stderr
    assert house.is_ready()


def check_database_in_use_is_kept(house: House) -> None:
    refused = house.run("make", "db-reset", "FORCE=1")
    assert refused.returncode != 0
    assert "is in use" in refused.stderr
    assert house.database.exists()


def check_database_is_deleted_when_agreed(house: House) -> None:
    unasked = house.run("make", "db-reset")
    assert unasked.returncode != 0
    assert "was kept" in unasked.stderr
    assert house.database.exists()
    assert house.run("make", "db-reset", "FORCE=1").returncode == 0
    assert list(house.database.parent.iterdir()) == []
    assert "nothing to delete" in house.run("make", "db-reset").stdout


def test_a_taken_port_is_named_in_a_sentence(tmp_path: Path) -> None:
    house = House(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", house.port))
        taken.listen()
        refused = house.run("make", "start-agent")
    assert refused.returncode != 0
    assert f"port {house.port}" in refused.stdout
    assert "next: " in refused.stdout
    assert "Traceback" not in refused.stdout + refused.stderr
    until(lambda: not house.processes(), "no process is left")


def test_nothing_survives_the_death_of_the_parent(tmp_path: Path) -> None:
    house = House(tmp_path)
    with started(house):
        os.kill(int((tmp_path / "run" / "agent.pid").read_text()), signal.SIGKILL)
        until(lambda: not house.processes(), "API and worker have ended")


def test_the_end_to_end_script_passes(tmp_path: Path) -> None:
    done = House(tmp_path).run("make", "test-agent", seconds=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "test-agent: passed"
