"""Agents that ask a person before their answers count, beside others that are asked at the same time."""

import asyncio
import json
from collections import Counter

import pytest
from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.agents.typed.answer import answer
from agent_runner.errors import AgentFailed
from agent_runner.store.approvals import get_approval
from agent_runner.store.decisions import Rejection, grant, reject
from agent_runner.store.runs import rerun
from tests.worker.answering import (
    HUMAN,
    MIXINS,
    NODES,
    YES,
    HeldModel,
    asking,
    call,
    ended_well,
    keys,
    told,
    until,
)
from tests.worker.conftest import House


@pytest.fixture
def model(house: House) -> HeldModel:
    house.model = model = HeldModel()
    return model


async def test_two_of_three_ask_a_person_and_no_model_call_is_made_twice(house: House, model: HeldModel) -> None:
    calls = [call("ann", **HUMAN), call("bob"), call("cid", **HUMAN)]
    model.held["bob"] = asyncio.Event()
    run_id = await house.queue(max_attempts=1)
    draining = asyncio.create_task(house.worker({"simple": asking(calls)}).drain())
    await until(lambda: len(model.asked) == 2)
    model.held["bob"].set()
    await draining
    asked: list[str] = []
    for _ in range(2):
        assert (await house.run(run_id)).status == "WAITING"
        asked.append((await house.database.read(get_approval, run_id, None)).key)
        await house.database.write(grant, run_id, YES)
        await house.worker({"simple": asking(calls)}).drain()
    assert sorted(asked) == ["ensemble/ann/approve/1", "ensemble/cid/approve/1"]
    await ended_well(house, run_id)
    assert Counter(model.begun) == {f"What says {node}?": 1 for node in NODES}
    assert (await house.run(run_id)).attempt == 1
    assert await keys(house, run_id) == sorted(
        [*asked, *(f"ensemble/{node}{end}" for node in NODES for end in ("", "/1"))]
    )


async def test_who_is_told_what_to_do_otherwise_answers_again_beside_the_others(house: House) -> None:
    calls = [call("ann", **HUMAN), call("bob"), call("cid")]
    run_id = await house.queue()
    await house.worker({"simple": asking(calls)}).drain()
    await house.database.write(reject, run_id, Rejection(decided_by="ada", comment="shorter", revise=True))
    await house.worker({"simple": asking(calls)}).drain()
    assert (await house.database.read(get_approval, run_id, None)).key == "ensemble/ann/approve/2"
    await house.database.write(grant, run_id, YES)
    await house.worker({"simple": asking(calls)}).drain()
    run = await house.run(run_id)
    assert (run.status, len(house.model.asked)) == ("COMPLETED", 4), run.error
    assert "<wishes>\nshorter\n</wishes>" in str(json.loads(run.result or "")["ann"])


async def test_a_crash_behind_an_answer_of_a_person_asks_nobody_again(house: House) -> None:
    calls = [call("ann", **HUMAN), call("bob"), call("cid")]

    async def work(context: RunContext) -> dict[str, JsonValue]:
        result = await asking(calls)(context)
        if context.attempt == 1:
            raise ConnectionError("gone")
        return result

    run_id = await house.queue(max_attempts=2)
    await house.worker({"simple": work}).drain()
    await house.database.write(grant, run_id, YES)
    await house.worker({"simple": work}).drain()
    await ended_well(house, run_id)
    assert (await house.run(run_id)).attempt == 2
    assert len(house.model.asked) == 3
    assert (await house.types(run_id)).count("APPROVAL_REQUESTED") == 1


async def test_an_answer_of_a_person_holds_where_the_call_around_it_was_not_finished(house: House) -> None:
    calls = [call("ann", mixins=["human-in-the-loop", "logging"])]

    async def work(context: RunContext) -> dict[str, JsonValue]:
        if context.attempt == 1 and await _is_granted(house, run_id):
            task = asyncio.create_task(answer(context, calls[0], MIXINS))
            async with asyncio.timeout(10):
                while "ensemble/ann/approve/1" not in await keys(house, run_id):
                    await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise ConnectionError("gone")
        return await asking(calls)(context)

    run_id = await house.queue(max_attempts=2)
    await house.worker({"simple": work}).drain()
    await house.database.write(grant, run_id, YES)
    await house.worker({"simple": work}).drain()
    run = await house.run(run_id)
    assert (run.status, run.attempt, len(house.model.asked)) == ("COMPLETED", 2, 1), run.error
    assert await told(house, run_id, "MESSAGE") == ["ann"]


async def _is_granted(house: House, run_id: int) -> bool:
    types = await house.types(run_id)
    return "APPROVAL_GRANTED" in types


async def test_when_nobody_answers_in_time_the_agent_has_failed_and_a_rerun_asks_again(house: House) -> None:
    options = {"human-in-the-loop": {"expires_in_seconds": 0.001}}
    calls = [call("ann", mixin_options=options, **HUMAN), call("bob")]

    async def skipping(context: RunContext) -> dict[str, JsonValue]:
        results = await asyncio.gather(*(answer(context, each, MIXINS) for each in calls), return_exceptions=True)
        failed = [result for result in results if isinstance(result, AgentFailed)]
        if len(failed) != 1:
            raise next(result for result in results if isinstance(result, BaseException))
        return {"failed": str(failed[0]), "permanent": failed[0].is_permanent}

    run_id = await house.queue()
    await house.worker({"simple": skipping}).drain()
    worker = house.worker({"simple": skipping}, lease_seconds=2.0)
    running = asyncio.create_task(worker.run_forever())  # its janitor goes round at once
    done = await house.until(run_id, "COMPLETED")
    worker.stop()
    await running
    assert json.loads(done.result or "") == {
        "failed": "ann has failed: nobody has said in time whether its answer may count",
        "permanent": True,
    }
    assert await told(house, run_id, "ERROR") == ["ann"]
    assert len(house.model.asked) == 2


async def test_who_says_no_for_good_ends_the_run_and_a_rerun_asks_again(house: House) -> None:
    calls = [call("ann", **HUMAN), call("bob")]
    run_id = await house.queue()
    await house.worker({"simple": asking(calls)}).drain()
    await house.database.write(reject, run_id, Rejection(decided_by="ada", comment="never"))
    assert (await house.run(run_id)).status == "CANCELLED"
    await house.database.write(rerun, run_id, 1)
    await house.worker({"simple": asking(calls)}).drain()
    assert (await house.run(run_id)).status == "WAITING"
    assert len(house.model.asked) == 2
