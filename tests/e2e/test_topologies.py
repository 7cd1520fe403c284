"""Topologies with real processes: API, worker, a model server that counts, and all three runners with one result."""

import json
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.e2e.conftest import Site, cli, on_sqlite, until
from tests.scripted_model import read_calls

pytestmark = [pytest.mark.processes, pytest.mark.timeout(180), on_sqlite]

RUNNERS: Final = ("local", "async", "metaflow")
SAID: Final = "It depends.\nPOSITION: red\nVERDICT: accept"
TOPOLOGIES: Final[dict[str, tuple[dict[str, Any], int]]] = {
    "two-researchers": (
        {"config": {"type": "ensemble"}, "slots": {"members": ["ann", "bob"], "synthesizer": "dot"}},
        3,
    ),
    "a-debate": (
        {
            "config": {"type": "debate", "consensus": "mediator", "max_rounds": 2},
            "slots": {"debaters": ["ann", "bob"], "mediator": "dot"},
        },
        6,
    ),
    "a-check": ({"config": {"type": "cross-check"}, "slots": {"author": "ann", "validators": ["bob", "dot"]}}, 3),
    "all-of-it": (
        {
            "config": {"type": "compound", "is_parallel": True},
            "slots": {"parts": ["two-researchers", "a-check"], "synthesizer": "dot"},
        },
        7,
    ),
}
"""Each with the number of answers that it takes."""


@pytest.fixture
def house(site: Site) -> Site:
    """With a model, and a catalog that somebody has filled over HTTP."""
    site.start_model()
    url = site.settings["OPENAI_BASE_URL"].removesuffix("/v1")
    httpx.post(f"{url}/script", json={"by_text": [["Red or blue", SAID]]}).raise_for_status()
    site.start_api()
    for name in ("ann", "bob", "dot"):
        site.post("/agents", {"name": name, "config": {"system_prompt": f"You are {name}."}})
    for name, (definition, _) in TOPOLOGIES.items():
        site.post("/topologies", {"name": name, **definition})
    return site


def flows_of(site: Site) -> list[int]:
    """The processes of flows that work for this site."""
    found: list[int] = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            environment = (place / "environ").read_bytes()
            if b"METAFLOW_USER=" in environment and os.fsencode(site.directory) in environment:
                found.append(int(place.name))
        except OSError:
            continue
    return found


def asked(site: Site) -> int:
    return len(read_calls(site.calls_log))


def test_every_runner_comes_to_the_same_result_with_the_same_calls(house: Site) -> None:
    house.start_worker()
    runs = {
        (name, runner): house.queue("Red or blue?", agent=f"topology:{name}", runner=runner)
        for name in TOPOLOGIES
        for runner in RUNNERS
    }
    results: dict[str, list[Any]] = {name: [] for name in TOPOLOGIES}
    for (name, runner), run_id in runs.items():
        run = house.wait(run_id, seconds=120)
        answers = TOPOLOGIES[name][1]
        assert (run["runner"], run["progress"], run["attempt"]) == (runner, 1.0, 1)
        assert run["usage"]["model_calls"] == answers, (name, runner)
        agents = [node for node in house.get(f"/runs/{run_id}/graph")["nodes"] if node["kind"] == "agent"]
        assert sum(node["life"]["calls"] for node in agents) == answers, (name, runner)
        results[name].append(run["result"])
    assert all(result == first for first, *others in results.values() for result in others)
    assert asked(house) == len(RUNNERS) * sum(answers for _, answers in TOPOLOGIES.values())
    assert flows_of(house) == []


def test_the_command_line_runs_one_and_says_what_it_came_to(house: Site) -> None:
    house.start_worker()
    done = cli(house, "topologies", "run", "a-debate", "Red or blue?", "--runner", "async", "--watch")
    assert done.returncode == 0, done.stderr
    [run] = house.get("/runs")["items"]
    assert (run["agent"], run["status"], run["result"]["output"]) == ("topology:a-debate", "COMPLETED", "red")
    drawn = cli(house, "runs", "graph", run["id"], "--format", "mermaid")
    assert "flowchart" in drawn.stdout


def test_a_worker_killed_within_a_flow_leaves_no_process_and_no_answer_is_paid_again(house: Site) -> None:
    first = house.start_worker()
    run_id = house.queue("Red or blue?", agent="topology:a-debate", runner="metaflow")

    def answered() -> bool:
        return len(house.get(f"/runs/{run_id}/steps")["steps"]) >= 4  # two answers, each within its call

    until(answered, "two agents have answered", 60)
    first.send_signal(signal.SIGKILL)
    first.wait()
    until(lambda: not flows_of(house), "the flow has died with its worker")
    house.start_worker()
    run = house.wait(run_id, seconds=90)
    assert run["result"]["output"] == "red"
    repeated = Counter(call["prompt_sha256"] for call in read_calls(house.calls_log))
    assert run["usage"]["model_calls"] == 6
    assert asked(house) <= 8, f"only what was in flight is asked again: {repeated}"
    assert run["attempt"] == 2


def test_a_cancel_ends_a_flow_with_all_its_processes(house: Site) -> None:
    url = house.settings["OPENAI_BASE_URL"].removesuffix("/v1")
    httpx.post(f"{url}/script", json={"latency": 60}).raise_for_status()
    house.start_worker()
    run_id = house.queue("Red or blue?", agent="topology:two-researchers", runner="metaflow")
    until(lambda: asked(house) and flows_of(house), "an agent is being asked", 60)
    house.post(f"/runs/{run_id}/cancel")
    house.wait(run_id, "CANCELLED")
    assert flows_of(house) == []
    assert not list(house.directory.rglob("generated*"))


def test_a_budget_ends_a_topology_at_its_limit(house: Site) -> None:
    house.start_worker()
    run_id = house.queue("Red or blue?", agent="topology:a-debate", runner="async", budget={"model_calls": 2})
    run = house.wait(run_id, "FAILED")
    assert asked(house) == 2
    assert "model_calls" in run["error"]
    assert json.dumps(house.types(run_id)).count("BUDGET_EXCEEDED") == 1
    house.post(f"/runs/{run_id}/retry", {"budget": {"model_calls": 50}})
    assert house.wait(run_id)["result"]["output"] == "red"
    assert asked(house) == 6
