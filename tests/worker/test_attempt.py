"""The journal and what an attempt writes: done once, replayed afterwards, readable whatever was said."""

import asyncio
import contextlib
import dataclasses
import json

import pytest
from pydantic import JsonValue
from sqlalchemy import text

from agent_runner.agents.base import RunContext
from agent_runner.api.routes.runs import public
from agent_runner.domain.clock import utc_now
from agent_runner.domain.events import Log
from agent_runner.errors import InvalidInput, PermanentAgentError
from agent_runner.llm.base import ModelRequest
from agent_runner.store.runs import rerun
from agent_runner.store.steps import FinishedStep, insert_steps, journal
from tests.worker.conftest import House


async def _value(value: JsonValue) -> JsonValue:
    return value


async def test_usage_adds_up_and_says_what_is_estimated(house: House) -> None:
    async def ask(context: RunContext) -> dict[str, JsonValue]:
        for key in ("one", "two"):
            await context.complete(key, ModelRequest(system="", prompt=key))
        return {}

    house.model.is_estimated = True
    run_id = await house.queue()
    await house.worker({"simple": ask}).drain()
    run = await house.run(run_id)
    assert (run.model_calls, run.estimated_calls, run.input_tokens, run.output_tokens) == (2, 2, 20, 10)


async def test_a_finished_step_is_not_done_again_and_its_events_are_not_repeated(house: House) -> None:
    attempts: list[int] = []

    async def work(context: RunContext) -> dict[str, JsonValue]:
        attempts.append(context.attempt)
        context.emit(Log(message="before plan"))
        plan = await context.complete("plan", ModelRequest(system="", prompt="plan"))
        context.emit(Log(message="after plan"))
        if context.attempt == 1:
            raise ConnectionError("the network went away")
        done = await context.step("do", lambda: _value({"n": 1}), input=plan.text)
        return {"done": done}

    run_id = await house.queue()
    await house.worker({"simple": work}).drain()
    run = await house.run(run_id)
    assert attempts == [1, 2]
    assert house.model.asked == ["plan"]
    assert (run.status, run.result, run.model_calls, run.input_tokens) == ("COMPLETED", '{"done": {"n": 1}}', 1, 10)
    messages = [event["payload"].get("message") for event in await house.events(run_id)]
    assert messages.count("before plan") == 1
    assert messages.count("after plan") == 2  # it came after the last finished step, so it is told again
    assert list(await house.database.read(journal, run_id)) == ["plan", "do"]


async def test_a_rerun_of_a_failed_run_replays_its_finished_steps(house: House) -> None:
    broken = True

    async def work(context: RunContext) -> dict[str, JsonValue]:
        await context.complete("plan", ModelRequest(system="", prompt="plan"))
        if broken:
            raise PermanentAgentError("broken")
        return {}

    run_id = await house.queue()
    await house.worker({"simple": work}).drain()
    broken = False
    await house.database.write(rerun, run_id, 3)
    await house.worker({"simple": work}).drain()
    assert (await house.run(run_id)).status == "COMPLETED"
    assert house.model.asked == ["plan"]


async def test_a_replayed_step_with_another_input_is_a_clear_error(house: House) -> None:
    async def work(context: RunContext) -> dict[str, JsonValue]:
        await context.step("plan", lambda: _value(1), input={"attempt": context.attempt})
        raise ValueError("again")

    run_id = await house.queue()
    await house.worker({"simple": work}).drain()
    run = await house.run(run_id)
    assert run.status == "FAILED"
    assert f"step 'plan' of run {run_id} was recorded with another input" in str(run.error)


async def test_a_step_key_used_twice_in_one_attempt_is_a_clear_error(house: House) -> None:
    async def work(context: RunContext) -> dict[str, JsonValue]:
        for _ in range(2):
            await context.step("same", lambda: _value(1))
        return {}

    run_id = await house.queue()
    await house.worker({"simple": work}).drain()
    assert "uses the step key 'same' twice" in str((await house.run(run_id)).error)


async def test_steps_that_run_at_the_same_time_are_all_recorded(house: House) -> None:
    async def work(context: RunContext) -> dict[str, JsonValue]:
        outputs = await asyncio.gather(*(context.step(f"part/{n}", lambda n=n: _value(n)) for n in range(20)))
        return {"outputs": list(outputs)}

    run_id = await house.queue()
    await house.worker({"simple": work}).drain()
    assert (await house.run(run_id)).status == "COMPLETED"
    assert len(await house.database.read(journal, run_id)) == 20


HOSTILE_TEXTS = ["a\0b", "lone \ud800 surrogate", "line\nbreak \x1b[31mred", "\u202ereversed", "x" * 100_000]


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=["nul", "surrogate", "ansi", "bidi", "long"])
async def test_whatever_an_agent_says_the_run_ends_and_can_be_read(house: House, text: str) -> None:
    async def talk(context: RunContext) -> dict[str, JsonValue]:
        context.report(current_agent=text, message=text)
        with contextlib.suppress(InvalidInput):  # too large to be an event
            context.emit(Log(message=text), text)
        await context.step("say", lambda: _value(text), input=text)
        if context.goal == "fail":
            raise ValueError(text)
        return {"summary": text, "text": text}

    ids = [await house.queue(goal="fail", max_attempts=1), await house.queue()]
    await house.worker({"simple": talk}).drain()
    assert [(await house.run(run_id)).status for run_id in ids] == ["FAILED", "COMPLETED"]
    for run_id in ids:
        run = await house.run(run_id)
        json.dumps(dataclasses.asdict(run), default=str, ensure_ascii=False).encode()
        for event in await house.events(run_id):
            json.dumps(event, ensure_ascii=False).encode()
        await house.database.read(journal, run_id)
        public(run).model_dump_json()


async def test_a_write_that_the_database_refuses_fails_the_attempt_and_says_why(house: House) -> None:
    async def work(context: RunContext) -> dict[str, JsonValue]:
        moment = utc_now()
        taken = FinishedStep(key="do", position=1, input_hash="", output="1", started_at=moment, finished_at=moment)
        await house.database.write(insert_steps, [(context.run_id, 1, taken)])
        await context.step("do", lambda: _value(1))
        return {}

    run_id = await house.queue(max_attempts=1)
    await house.worker({"simple": work}).drain()
    run = await house.run(run_id)
    assert run.status == "FAILED"
    assert "the database refused the change" in str(run.error)


NO_POISON = {
    "sqlite": "CREATE TRIGGER no_poison BEFORE INSERT ON events WHEN NEW.type = 'LOG' AND NEW.payload LIKE '%poison%' "
    "BEGIN SELECT RAISE(ABORT, 'no poison'); END",
    "postgresql": "ALTER TABLE events ADD CONSTRAINT no_poison CHECK (type <> 'LOG' OR payload NOT LIKE '%poison%')",
}


@pytest.mark.parametrize("is_alone", [True, False])
async def test_an_event_that_the_database_refuses_is_not_lost_without_a_word(house: House, is_alone: bool) -> None:
    """Whether it went out by itself or with the end of the run."""
    await house.database.write(lambda session: session.execute(text(NO_POISON[session.dialect])))

    async def work(context: RunContext) -> dict[str, JsonValue]:
        context.emit(Log(message="poison"))
        while is_alone:
            await asyncio.sleep(0.001)
            context.emit(Log(message="heard?"))
        return {}

    run_id = await house.queue(max_attempts=1)
    await house.worker({"simple": work}).drain()
    run = await house.run(run_id)
    assert run.status == "FAILED"
    assert "the database refused the change" in str(run.error)
    assert "poison" in str(run.error)
