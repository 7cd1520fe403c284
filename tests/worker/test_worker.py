"""The worker over a real database: outcomes, stops, leases and the journal."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.domain.events import AgentThinking, Log
from agent_runner.errors import LeaseLost, PermanentAgentError
from agent_runner.llm.base import ModelRequest
from agent_runner.store.held import HeldWrite, write_held
from agent_runner.store.leases import return_lost
from agent_runner.store.runs import ClaimWanted, cancel, claim
from agent_runner.store.workers import live_workers
from agent_runner.worker.lease import Beat
from tests.worker.conftest import House


async def hello(context: RunContext) -> dict[str, JsonValue]:
    context.emit(AgentThinking(message="hm"), "simple")
    context.report(iteration=1, progress=0.5, current_agent="simple", message="working")
    return {"summary": f"did: {context.goal}"}


async def test_a_queued_run_is_executed_to_the_end(house: House) -> None:
    run_id = await house.queue(goal="Test")
    await house.worker({"simple": hello}).drain()
    run = await house.run(run_id)
    assert (run.status, run.result, run.progress, run.iteration) == ("COMPLETED", '{"summary": "did: Test"}', 1.0, 1)
    assert await house.types(run_id) == ["RUN_CREATED", "RUN_STARTED", "AGENT_THINKING", "RUN_COMPLETED"]
    assert (await house.events(run_id))[1]["payload"]["model"] == "scripted"
    assert await house.database.read(live_workers) == []


async def test_many_runs_are_each_executed_once_by_two_workers(house: House) -> None:
    executed: list[int] = []

    async def note(context: RunContext) -> dict[str, JsonValue]:
        executed.append(context.run_id)
        return {}

    ids = await asyncio.gather(*(house.queue() for _ in range(300)))
    workers = [house.worker({"simple": note}) for _ in range(2)]
    await asyncio.gather(*(worker.drain() for worker in workers))
    assert sorted(executed) == sorted(ids)


async def test_a_worker_that_waits_starts_a_new_run_without_waiting_for_its_interval(house: House) -> None:
    worker = house.worker({"simple": hello}, check_interval=3600.0)
    running = asyncio.create_task(worker.run_forever())
    run_id = await house.queue()
    await house.until(run_id, "COMPLETED")
    worker.stop()
    await running


async def test_without_a_wake_up_the_check_interval_finds_the_run(house: House) -> None:
    worker = house.worker({"simple": hello}, check_interval=0.05)
    running = asyncio.create_task(worker.run_forever())
    run_id = await house.queue(available_at=datetime.now(UTC) + timedelta(seconds=0.3))
    await house.until(run_id, "COMPLETED")
    worker.stop()
    await running


async def test_a_delayed_run_starts_at_its_time_not_at_the_next_interval(house: House) -> None:
    worker = house.worker({"simple": hello}, check_interval=3600.0)
    running = asyncio.create_task(worker.run_forever())
    due = datetime.now(UTC) + timedelta(seconds=0.4)
    run = await house.until(await house.queue(available_at=due), "COMPLETED")
    assert run.started_at is not None
    assert run.started_at >= due
    worker.stop()
    await running


async def test_a_beat_that_asked_about_the_attempt_before_does_not_stop_this_one(house: House) -> None:
    """It was sent while the first attempt ran, met a queued run, and is heard while the second one runs."""
    has_begun, may_end = asyncio.Event(), asyncio.Event()

    async def fail_once(context: RunContext) -> dict[str, JsonValue]:
        if context.attempt == 1:
            raise ValueError("bad luck")
        has_begun.set()
        await may_end.wait()
        return {}

    run_id = await house.queue(max_attempts=2)
    worker = house.worker({"simple": fail_once})
    draining = asyncio.create_task(worker.drain())
    await has_begun.wait()
    worker._on_beat(Beat(sent_at=time.monotonic(), asked={run_id: 1}, held={}))
    for _ in range(10):  # a stop would reach the agent within two turns of the loop
        await asyncio.sleep(0)
    may_end.set()
    await draining
    assert (await house.run(run_id)).status == "COMPLETED"


async def test_a_failing_attempt_is_tried_again_until_none_is_left(house: House) -> None:
    async def fail(context: RunContext) -> dict[str, JsonValue]:
        raise ValueError(f"bad luck {context.attempt}")

    run_id = await house.queue(max_attempts=2)
    worker = house.worker({"simple": fail})
    await worker.drain()
    run = await house.run(run_id)
    assert (run.status, run.attempt, run.error) == ("FAILED", 2, "ValueError: bad luck 2")
    assert await house.types(run_id) == [
        "RUN_CREATED",
        "RUN_STARTED",
        "RUN_RETRY_SCHEDULED",
        "RUN_STARTED",
        "RUN_FAILED",
    ]


@pytest.mark.parametrize(
    ("agent", "error"),
    [
        ("unknown", "this worker has no agent 'unknown'; it has: simple"),
        ("simple", "no way"),
    ],
)
async def test_what_cannot_get_better_fails_at_once(house: House, agent: str, error: str) -> None:
    async def refuse(_context: RunContext) -> dict[str, JsonValue]:
        raise PermanentAgentError("no way")

    run_id = await house.queue(agent=agent)
    await house.worker({"simple": refuse}).drain()
    run = await house.run(run_id)
    assert (run.status, run.attempt, run.error) == ("FAILED", 1, error)


@pytest.mark.parametrize("result", [{"x": float("nan")}, {"x": object()}, {"x": "y" * 2_000_000}])
async def test_a_result_that_cannot_be_kept_is_a_clear_failure(house: House, result: Any) -> None:
    async def answer(_context: RunContext) -> dict[str, JsonValue]:
        return result

    run_id = await house.queue()
    await house.worker({"simple": answer}).drain()
    run = await house.run(run_id)
    assert run.status == "FAILED"
    assert "result" in str(run.error)


async def test_a_running_run_is_cancelled_within_moments(house: House) -> None:
    stopped = asyncio.Event()

    async def hang(context: RunContext) -> dict[str, JsonValue]:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return {}

    worker = house.worker({"simple": hang})
    running = asyncio.create_task(worker.run_forever())
    run_id = await house.queue()
    await house.until(run_id, "RUNNING")
    await house.database.write(cancel, run_id, "enough")
    await house.until(run_id, "CANCELLED")
    assert stopped.is_set()
    assert (await house.types(run_id))[-2:] == ["RUN_CANCEL_REQUESTED", "RUN_CANCELLED"]
    worker.stop()
    await running


async def test_an_agent_that_ignores_being_stopped_can_write_nothing_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent_runner.worker.execute.STOP_GRACE_SECONDS", 0.05)
    refused: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    async def stubborn(context: RunContext) -> dict[str, JsonValue]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            try:
                context.emit(Log(message="still here"))
            except LeaseLost as error:
                refused.set_result(error)
        return {}

    run_id = await house.queue(time_limit_seconds=0.1)
    await house.worker({"simple": stubborn}).drain()
    assert isinstance(await refused, LeaseLost)
    run = await house.run(run_id)
    assert (run.status, run.error) == ("FAILED", "the run exceeded its time limit of 0.1 s")


async def test_a_stopping_worker_releases_its_runs_and_another_goes_on(house: House) -> None:
    release_seen = asyncio.Event()

    async def slow(context: RunContext) -> dict[str, JsonValue]:
        await context.complete("first", ModelRequest(system="", prompt="first"))
        if context.attempt == 1 and not release_seen.is_set():
            release_seen.set()
            await asyncio.Event().wait()
        await context.complete("second", ModelRequest(system="", prompt="second"))
        return {}

    run_id = await house.queue()
    worker = house.worker({"simple": slow})
    running = asyncio.create_task(worker.run_forever())
    await release_seen.wait()
    worker.stop()
    await running
    run = await house.run(run_id)
    assert (run.status, run.attempt) == ("QUEUED", 0)
    await house.worker({"simple": slow}).drain()
    assert house.model.asked == ["first", "second"]
    first, second = ["RUN_CREATED", "RUN_STARTED", "MODEL_CALL"], ["RUN_RELEASED", "RUN_STARTED", "MODEL_CALL"]
    assert await house.types(run_id) == [*first, *second, "RUN_COMPLETED"]
    assert (await house.run(run_id)).attempt == 1


async def test_running_work_gets_its_time_when_the_worker_drains(house: House) -> None:
    started, go = asyncio.Event(), asyncio.Event()

    async def slow(_context: RunContext) -> dict[str, JsonValue]:
        started.set()
        await go.wait()
        return {}

    run_id, later = await house.queue(), None
    worker = house.worker({"simple": slow}, drain_seconds=10.0)
    running = asyncio.create_task(worker.run_forever())
    await started.wait()
    worker.stop()
    later = await house.queue()
    go.set()
    await running
    assert (await house.run(run_id)).status == "COMPLETED"
    assert (await house.run(later)).status == "QUEUED"


async def test_a_worker_whose_run_was_given_away_stops_its_agent_and_writes_nothing(house: House) -> None:
    started, stopped = asyncio.Event(), asyncio.Event()

    async def hang(context: RunContext) -> dict[str, JsonValue]:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return {}

    run_id = await house.queue()
    worker = house.worker({"simple": hang}, lease_seconds=3.0)
    running = asyncio.create_task(worker.run_forever())
    await started.wait()
    await house.database.write(return_lost, ["worker-1"])
    wanted = ClaimWanted(worker_id="other", model="m", slots=1, lease_seconds=30)
    [claimed] = (await house.database.write(claim, wanted)).runs
    async with asyncio.timeout(10):
        await stopped.wait()
    write = HeldWrite(run_id=run_id, fence=claimed.fence, number=1)
    assert await house.database.write_together(write_held, write) is None
    assert await house.types(run_id) == ["RUN_CREATED", "RUN_STARTED", "RUN_LEASE_EXPIRED", "RUN_STARTED"]
    worker.stop()
    await running


async def test_a_run_that_comes_back_to_the_worker_that_lost_it_stops_its_former_attempt(house: House) -> None:
    attempts: list[int] = []
    stopped = asyncio.Event()

    async def hang_once(context: RunContext) -> dict[str, JsonValue]:
        attempts.append(context.attempt)
        if context.attempt == 1:
            try:
                await asyncio.Event().wait()
            finally:
                stopped.set()
        return {}

    run_id = await house.queue()
    worker = house.worker({"simple": hang_once})
    running = asyncio.create_task(worker.run_forever())
    await house.until(run_id, "RUNNING")
    await house.database.write(return_lost, ["worker-1"])
    await house.until(run_id, "COMPLETED")
    async with asyncio.timeout(5):
        await stopped.wait()
    assert attempts == [1, 2]
    worker.stop()
    await running


async def test_a_ring_that_comes_during_a_claim_is_not_forgotten(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Committed right after the claim has found nothing, and heard before the claim's answer is."""
    write, queued = house.database.write, list[int]()

    async def write_and_be_slow(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        answer = await write(function, *args, **kwargs)
        if function is claim and not queued:
            queued.append(await house.queue())
            async with asyncio.timeout(5):
                while not worker._may_have_work:
                    await asyncio.sleep(0.005)
        return answer

    monkeypatch.setattr(house.database, "write", write_and_be_slow)
    worker = house.worker({"simple": hello})
    running = asyncio.create_task(worker.run_forever())
    async with asyncio.timeout(10):
        while not queued:
            await asyncio.sleep(0.005)
    await house.until(queued[0], "COMPLETED")
    worker.stop()
    await running


async def test_leases_are_renewed_while_the_event_loop_is_blocked(house: House) -> None:
    async def block(_context: RunContext) -> dict[str, JsonValue]:
        end = time.monotonic() + 3.0
        while time.monotonic() < end:
            pass
        return {}

    run_id = await house.queue()
    await house.worker({"simple": block}, lease_seconds=2.0).drain()
    assert await house.types(run_id) == ["RUN_CREATED", "RUN_STARTED", "RUN_COMPLETED"]


async def test_once_works_on_one_batch(house: House) -> None:
    ids = [await house.queue() for _ in range(6)]
    await house.worker({"simple": hello}).once()
    assert [(await house.run(run_id)).status for run_id in ids] == ["COMPLETED"] * 4 + ["QUEUED"] * 2
