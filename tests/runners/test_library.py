"""Topologies from Python: carried out in this process, with the journal of every other run."""

import asyncio
import logging
import os
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import Mock

import pytest

from agent_runner.domain.agent_type import AgentConfig
from agent_runner.domain.run import RunStatus
from agent_runner.errors import InvalidInput, NotFound
from agent_runner.runners.base import RunConfig, Runner
from agent_runner.runners.concurrent import AsyncRunner
from agent_runner.runners.follow import Follower
from agent_runner.runners.local import LocalRunner
from agent_runner.store.database import Database
from agent_runner.store.new_runs import NewRun, create_runs
from agent_runner.store.run_queries import RunFilter, get_run, list_runs
from agent_runner.store.runs import ClaimWanted, claim
from agent_runner.store.verify import verify
from agent_runner.store.wakeup import Ring
from agent_runner.store.workers import live_workers
from tests.runners.casts import AGENTS, PIPELINE
from tests.scripted_faults import FaultKind
from tests.scripted_model import ScriptedModel

RUNNERS: list[type[Runner]] = [LocalRunner, AsyncRunner]


@pytest.mark.parametrize("kind", RUNNERS)
async def test_a_run_of_python_code_lies_in_the_database_like_every_other(
    kind: type[Runner], new_url: str, server: ScriptedModel
) -> None:
    events: list[dict[str, Any]] = []
    runner = kind(RunConfig(correlation_id="order-7", trace_enabled=True), new_url)
    result = await runner.run(PIPELINE, AGENTS, {"goal": "Write a haiku", "about": "rain"}, on_event=events.append)
    assert (result.status, result.error) == (RunStatus.COMPLETED, None)
    assert (result.runner_type, result.topology_name) == (kind.name, "my-pipeline")
    assert result.correlation_id == "order-7"
    assert result.outcome is not None
    assert result.output == result.outcome.output
    assert result.started_at is not None
    assert result.completed_at is not None
    assert result.duration_ms == (result.completed_at - result.started_at).total_seconds() * 1000
    assert [event["event_id"] for event in events] == list(range(1, len(events) + 1))
    assert [events[0]["event_type"], events[-1]["event_type"]] == ["RUN_CREATED", "RUN_COMPLETED"]
    assert [span.node for span in result.trace] == ["ann", "bob", "ann-2"]
    assert all(span.ended_at is not None for span in result.trace)
    assert result.metrics is not None
    assert (result.metrics.agent_calls, result.metrics.model_calls, result.metrics.attempts) == (3, 3, 1)
    assert len(server.calls) == 3
    assert "rain" in server.calls[0].prompt
    database = await Database.open(new_url)
    run = await database.read(get_run, result.execution_id)
    assert (run.status, run.runner, run.agent, run.config) == (
        "COMPLETED",
        kind.name,
        "topology:my-pipeline",
        '{"correlation_id": "order-7"}',
    )
    assert await database.read(verify) == []
    assert await database.read(live_workers) == []
    await database.close()


async def test_without_a_checkpoint_nothing_is_left(new_url: str, server: ScriptedModel) -> None:
    result = await LocalRunner(RunConfig(checkpoint_enabled=False, metrics_enabled=False), new_url).run(
        PIPELINE, list(AGENTS.values()), "Write a haiku"
    )
    assert (result.status, result.metrics, result.trace) == (RunStatus.COMPLETED, None, ())
    database = await Database.open(new_url)
    assert await database.read(list_runs, RunFilter(), after_id=None, limit=10) == []
    await database.close()


async def test_a_failure_is_tried_again_and_finished_answers_are_not(new_url: str, server: ScriptedModel) -> None:
    server.script.answers["other"] = "an answer"
    server.script.faults.clear()
    result = await LocalRunner(RunConfig(max_retries=2), new_url).run(PIPELINE, AGENTS, "Write a haiku")
    asked = len(server.calls)
    server.fail(FaultKind.STATUS, times=1, value="401")
    failed = await LocalRunner(RunConfig(retry_on_failure=False), new_url).run(PIPELINE, AGENTS, "Write a haiku")
    assert (result.status, asked) == (RunStatus.COMPLETED, 3)
    assert (failed.status, failed.outcome, failed.output) == (RunStatus.FAILED, None, None)
    assert failed.error is not None
    assert "ann" in failed.error
    again = await LocalRunner(db_url=new_url).resume(failed.execution_id)
    assert (again.status, again.execution_id, again.output) == (
        RunStatus.COMPLETED,
        failed.execution_id,
        result.output,
    )
    assert len(server.calls) == asked + 1 + 3


async def test_a_run_that_has_completed_is_only_read_by_a_resume(new_url: str, server: ScriptedModel) -> None:
    first = await LocalRunner(db_url=new_url).run(PIPELINE, AGENTS, "Write a haiku")
    again = await AsyncRunner(db_url=new_url).resume(first.execution_id)
    assert again.output == first.output
    assert len(server.calls) == 3


async def test_no_other_worker_gets_the_run_while_its_process_lives(new_url: str, server: ScriptedModel) -> None:
    server.script.latency = 0.2
    database = await Database.open(new_url)
    running = asyncio.create_task(LocalRunner(db_url=new_url).run(PIPELINE, AGENTS, "Write a haiku"))
    while not server.calls:
        await asyncio.sleep(0.01)
    wanted = ClaimWanted(worker_id="greedy", model="demo", slots=10, lease_seconds=30)
    assert (await database.write(claim, wanted)).runs == []
    result = await running
    assert (result.status, len(server.calls)) == (RunStatus.COMPLETED, 3)
    await database.close()


