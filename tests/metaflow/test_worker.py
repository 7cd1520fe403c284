"""Topologies that a worker runs as flows: a process tree for each, nothing of the worker in it, nothing left of it."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_runner.domain.catalog import FlowEnvironment
from agent_runner.domain.run import RunStatus
from agent_runner.errors import InvalidInput, PermanentAgentError
from agent_runner.runners.base import RunConfig, RunResult
from agent_runner.runners.local import LocalRunner
from agent_runner.runners.metaflow.generate import generate
from agent_runner.runners.metaflow.process import FlowHome
from agent_runner.runners.metaflow.runner import MetaflowRunner
from agent_runner.runners.metaflow.site import Here
from agent_runner.store.database import Database
from agent_runner.store.run_queries import get_run
from tests.metaflow.teams import AGENTS, composed, teams
from tests.scripted_faults import FaultKind
from tests.scripted_model import ScriptedModel

KEY = "sk-of-a-test-0123456789"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedModel]:
    monkeypatch.chdir(tmp_path)
    with ScriptedModel() as server:
        settings = {"LLM_MODEL": "openai:scripted", "OPENAI_BASE_URL": f"{server.url}/v1", "OPENAI_API_KEY": KEY}
        settings |= {"RETRY_BASE_SECONDS": "0", "LLM_MAX_RETRIES": "0", "CACHE_BACKEND": "none", "LEASE_SECONDS": "2"}
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Which database it is makes no difference to a flow."""
    return f"sqlite:///{tmp_path}/runs.db"


class Tree:
    """The processes of flows below a directory: what they were started with, and their variables."""

    def __init__(self, below: Path) -> None:
        self._below = str(below)

    def processes(self) -> dict[int, tuple[str, str]]:
        found: dict[int, tuple[str, str]] = {}
        for place in Path("/proc").glob("[0-9]*"):
            try:
                cwd = str((place / "cwd").readlink())
                said = [(place / name).read_bytes().replace(b"\0", b"\n").decode() for name in ("cmdline", "environ")]
            except OSError:
                continue
            if cwd.startswith(self._below) and "_flow.py" in said[0]:
                found[int(place.name)] = (said[0], said[1])
        return found


async def run(
    name: str, runner: MetaflowRunner | LocalRunner, on_event: Callable[[dict[str, Any]], object]
) -> RunResult:
    there = teams()
    goal = {"goal": "Write a haiku", "about": "rain"}
    return await runner.run(there[name], AGENTS, goal, topologies=there, on_event=on_event)


def messages(events: list[dict[str, Any]], role: str = "metaflow") -> list[str]:
    return [event["payload"]["message"] for event in events if event["agent_role"] == role]


async def test_a_flow_comes_to_what_the_local_runner_comes_to(server: ScriptedModel, url: str, tmp_path: Path) -> None:
    server.script.by_text = [["<answer", "All of it"], ["rain", "A drop"]]
    events: list[dict[str, Any]] = []
    seen: dict[int, tuple[str, str]] = {}

    def watch(event: dict[str, Any]) -> None:
        events.append(event)
        seen.update(Tree(tmp_path).processes())

    local = await run("answers", LocalRunner(db_url=url), lambda _: None)
    asked = sorted(call.prompt for call in server.calls)
    found = await run("answers", MetaflowRunner(RunConfig(trace_enabled=True), url), watch)
    assert found.outcome == local.outcome
    assert found.output == "All of it"
    assert sorted(call.prompt for call in server.calls) == sorted(asked * 2)
    assert sorted(span.node for span in found.trace) == ["ann", "bob", "cid", "dot"]
    told = messages(events)
    assert told[0] == "Metaflow: start is starting"
    assert told.count("Metaflow: members_agent finished") == 3
    assert told[-1] == "Metaflow: end finished"
    assert len(seen) > 3
    for command, variables in seen.values():
        assert KEY not in command + variables
        assert "haiku" not in command + variables
        assert {line.partition("=")[0] for line in variables.splitlines()} & {"OPENAI_API_KEY", "DATABASE_URL"} == set()
    assert Tree(tmp_path).processes() == {}
    assert list((tmp_path / "attempts").glob("*")) == []


async def test_what_has_failed_is_resumed_in_the_next_attempt(server: ScriptedModel, url: str, tmp_path: Path) -> None:
    events: list[dict[str, Any]] = []

    def watch(event: dict[str, Any]) -> None:
        events.append(event)
        if event["payload"].get("message") == "Metaflow: bob is starting":
            server.fail(FaultKind.STATUS, value="401")

    runner = MetaflowRunner(RunConfig(max_retries=1), url, output_dir=tmp_path / "flows")
    found = await run("pipe", runner, watch)
    failures = [event["payload"]["error"] for event in events if event["event_type"] == "RUN_FAILED"]
    assert found.status is RunStatus.FAILED
    assert len(failures) == 1
    assert failures[0].startswith("bob has failed: openai:scripted")
    assert "Traceback" not in failures[0]
    assert messages(events)[-1] == "Metaflow: bob failed"
    assert len(server.calls) == 2
    again = await runner.resume(found.execution_id, on_event=events.append)
    assert again.status is RunStatus.COMPLETED
    assert len(server.calls) == 4
    kept = tmp_path / "flows" / f"run-{found.execution_id}"
    first, second = sorted(path for path in (kept / ".metaflow" / "PipeFlow").iterdir() if path.name.isdecimal())
    begun = {path.name for path in first.iterdir() if list(path.rglob("*.task_begin"))}
    resumed = {path.name for path in second.iterdir() if list(path.rglob("*.task_begin"))}
    assert (begun, resumed) == ({"start", "ann", "bob"}, {"bob", "ann_2", "end"})


