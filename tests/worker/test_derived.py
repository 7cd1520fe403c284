"""A derived step does not wait for its commit, and is lost only with all that came after it."""

import asyncio

import pytest
from pydantic import JsonValue
from sqlalchemy import select, text

from agent_runner.agents.base import RunContext, Tells, Told
from agent_runner.domain.clock import utc_now
from agent_runner.domain.events import Log
from agent_runner.llm.base import ModelRequest
from agent_runner.store.leases import return_lost
from agent_runner.store.steps import FinishedStep, insert_steps, journal
from agent_runner.store.tables import runs
from agent_runner.worker import outbox
from tests.worker.conftest import House


async def _one() -> JsonValue:
    return 1


def _told(_: JsonValue) -> Told:
    return Told(Log(message="derived"), "ann")


async def derive(context: RunContext, key: str) -> None:
    assert await context.step(key, _one, tells=_told, derived=True) == 1


async def _writes(house: House, run_id: int) -> int:
    """How many times the holder of the run has written."""
    statement = select(runs.c.write_number).where(runs.c.id == run_id)
    [row] = await house.database.read(lambda session: session.rows(statement))
    return row.write_number


@pytest.mark.parametrize("tells", [None, _told])
async def test_it_returns_at_once_and_is_durable_soon(house: House, tells: Tells | None) -> None:
    async def work(context: RunContext) -> dict[str, JsonValue]:
        await context.step("first", _one)
        writes = await _writes(house, context.run_id)
        await context.step("derived", _one, tells=tells, derived=True)
        assert await _writes(house, context.run_id) == writes
        async with asyncio.timeout(5):
            while "derived" not in await house.database.read(journal, context.run_id):
                await asyncio.sleep(0.002)
        return {}

    run_id = await house.queue(max_attempts=1)
    await house.worker({"simple": work}).drain()
    assert (await house.run(run_id)).error is None
    assert ("LOG" in await house.types(run_id)) == (tells is not None)


async def test_the_next_step_takes_it_along_in_its_commit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "COMPANY_SECONDS", 60.0)

    async def work(context: RunContext) -> dict[str, JsonValue]:
        await context.complete("ask", ModelRequest(system="", prompt="ask"))
        writes = await _writes(house, context.run_id)
        await derive(context, "derived")
        await context.step("next", _one)
        assert await _writes(house, context.run_id) == writes + 1
        return {}

    run_id = await house.queue(max_attempts=1)
    await house.worker({"simple": work}).drain()
    assert (await house.run(run_id)).error is None
    assert list(await house.database.read(journal, run_id)) == ["ask", "derived", "next"]


@pytest.mark.parametrize("fails", [False, True])
async def test_the_end_of_an_attempt_takes_it_along(house: House, monkeypatch: pytest.MonkeyPatch, fails: bool) -> None:
    monkeypatch.setattr(outbox, "COMPANY_SECONDS", 60.0)
    done: list[int] = []

    async def work(context: RunContext) -> dict[str, JsonValue]:
        async def count() -> JsonValue:
            done.append(context.attempt)
            return 1

        await context.step("derived", count, derived=True)
        if fails and context.attempt == 1:
            raise ValueError("once")
        return {}

    run_id = await house.queue()
    await house.worker({"simple": work}).drain()
    run = await house.run(run_id)
    assert (run.status, run.attempt) == ("COMPLETED", 1 + fails)
    assert list(await house.database.read(journal, run_id)) == ["derived"]
    assert done == [1]


async def test_one_that_is_lost_with_its_worker_is_derived_again_of_what_was_paid(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "COMPANY_SECONDS", 60.0)
    derived: list[str] = []

    async def work(context: RunContext) -> dict[str, JsonValue]:
        async def shout() -> JsonValue:
            answer = await context.complete("reply/1", ModelRequest(system="", prompt="ask"))
            derived.append(answer.text.upper())
            return derived[-1]

        reply = await context.step("reply", shout, derived=True)
        if len(derived) == 1:
            await asyncio.Event().wait()
        return {"reply": reply}

    run_id = await house.queue()
    worker = house.worker({"simple": work})
    running = asyncio.create_task(worker.run_forever())
    async with asyncio.timeout(10):
        while not derived:
            await asyncio.sleep(0.005)
    assert set(await house.database.read(journal, run_id)) == {"reply/1"}
    await house.database.write(return_lost, ["worker-1"])
    run = await house.until(run_id, "COMPLETED")
    worker.stop()
    await running
    assert run.result == '{"reply": "ANSWER TO ASK"}'
    assert derived == ["ANSWER TO ASK"] * 2
    assert (house.model.asked, run.model_calls) == (["ask"], 1)
    assert set(await house.database.read(journal, run_id)) == {"reply/1", "reply"}


async def test_one_that_the_database_refuses_is_not_lost_without_a_word(house: House) -> None:
    async def work(context: RunContext) -> dict[str, JsonValue]:
        moment = utc_now()
        taken = FinishedStep(
            key="derived", position=1, input_hash="", output="1", started_at=moment, finished_at=moment
        )
        await house.database.write(insert_steps, [(context.run_id, 1, taken)])
        await derive(context, "derived")
        return {}

    run_id = await house.queue(max_attempts=1)
    await house.worker({"simple": work}).drain()
    run = await house.run(run_id)
    assert run.status == "FAILED"
    assert "the database refused the change" in str(run.error)


async def test_after_the_lease_is_lost_nothing_is_derived_any_more(house: House) -> None:
    heard: list[str] = []

    async def work(context: RunContext) -> dict[str, JsonValue]:
        taken = text("UPDATE runs SET fence = fence + 1")
        await house.database.write(lambda session: session.execute(taken))
        try:
            await context.step("first", _one)
        except BaseException as error:
            heard.append(type(error).__name__)
            with pytest.raises(Exception, match="no longer held"):
                await context.step("derived", _one, derived=True)
            heard.append("refused")
            raise
        return {}

    run_id = await house.queue(max_attempts=1)
    worker = asyncio.create_task(house.worker({"simple": work}).drain())
    async with asyncio.timeout(10):
        while "refused" not in heard:
            await asyncio.sleep(0.005)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    assert await house.database.read(journal, run_id) == {}
