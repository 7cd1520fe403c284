"""Real processes: up, serve, worker and watch, with the signals that end them."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from agent_runner.console.build import build_directory, is_built
from tests.e2e.conftest import Site, free_port, until

pytestmark = pytest.mark.processes

CLI: Final = (sys.executable, "-m", "agent_runner.cli.main")


class Started:
    """A command in a directory of its own, and everything it has said."""

    def __init__(self, directory: Path, *arguments: str, **settings: str) -> None:
        self.directory = directory
        self._output = directory / f"{'-'.join(arguments[:2])}.out"
        self._errors = directory / f"{'-'.join(arguments[:2])}.err"
        usual = {"LLM_MODEL": "demo", "DEMO_STEP_SECONDS": "0.02", "CONSOLE_PORT": str(free_port())}
        environment = os.environ | usual | settings
        with self._output.open("wb") as out, self._errors.open("wb") as err:
            self.process = subprocess.Popen(
                [*CLI, *arguments], cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )

    @property
    def out(self) -> str:
        return self._output.read_text()

    @property
    def err(self) -> str:
        return self._errors.read_text()

    def until_said(self, words: str) -> None:
        until(lambda: words in self.err or self.process.poll() is not None, f"{words!r} is said")
        assert words in self.err, self.err

    def end(self, signal_number: int) -> int:
        self.process.send_signal(signal_number)
        return self.process.wait(30)


def of(directory: Path) -> list[int]:
    """Every process that works in a directory."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and (entry / "cwd").readlink() == directory:
                found.append(int(entry.name))
        except OSError:
            continue  # it has ended, or belongs to somebody else
    return found


