"""MetaGPT and CrewAI with real processes: API, worker, model server and the frameworks in their own environments."""

import io
import json
import os
import signal
import sys
import threading
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent_runner.sandbox.sandbox import python_places
from tests.e2e.company_script import COMPANY, HOSTILE, QUESTIONS
from tests.e2e.conftest import Site, cli, on_sqlite, until
from tests.scripted_model import read_calls
from tests.workspace.hostile import git, new_repository

PEER = Path(__file__).parents[1] / "acp" / "peer.py"
ROLES = ["ProductManager", "Architect", "ProjectManager", "Engineer"]

pytestmark = [pytest.mark.processes, pytest.mark.timeout(180), on_sqlite]


def scripted(site: Site, by_text: list[list[str]], **more: Any) -> None:
    site.start_model()
    url = site.settings["OPENAI_BASE_URL"].removesuffix("/v1")
    httpx.post(f"{url}/script", json={"by_text": by_text, **more}).raise_for_status()


def asked(site: Site) -> Counter[str]:
    return Counter(call["prompt_sha256"] for call in read_calls(site.calls_log))


def hosts_of(site: Site) -> list[int]:
    """The processes of hosts that work for this site."""
    found: list[int] = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            is_host = b"host.py" in (place / "cmdline").read_bytes().split(b"\0")[1:2][0]
            if is_host and f"HOME={site.directory}".encode() in (place / "environ").read_bytes():
                found.append(int(place.name))
        except (OSError, IndexError):
            continue
    return found


def test_a_task_without_a_key_becomes_documents_and_code_with_live_events_of_each_role(site: Site) -> None:
    site.start_api()
    site.start_worker()
    task = site.post("/api/tasks", {"title": "Todo", "input_prompt": "Create a todo application"})["id"]
    seen: list[str] = []
    accepted = site.post(f"/api/tasks/{task}/run")
    assert (accepted["status"], accepted["task_id"]) == ("accepted", task)

    def listen() -> None:
        with httpx.stream("GET", f"{site.url}/runs/{accepted['run_id']}/events/stream", timeout=60) as stream:
            lines = [line.removeprefix("data: ") for line in stream.iter_lines() if line.startswith("data: ")]
            seen.extend(json.loads(line).get("event_type", "ping") for line in lines)

    listener = threading.Thread(target=listen)
    listener.start()
    progress: list[float] = []

    def state() -> dict[str, Any] | None:
        now = site.get(f"/api/tasks/{task}/state")
        progress.append(now["progress"])
        return now if now["status"] == "SUCCEEDED" else None

    done = until(state, "the task has SUCCEEDED", 60)
    listener.join()
    assert progress == sorted(progress)
    result = done["final_result"]
    assert set(result["artifacts"]) == {"prd", "design", "tasks", "code"}
    assert result["requirement"] == "Create a todo application"
    assert "demo model" in result["note"]
    events = site.get(f"/api/tasks/{task}/events", limit=500)["events"]
    for kind in ("AGENT_START", "MESSAGE", "AGENT_COMPLETE"):
        assert [event["agent_role"] for event in events if event["event_type"] == kind] == ROLES
    assert {event["agent_role"] for event in events if event["event_type"] == "ARTIFACT_CREATED"} == set(ROLES)
    assert [kind for kind in seen if kind != "ping"] == [event["event_type"] for event in events]
    archive = httpx.get(f"{site.url}/runs/{accepted['run_id']}/archive").content
    names = set(zipfile.ZipFile(io.BytesIO(archive)).namelist())
    assert {"prd.md", "design.md", "tasks.md", "code/main.py"} <= names
    assert site.run(accepted["run_id"])["usage"]["model_calls"] == QUESTIONS


def test_a_host_killed_after_each_call_pays_each_call_once(site: Site) -> None:
    scripted(site, COMPANY, latency=0.15)
    site.start_api()
    site.start_worker(RETRY_BASE_SECONDS="0")
    run_id = site.queue("Create a calculator", agent="metagpt", config={"max_attempts": 20})
    for calls in range(1, QUESTIONS + 1):
        until(lambda calls=calls: site.run(run_id)["usage"]["model_calls"] >= calls, f"{calls} calls are paid", 60)
        for host in hosts_of(site):
            os.kill(host, signal.SIGKILL)
    done = site.wait(run_id)
    assert list(done["result"]["artifacts"]["code"]) == ["core.py", "main.py"]
    assert done["attempt"] > 3, "hosts were really killed"
    assert sum(asked(site).values()) == len(asked(site)) == QUESTIONS
    assert done["usage"]["model_calls"] == QUESTIONS


def test_a_worker_killed_after_each_call_repeats_what_was_under_way_only(site: Site) -> None:
    scripted(site, COMPANY, latency=0.15)
    site.start_api()
    run_id = site.queue("Create a calculator", agent="metagpt", config={"max_attempts": 20})
    kills = 0
    for calls in range(1, QUESTIONS + 1, 2):  # all of them, at the very moment: tests/faults
        worker = site.start_worker()
        until(lambda calls=calls: site.run(run_id)["usage"]["model_calls"] >= calls, f"{calls} calls are paid", 60)
        worker.kill()
        worker.wait()
        kills += 1
        until(lambda: not hosts_of(site), "the host has ended with its worker")
    site.start_worker()
    done = site.wait(run_id)
    assert list(done["result"]["artifacts"]["code"]) == ["core.py", "main.py"]
    assert len(asked(site)) == QUESTIONS == done["usage"]["model_calls"]
    assert sum(count - 1 for count in asked(site).values()) <= kills
    assert max(asked(site).values()) <= 2, "a call that was paid is not made again"