async def test_a_caller_that_is_cancelled_cancels_its_run(new_url: str, server: ScriptedModel) -> None:
    server.script.latency = 60
    running = asyncio.create_task(LocalRunner(db_url=new_url).run(PIPELINE, AGENTS, "Write a haiku"))
    while not server.calls:
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    database = await Database.open(new_url)
    [run] = await database.read(list_runs, RunFilter(), after_id=None, limit=10)
    assert run.status == "CANCELLED"
    assert await database.read(verify) == []
    await database.close()


async def test_the_time_limit_of_the_config_ends_the_run(new_url: str, server: ScriptedModel) -> None:
    server.script.latency = 60
    result = await LocalRunner(RunConfig(timeout_seconds=0.2), new_url).run(PIPELINE, AGENTS, "Write a haiku")
    assert result.status == RunStatus.FAILED
    assert result.error == "the run exceeded its time limit of 0.2 s"


async def test_what_does_not_fit_is_said_before_anything_is_queued(new_url: str, server: ScriptedModel) -> None:
    runner = LocalRunner(db_url=new_url)
    with pytest.raises(InvalidInput, match="has the agent 'ann', and there is none of that name"):
        await runner.run(PIPELINE, {}, "Write a haiku")
    with pytest.raises(InvalidInput, match=r"the input has no goal: \{'about': 'rain'\}"):
        await runner.run(PIPELINE, AGENTS, {"about": "rain"})
    with pytest.raises(InvalidInput, match="max_concurrent is 0"):
        AsyncRunner(max_concurrent=0)
    with pytest.raises(NotFound, match="run 77 does not exist"):
        await runner.resume(77)
    assert server.calls == []


async def test_a_listener_that_fails_does_not_harm_the_run(
    new_url: str, server: ScriptedModel, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: dict[str, Any]) -> None:
        raise ValueError(event["event_type"])

    result = await LocalRunner(db_url=new_url).run(PIPELINE, AGENTS, "Write a haiku", on_event=fail)
    assert result.status == RunStatus.COMPLETED
    assert "on_event failed" in caplog.text
    assert os.environ["LLM_MODEL"] == "openai:scripted"


async def test_a_run_that_waited_longer_is_left_to_other_workers(new_url: str, server: ScriptedModel) -> None:
    database = await Database.open(new_url)
    urgent = NewRun(
        goal="Urgent", agent="simple", input="{}", config="{}", max_attempts=1, time_limit_seconds=60, priority=9
    )
    other = await database.write_together(create_runs, urgent)
    result = await LocalRunner(db_url=new_url).run(PIPELINE, AGENTS, "Write a haiku")
    assert (result.status, result.topology_name) == (RunStatus.COMPLETED, "my-pipeline")
    assert (await database.read(get_run, other.id)).status == "QUEUED"
    await database.close()


async def test_a_retry_is_not_made_before_its_time_has_come(
    new_url: str, server: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETRY_BASE_SECONDS", "0.3")
    monkeypatch.setenv("LLM_MAX_RETRIES", "0")
    agents = [each.model_copy(update={"config": AgentConfig(retries=0)}) for each in AGENTS.values()]
    server.fail(FaultKind.STATUS, times=1, value="500")
    events: list[dict[str, Any]] = []
    result = await LocalRunner(db_url=new_url).run(PIPELINE, agents, "Write a haiku", on_event=events.append)
    assert (result.status, len(server.calls)) == (RunStatus.COMPLETED, 4)
    at = {event["event_type"]: event for event in events if event["event_type"].startswith("RUN_")}
    scheduled = at["RUN_RETRY_SCHEDULED"]
    due = datetime.fromisoformat(scheduled["timestamp"]) + timedelta(seconds=scheduled["payload"]["delay_seconds"])
    assert datetime.fromisoformat(at["RUN_STARTED"]["timestamp"]) >= due - timedelta(milliseconds=1)


async def test_no_event_is_missed_when_no_ring_is_heard(
    new_url: str, server: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Follower, "_hear", Mock())
    events: list[dict[str, Any]] = []
    await LocalRunner(db_url=new_url).run(PIPELINE, AGENTS, "Write a haiku", on_event=events.append)
    assert [event["event_id"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["event_type"] == "RUN_COMPLETED"


async def test_the_log_has_its_level_again_afterwards(new_url: str, server: ScriptedModel) -> None:
    log = logging.getLogger("agent_runner")
    before = log.level
    levels: list[int] = []

    def look(event: dict[str, Any]) -> None:
        levels.append(log.level)

    await LocalRunner(RunConfig(log_level="ERROR"), new_url).run(PIPELINE, AGENTS, "Write a haiku", on_event=look)
    assert (set(levels), log.level) == ({logging.ERROR}, before)


def test_how_often_a_run_is_tried() -> None:
    assert RunConfig().max_attempts == 4
    assert RunConfig(max_retries=0).max_attempts == 1
    assert RunConfig(retry_on_failure=False, max_retries=7).max_attempts == 1


async def test_a_ring_at_the_last_moment_does_not_keep_the_follower(new_url: str) -> None:
    database = await Database.open(new_url)
    new = NewRun(goal="x", agent="simple", input="{}", config="{}", max_attempts=1, time_limit_seconds=60)
    begun: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    begun.set_result((await database.write_together(create_runs, new)).id)
    heard: list[dict[str, Any]] = []

    async def follow() -> None:
        async with Follower(database, begun, [heard.append]) as follower:
            while not heard:
                await asyncio.sleep(0.001)
            for _ in range(20):  # until it waits for a ring
                await asyncio.sleep(0)
            follower._hear(Ring())

    following = asyncio.create_task(follow())
    await asyncio.wait({following}, timeout=5)
    assert following.done()
    await following
    assert [event["event_type"] for event in heard] == ["RUN_CREATED"]
    await database.close()