def parent_of(pid: int) -> int:
    """-1 for one that has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return -1


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    for pid in of(tmp_path):
        os.kill(pid, signal.SIGKILL)


def test_up_starts_everything_says_what_to_try_and_leaves_nothing_behind(directory: Path) -> None:
    port, console_port = free_port(), free_port()
    up = Started(directory, "up", API_PORT=str(port), CONSOLE_PORT=str(console_port))
    up.until_said("Ctrl-C stops everything")
    assert f"agent-runner is up at http://127.0.0.1:{port}" in up.err
    assert f"the web console is at http://127.0.0.1:{console_port}" in up.err
    page = httpx.get(f"http://127.0.0.1:{console_port}/runs", trust_env=False)
    assert page.status_code == (200 if is_built(build_directory()) else 503)
    assert ("make console" in up.err) is (page.status_code == 503)
    assert httpx.get(f"http://127.0.0.1:{console_port}/api/health", trust_env=False).status_code == 200
    assert "model: demo" in up.err
    assert re.search(r"^api     \| ", up.err, re.MULTILINE)
    assert re.search(r"^worker  \| .*Background worker started \(check interval: 5s\)", up.err, re.MULTILINE)
    [curl] = re.findall(r"^try: (curl .+)$", up.err, re.MULTILINE)
    tried = subprocess.run(["bash", "-c", curl], capture_output=True, text=True, check=True)
    assert '"status":"QUEUED"' in tried.stdout
    watched = Started(directory, "runs", "watch", "1", API_PORT=str(port))
    assert watched.process.wait(30) == 0
    assert up.end(signal.SIGINT) == 0
    assert up.err.endswith("agent-runner has stopped\n")
    assert (up.out, of(directory)) == ("", [])


def test_up_stops_everything_when_one_process_dies(directory: Path) -> None:
    up = Started(directory, "up", API_PORT=str(free_port()))
    up.until_said("Ctrl-C stops everything")
    children = [pid for pid in of(directory) if parent_of(pid) == up.process.pid]
    [worker] = [pid for pid in children if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")]
    os.kill(worker, signal.SIGKILL)
    assert up.process.wait(30) == 1
    error, next_step = up.err.splitlines()[-2:]
    assert error == "error: worker was killed by SIGKILL, so everything was stopped"
    assert next_step.startswith("next: ")
    assert of(directory) == []


def test_what_up_has_started_ends_when_up_is_killed(directory: Path) -> None:
    up = Started(directory, "up", API_PORT=str(free_port()))
    up.until_said("Ctrl-C stops everything")
    up.end(signal.SIGKILL)
    until(lambda: not of(directory), "API, worker and console have ended")


def test_up_says_what_is_wrong_with_the_worker(directory: Path) -> None:
    up = Started(directory, "up", API_PORT=str(free_port()), LLM_MODEL="openai:gpt")
    assert up.process.wait(30) == 1
    assert "worker  | error: LLM_MODEL 'openai:gpt' needs a key" in up.err
    assert up.err.splitlines()[-2] == "error: worker ended with exit code 1, so everything was stopped"


def test_up_leaves_the_console_out_when_asked(directory: Path) -> None:
    console_port = free_port()
    up = Started(directory, "up", "--no-console", API_PORT=str(free_port()), CONSOLE_PORT=str(console_port))
    up.until_said("Ctrl-C stops everything")
    assert "console" not in up.err
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{console_port}", trust_env=False)
    assert up.end(signal.SIGINT) == 0


def test_the_console_serves_alone_and_ends_with_code_0(directory: Path) -> None:
    port = free_port()
    console = Started(directory, "console", API_PORT=str(free_port()), CONSOLE_PORT=str(port))
    console.until_said("Uvicorn running on")
    assert httpx.get(f"http://127.0.0.1:{port}/api/runs", trust_env=False).status_code == 502
    assert console.end(signal.SIGTERM) == 0
    assert console.out == ""


def test_two_servers_on_one_port_are_refused_in_a_sentence(directory: Path) -> None:
    port = str(free_port())
    up = Started(directory, "up", API_PORT=port, CONSOLE_PORT=port)
    assert up.process.wait(30) == 1
    assert up.err.splitlines()[0] == f"error: API_PORT and CONSOLE_PORT are both {port}"


@pytest.mark.parametrize("verb", ["up", "console"])
def test_a_port_of_the_console_that_is_taken_is_a_sentence(directory: Path, verb: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = Started(directory, verb, API_PORT=str(free_port()), CONSOLE_PORT=str(port))
        assert refused.process.wait(30) == 1
    assert refused.err.splitlines()[0] == f"error: port {port} of 127.0.0.1 is in use by another program"
    assert f"CONSOLE_PORT={port % 65535 + 1}" in refused.err
    assert of(directory) == []


@pytest.mark.parametrize("verb", ["up", "serve"])
def test_a_port_that_is_taken_is_a_sentence(directory: Path, site: Site, verb: str) -> None:
    site.start_api()
    taken = Started(directory, verb, API_PORT=str(site.port))
    assert taken.process.wait(30) == 1
    assert taken.err.splitlines()[0] == f"error: port {site.port} of 127.0.0.1 is in use by another program"
    assert f"API_PORT={site.port + 1}" in taken.err
    assert "Traceback" not in taken.err


@pytest.mark.parametrize(("verb", "setting"), [("serve", "API_HOST"), ("console", "CONSOLE_HOST")])
def test_other_machines_are_refused_without_keys(directory: Path, verb: str, setting: str) -> None:
    done = Started(directory, verb, **{setting: "0.0.0.0"})
    assert done.process.wait(30) == 1
    assert done.err.startswith(
        f"error: {setting} 0.0.0.0 can be reached from other machines, so API_KEYS must be set\n"
    )


def test_serve_ends_with_code_0_on_sigterm_with_somebody_watching(directory: Path, site: Site) -> None:
    site.start_api()
    run_id = site.queue(available_at="2100-01-01T00:00:00Z")
    site.kill_all()
    database = f"sqlite:///{site.directory}/runs.db"
    serve = Started(directory, "serve", API_PORT=str(site.port), DATABASE_URL=database)
    until(site.is_ready, "the API is ready")
    watch = Started(directory, "runs", "watch", str(run_id), API_PORT=str(site.port))
    until(lambda: "RUN_CREATED" in watch.out, "the first event is shown")
    assert serve.end(signal.SIGTERM) == 0
    watch.until_said("note: ")
    assert "the run goes on, trying again" in watch.err
    again = Started(directory, "serve", API_PORT=str(site.port), DATABASE_URL=database)
    until(site.is_ready, "the API is back")
    site.post(f"/runs/{run_id}/cancel", {})
    assert watch.process.wait(30) == 6
    assert [line.split()[2] for line in watch.out.splitlines()] == ["RUN_CREATED", "RUN_CANCELLED"]
    assert watch.err.endswith("note: the API answers again\n")
    assert again.end(signal.SIGTERM) == 0


def test_ctrl_c_ends_watching_and_not_the_run(directory: Path, site: Site) -> None:
    site.start_api()
    run_id = site.queue(available_at="2100-01-01T00:00:00Z")
    watch = Started(directory, "runs", "watch", str(run_id), API_PORT=str(site.port))
    until(lambda: "RUN_CREATED" in watch.out, "the first event is shown")
    assert watch.end(signal.SIGINT) == 130
    again = f"note: run {run_id} goes on; watch it again with: agent-runner runs watch {run_id}"
    assert watch.err in {f"{again} --since 1\n", f"{again}\n"}
    assert site.run(run_id)["status"] == "QUEUED"


def test_a_reader_that_goes_away_ends_the_command_quietly(directory: Path, site: Site) -> None:
    site.start_api()
    site.start_worker()
    run_id = site.queue()
    environment = os.environ | {"API_PORT": str(site.port)}
    line = f"{' '.join(CLI)} runs watch {run_id} | head -n 1"
    done = subprocess.run(
        ["bash", "-c", line], cwd=directory, env=environment, capture_output=True, text=True, check=True
    )
    assert "RUN_CREATED" in done.stdout
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_a_draining_worker_empties_the_queue_and_ends(directory: Path, site: Site) -> None:
    site.start_api()
    ids = [site.queue() for _ in range(3)]
    database = f"sqlite:///{site.directory}/runs.db"
    worker = Started(directory, "worker", "--drain", "--concurrency", "1", DATABASE_URL=database)
    assert worker.process.wait(30) == 0
    assert [site.run(run_id)["status"] for run_id in ids] == ["COMPLETED"] * 3
    once = Started(directory, "worker", "--once", DATABASE_URL=database)
    assert once.process.wait(30) == 0
    assert (worker.out, once.out) == ("", "")


def test_a_child_that_ignores_the_request_to_end_is_killed_with_its_own_children(directory: Path) -> None:
    stubborn = (
        "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "subprocess.Popen(['sleep', '100']); print('x' * 200_000 + 'end', flush=True); signal.pause()"
    )
    program = f"""
import asyncio, sys
from agent_runner.cli.processes import Together
async def nothing(): pass
children = {{"stubborn": [sys.executable, "-c", {stubborn!r}]}}
print(asyncio.run(Together(children, grace_seconds=0.2).run(nothing, print)))
"""
    with (directory / "said").open("w") as said:
        parent = subprocess.Popen([sys.executable, "-c", program], cwd=directory, stdout=said, stderr=said)
    until(lambda: "end\n" in (directory / "said").read_text(), "the child has started")
    assert len(of(directory)) == 3
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(30) == 0
    assert "signal_number=<Signals.SIGTERM: 15>" in (directory / "said").read_text()
    assert of(directory) == []


def test_a_child_has_ended_when_it_has_whatever_it_leaves_behind(directory: Path) -> None:
    program = """
import asyncio
from agent_runner.cli.processes import Together
async def nothing(): pass
print(asyncio.run(Together({"child": ["sh", "-c", "sleep 100 & exit 3"]}, grace_seconds=0.2).run(nothing, print)))
"""
    parent = subprocess.run([sys.executable, "-c", program], cwd=directory, capture_output=True, check=True, timeout=30)
    assert b"child='child', code=3" in parent.stdout
    assert of(directory) == []