def test_names_that_lead_out_and_a_budget_and_a_stop(site: Site) -> None:
    scripted(site, HOSTILE)
    site.start_api()
    site.start_worker()
    before = set(site.directory.parent.rglob("x.py"))
    run_id = site.queue("Create a calculator", agent="metagpt")
    done = site.wait(run_id)
    assert list(done["result"]["artifacts"]["code"]) == ["ok.py"]
    assert len([event for event in site.events(run_id) if event["event_type"] == "ERROR"]) == 3
    assert set(site.directory.parent.rglob("x.py")) == before
    assert not Path("/tmp/abs.py").exists()

    calls = asked(site).total()
    poor = site.queue("Create a poor calculator", agent="metagpt", budget={"model_calls": 2})
    assert "budget of 2 model calls" in site.wait(poor, "FAILED")["error"]
    assert asked(site).total() == calls + 2

    url = site.settings["OPENAI_BASE_URL"].removesuffix("/v1")
    httpx.post(f"{url}/script", json={"latency": 30}).raise_for_status()
    task = site.post("/api/tasks", {"title": "Slow", "input_prompt": "Create a slow calculator"})["id"]
    run_id = site.post(f"/api/tasks/{task}/run")["run_id"]
    until(lambda: asked(site).total() == calls + 3, "the model thinks")
    site.post(f"/api/tasks/{task}/stop")
    site.wait(run_id, "CANCELLED")
    assert site.get(f"/api/tasks/{task}/state")["status"] == "CANCELLED"
    until(lambda: not hosts_of(site), "the host is gone")


def test_a_coding_agent_of_others_asks_is_approved_and_commits_although_its_worker_is_killed(site: Site) -> None:
    """Described in a host.toml, built with the package of the Agent Client Protocol."""
    directory = site.directory / "hosts" / "peer"
    directory.mkdir(parents=True)
    (directory / "peer.py").write_text(PEER.read_text())
    script = [[["ask", "execute", "make dist"], ["write", "made.txt", "by an agent\n"], ["say", "Make it"]]]
    places = ", ".join(f'"{place}"' for place in python_places())
    (directory / "host.toml").write_text(
        'name = "peer"\ndescription = "A coding agent."\nspeaks = "acp"\n'
        f"command = ['{sys.executable}', '{{directory}}/peer.py', '{json.dumps(script)}']\nreadable = [{places}]\n"
    )
    project = new_repository(site.directory / "project", {"README.md": "# Here\n"})
    site.start_api()
    settings = {"HOSTS_DIR": str(directory.parent)}
    worker = site.start_worker(**settings)
    assert cli(site, "projects", "create", "here", project).returncode == 0
    run_id = site.queue("Make it", agent="host:peer", project_id=1)
    asked = site.wait(run_id, "WAITING")["approval"]
    assert (asked["kind"], asked["question"]["detail"]["title"]) == ("PERMISSION", "make dist")
    worker.kill()
    worker.wait()
    assert cli(site, "runs", "approve", run_id).returncode == 0
    site.start_worker(**settings)
    until(lambda: (site.run(run_id)["approval"] or asked)["kind"] == "COMMIT", "it asks for the commit")
    assert cli(site, "runs", "approve", run_id).returncode == 0
    done = site.wait(run_id)
    assert git(project, "rev-list", f"main..agent/run-{run_id}") == done["result"]["commit"]
    assert git(project, "show", f"agent/run-{run_id}:made.txt") == "by an agent"
    assert hosts_of(site) == []


def test_what_a_host_is_given_stands_in_no_record(site: Site) -> None:
    directory = site.directory / "hosts" / "teller"
    directory.mkdir(parents=True)
    manifest = 'name = "teller"\ndescription = "Tells."\nscript = "host.py"\nenvironment = ["TELLERS_KEY"]\n'
    (directory / "host.toml").write_text(manifest)
    (directory / "host.py").write_text(
        "import os, agent_runner_host\nhost = agent_runner_host.connect('teller')\nkey = os.environ['TELLERS_KEY']\n"
        "host.log('my key is ' + key)\nhost.report(message=key)\nhost.step('keep', lambda: key)\n"
        "host.result({'key': key, 'length': len(key)})\n"
    )
    key = "a-planted-key-0123456789"
    site.start_api()
    site.start_worker(HOSTS_DIR=str(site.directory / "hosts"), TELLERS_KEY=key)
    run_id = site.queue("Tell it", agent="host:teller")
    done = site.wait(run_id)
    assert done["result"] == {"key": "***", "length": len(key)}
    assert key not in str(site.events(run_id)) + str(done) + str(site.get(f"/runs/{run_id}/steps"))
    assert [path for path in site.directory.glob("runs.db*") if key.encode() in path.read_bytes()] == []


def test_ten_runs_at_once_on_one_worker_do_not_mix(site: Site) -> None:
    site.start_api()
    site.start_worker()
    words = [f"{letter}animal" for letter in "abcdefghij"]
    runs = {word: site.queue(f"Count {word}", agent="metagpt") for word in words}
    for word, run_id in runs.items():
        result = str(site.wait(run_id, seconds=120)["result"])
        assert [other for other in words if other in result] == [word]
        assert result.count(word) > 3


def test_the_second_framework_runs_the_same_way(site: Site) -> None:
    scripted(site, [])
    site.start_api()
    site.start_worker()
    run_id = site.queue("Explain leases", agent="host:crewai")
    done = site.wait(run_id, seconds=60)
    assert len(done["result"]["tasks"]) == 2
    assert done["usage"]["model_calls"] == asked(site).total() == len(asked(site)) == 2
    starts = [event["agent_role"] for event in site.events(run_id) if event["event_type"] == "AGENT_START"]
    assert starts == ["Researcher", "Writer"]
