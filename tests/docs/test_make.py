"""The make targets that start and stop things, used as a person uses them."""

import os
import signal
import socket
from pathlib import Path

import httpx
import pytest

from tests.docs.live import House, press_ctrl_c, started, until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(120)]


def test_ctrl_c_stops_all_and_leaves_no_process(tmp_path: Path) -> None:
    house = House(tmp_path)
    with started(house) as make:
        assert len(house.processes()) >= 3
        press_ctrl_c(make)
        until(lambda: not house.processes(), "no process is left")
    assert f"localhost:{house.port}" in house.output.read_text().replace("127.0.0.1", "localhost")


def test_stop_status_and_logs_work_from_another_terminal(tmp_path: Path) -> None:
    house = House(tmp_path)
    with started(house) as make:
        httpx.post(f"{house.url}/runs", json={"goal": "Still under way when everything stops"}).raise_for_status()
        status = house.run("make", "status")
        assert "agent-runner is running" in status.stdout
        assert '"workers"' in status.stdout
        assert "Background worker started" in house.run("make", "logs").stdout
        stopped = house.run("make", "stop")
        assert (stopped.stdout, stopped.returncode) == ("agent-runner has stopped\n", 0)
        assert house.processes() == []
        until(lambda: make.poll() is not None, "make start-agent has returned")
    assert house.run("make", "status").stdout == "agent-runner is not running\n"
    assert house.run("make", "stop").stdout == "agent-runner is not running\n"


def test_a_second_start_is_refused_with_a_sentence(tmp_path: Path) -> None:
    house = House(tmp_path)
    with started(house):
        second = house.run("make", "start-agent")
        assert second.returncode != 0
        assert "agent-runner is already running" in second.stderr
        assert house.is_ready()


def test_a_taken_port_is_named_in_a_sentence(tmp_path: Path) -> None:
    house = House(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", house.port))
        taken.listen()
        refused = house.run("make", "start-agent")
    assert refused.returncode != 0
    assert str(house.port) in refused.stdout
    assert "Traceback" not in refused.stdout + refused.stderr
    until(lambda: not house.processes(), "no process is left")


def test_the_database_is_deleted_only_when_nobody_uses_it_and_somebody_agrees(tmp_path: Path) -> None:
    house = House(tmp_path)
    assert "nothing to delete" in house.run("make", "db-reset").stdout
    with started(house):
        in_use = house.run("make", "db-reset", "FORCE=1")
        assert "is in use" in in_use.stderr
        assert house.database.exists()
    unasked = house.run("make", "db-reset")
    assert unasked.returncode != 0
    assert "was kept" in unasked.stderr
    assert house.database.exists()
    assert house.run("make", "db-reset", "FORCE=1").returncode == 0
    assert list(house.database.parent.iterdir()) == []


def test_nothing_survives_the_death_of_the_parent(tmp_path: Path) -> None:
    house = House(tmp_path)
    with started(house):
        os.kill(int((tmp_path / "run" / "agent.pid").read_text()), signal.SIGKILL)
        until(lambda: not house.processes(), "API and worker have ended")


def test_the_end_to_end_script_passes(tmp_path: Path) -> None:
    done = House(tmp_path).run("make", "test-agent", seconds=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "test-agent: passed"