async def test_a_cancel_ends_every_process_of_the_flow(server: ScriptedModel, url: str, tmp_path: Path) -> None:
    server.script.latency = 60.0
    running = asyncio.create_task(run("answers", MetaflowRunner(db_url=url), lambda _: None))
    async with asyncio.timeout(50):
        while len(server.calls) < 3:
            await asyncio.sleep(0.05)
    assert len(Tree(tmp_path).processes()) >= 4
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert Tree(tmp_path).processes() == {}


WORKER = """
import asyncio, sys
from agent_runner.runners.metaflow.runner import MetaflowRunner
from tests.metaflow.teams import AGENTS, teams

def tell(event):
    print(event["event_type"], event["payload"].get("message", ""), flush=True)

asyncio.run(MetaflowRunner(db_url=sys.argv[1]).run(teams()["pipe"], AGENTS, "Write a haiku", on_event=tell))
"""


async def test_a_worker_that_is_killed_leaves_nothing_and_the_next_resumes(
    server: ScriptedModel, url: str, tmp_path: Path
) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, url, cwd=tmp_path, env=environment, stdout=subprocess.PIPE
    )
    assert worker.stdout is not None
    while b"ann finished" not in (line := await worker.stdout.readline()):
        assert line, "it has ended by itself"
    worker.kill()
    await worker.communicate()
    async with asyncio.timeout(20):
        while Tree(tmp_path).processes():
            await asyncio.sleep(0.02)
    assert len(server.calls) in {1, 2}
    found = await MetaflowRunner(db_url=url).resume(1)
    assert found.status is RunStatus.COMPLETED
    prompts = [call.prompt for call in server.calls]
    assert len(prompts) in {3, 4}
    assert prompts.count("Write a haiku") == 1
    assert found.metrics is not None
    assert found.metrics.attempts == 2


async def test_a_flow_that_cannot_be_resumed_begins_anew(server: ScriptedModel, url: str, tmp_path: Path) -> None:
    composition = composed("pipe").model_copy(update={"runner": "metaflow"})
    flow = generate(composition, Here.options)
    home = FlowHome(tmp_path / "flows" / "run-1", flow.file)
    home.write(flow.source)
    (home.directory / "run-id").write_text("1234567")
    found = await run("pipe", MetaflowRunner(db_url=url, output_dir=tmp_path / "flows"), lambda _: None)
    assert (found.status, len(server.calls)) == (RunStatus.COMPLETED, 3)
    assert found.metrics is not None
    assert found.metrics.attempts == 1
    assert home.run_id not in {None, "1234567"}


async def test_without_metaflow_it_is_said_what_to_install(
    server: ScriptedModel, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "metaflow", None)
    found = await run("pipe", MetaflowRunner(db_url=url), lambda _: None)
    assert found.error is not None
    assert "Metaflow is not installed" in found.error
    assert "pip install 'agent-runner[metaflow]'" in found.error


def test_an_environment_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="local, kubernetes, batch, and not in 'moon'"):
        MetaflowRunner(environment="moon")
    for name in ("moon", 1, [], None):
        with pytest.raises(PermanentAgentError, match=f"and not in {re.escape(repr(name))}"):
            MetaflowRunner.of_run({"environment": name})


def test_a_worker_that_goes_on_with_it_makes_the_same_runner() -> None:
    for name in FlowEnvironment:
        made = MetaflowRunner.of_run(MetaflowRunner(environment=name).config_of_run)
        assert made.environment is name
    assert MetaflowRunner().config_of_run == {}


async def test_steps_elsewhere_need_to_be_told_where_the_api_is(server: ScriptedModel, url: str) -> None:
    found = await run("pipe", MetaflowRunner(db_url=url, environment="kubernetes"), lambda _: None)
    assert found.status is RunStatus.FAILED
    assert "PUBLIC_URL does not say where they reach it" in (found.error or "")
    assert found.metrics is not None
    assert found.metrics.attempts == 1
    kept = await _config_of(url, found.execution_id)
    assert kept["environment"] == "kubernetes"


async def _config_of(url: str, run_id: int) -> dict[str, Any]:
    database = await Database.open(url)
    try:
        return json.loads((await database.read(get_run, run_id)).config)
    finally:
        await database.close()
