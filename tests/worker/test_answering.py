"""Several agents asked at the same time, on a real worker over a real database: killed, stopped, asked, answered."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.agents.typed.answer import answer
from agent_runner.domain.redaction import Redaction
from agent_runner.errors import AgentFailed
from agent_runner.llm.cache import MemoryCache
from agent_runner.llm.cached import CachedModel
from agent_runner.llm.choose import ModelSettings
from agent_runner.llm.endpoint import Endpoint, Provider
from agent_runner.llm.failure import Patience
from agent_runner.llm.provider import RemoteModel
from agent_runner.store.decisions import grant
from agent_runner.store.runs import cancel, rerun
from agent_runner.store.verify import verify
from tests.scripted_model import ScriptedModel
from tests.worker.answering import (
    ALL,
    ENDED,
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


@pytest.fixture(autouse=True)
def nothing_has_ended() -> None:
    ENDED.clear()


@pytest.fixture
def model(house: House) -> HeldModel:
    house.model = model = HeldModel()
    return model


async def test_a_call_costs_two_commits(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Any] = []
    write = house.database.write_together

    async def counted(function: Any, what: Any) -> Any:
        written.append(what)
        return await write(function, what)

    run_id = await house.queue()
    monkeypatch.setattr(house.database, "write_together", counted)
    await house.worker({"simple": asking([call("ann")])}).drain()
    assert (await house.run(run_id)).status == "COMPLETED"
    held = [each for each in written if hasattr(each, "steps")]
    assert [[step.key for step in each.steps] for each in held] == [["ensemble/ann/1"], ["ensemble/ann"], []]


async def test_a_run_whose_worker_stops_asks_only_again_who_was_being_asked(house: House, model: HeldModel) -> None:
    model.held["bob"] = asyncio.Event()
    run_id = await house.queue()
    worker = house.worker({"simple": asking(ALL)})
    dying = asyncio.create_task(worker.run_forever())
    async with asyncio.timeout(10):
        while not {"ensemble/ann", "ensemble/cid"} <= set(await keys(house, run_id)):
            await asyncio.sleep(0.005)
    worker.stop()
    await dying
    model.held.clear()
    await house.worker({"simple": asking(ALL)}).drain()
    await ended_well(house, run_id)
    assert Counter(model.begun) == {f"What says {node}?": 1 + (node == "bob") for node in NODES}
    assert await told(house, run_id, "AGENT_START") == ["ann", "bob", "bob", "cid"]
    assert ENDED == {"ann": 1, "bob": 2, "cid": 1}


async def test_an_attempt_that_fails_between_the_steps_of_a_call_pays_none_twice(house: House) -> None:
    """The model has answered, and is in the journal; the call around it is not."""
    thinking = [call(node, mixins=["reasoning"]) for node in NODES]

    async def work(context: RunContext) -> dict[str, JsonValue]:
        if context.attempt == 1:
            done = [asyncio.create_task(answer(context, each, MIXINS)) for each in thinking]
            async with asyncio.timeout(10):
                while len([key for key in await keys(house, run_id) if key.endswith("/think")]) < 3:
                    await asyncio.sleep(0.001)
            for task in done:
                task.cancel()
            await asyncio.gather(*done, return_exceptions=True)
            raise ConnectionError("gone")
        return await asking(thinking)(context)

    run_id = await house.queue()
    await house.worker({"simple": work}).drain()
    run = await house.run(run_id)
    assert (run.status, run.attempt) == ("COMPLETED", 2), run.error
    thoughts = [prompt for prompt in house.model.asked if "<thoughts>" not in prompt]
    assert len(thoughts) == 3
    assert run.model_calls == len(house.model.asked)
    assert await told(house, run_id, "AGENT_THINKING") == list(NODES)


async def test_a_cancel_ends_all_that_are_being_asked(house: House, model: HeldModel) -> None:
    model.held |= {"bob": asyncio.Event(), "cid": asyncio.Event()}
    run_id = await house.queue()
    worker = house.worker({"simple": asking(ALL)}, lease_seconds=2.0)
    running = asyncio.create_task(worker.run_forever())
    await until(lambda: ENDED["ann"] and len(model.begun) == 3)
    await house.database.write(cancel, run_id, "enough")
    await house.until(run_id, "CANCELLED")
    worker.stop()
    await running
    assert ENDED == {"ann": 1, "bob": 1, "cid": 1}
    assert await told(house, run_id, "ERROR") == []
    assert await house.database.read(verify, idle=True) == []


@pytest.mark.parametrize("mixins", [[], ["reasoning"]])
async def test_the_budget_of_the_run_ends_it_and_is_no_failure_of_an_agent(house: House, mixins: list[str]) -> None:
    run_id = await house.queue(budget='{"model_calls": 2}')
    await house.worker({"simple": asking([call(node, mixins=mixins) for node in NODES])}).drain()
    run = await house.run(run_id)
    assert (run.status, run.attempt, len(house.model.asked)) == ("FAILED", 1, 2)
    assert run.error == "the run has reached its budget of 2 model calls (model_calls): it has used 2"
    assert await told(house, run_id, "ERROR") == []


async def test_a_run_that_asks_for_more_goes_on_where_each_agent_was(house: House) -> None:
    calls = [call(node, mixins=["reasoning"]) for node in NODES]
    run_id = await house.queue(budget='{"model_calls": 2, "on_budget": "ask"}')
    for granted in (2, 4):
        await house.worker({"simple": asking(calls)}).drain()
        assert (await house.run(run_id)).status == "WAITING"
        assert len(house.model.asked) == granted
        await house.database.write(grant, run_id, YES)
    await house.worker({"simple": asking(calls)}).drain()
    run = await house.run(run_id)
    assert (run.status, run.attempt, run.model_calls) == ("COMPLETED", 1, 6), run.error
    assert len(set(house.model.asked)) == 6
    assert await house.database.read(verify, idle=True) == []


# ---- failures and models


async def test_an_agent_that_fails_leaves_what_the_others_have_paid_for(house: House, model: HeldModel) -> None:
    model.fails = {"bob"}
    run_id = await house.queue(max_attempts=2)
    await house.worker({"simple": asking(ALL)}).drain()
    run = await house.run(run_id)
    assert (run.status, run.error) == ("FAILED", "bob has failed: the line is cut")
    assert Counter(model.begun) == {f"What says {node}?": 1 + (node == "bob") for node in NODES}
    model.fails = set()
    await house.database.write(rerun, run_id, 1)
    await house.worker({"simple": asking(ALL)}).drain()
    await ended_well(house, run_id)
    assert await told(house, run_id, "ERROR") == ["bob", "bob"]


async def test_each_agent_is_answered_by_the_model_it_names(house: House) -> None:
    calls = [call("ann"), call("bob", model="demo"), call("cid", model="beer:lager")]

    async def work(context: RunContext) -> dict[str, JsonValue]:
        replies = [await answer(context, each, MIXINS) for each in calls[:2]]
        with pytest.raises(AgentFailed, match="model 'beer:lager' names no provider") as failed:
            await answer(context, calls[2], MIXINS)
        return {"demo": [reply.is_demo for reply in replies], "permanent": failed.value.is_permanent}

    run_id = await house.queue()
    await house.worker({"simple": work}, models=ModelSettings(demo_step_seconds=0)).drain()
    run = await house.run(run_id)
    assert (run.status, run.result) == ("COMPLETED", '{"demo": [false, true], "permanent": true}'), run.error


async def test_agents_with_a_cache_share_the_answers_of_the_worker(house: House) -> None:
    with ScriptedModel() as server:
        endpoint = Endpoint(provider=Provider.OPENAI, model="scripted", base_url=f"{server.url}/v1")
        remote = RemoteModel(endpoint, Patience(timeout_seconds=5, max_retries=0))
        model = CachedModel(remote, endpoint.base_url, MemoryCache(60), Redaction())
        house.model = model  # pyright: ignore[reportAttributeAccessIssue] - another model than the counting one
        calls = [call("ann", mixins=["cache"]), call("ann", mixins=["cache"]), call("ann")]
        calls = [replace(each, key=f"chain/{n}") for n, each in enumerate(calls)]

        async def work(context: RunContext) -> dict[str, JsonValue]:
            replies = [await answer(context, each, MIXINS) for each in calls]
            return {"texts": len({reply.text for reply in replies}), "tokens": [r.consumed.tokens for r in replies]}

        run_id = await house.queue()
        await house.worker({"simple": work}).drain()
        run = await house.run(run_id)
        await model.close()
    assert run.status == "COMPLETED", run.error
    tokens = json.loads(run.result or "")["tokens"]
    assert (tokens[1], tokens[0] > 0, tokens[2] > 0) == (0, True, True)
    assert len(server.asked) == 2
    calls_told = [event["payload"] for event in await house.events(run_id) if event["event_type"] == "MODEL_CALL"]
    assert [each["cached"] for each in calls_told] == [False, True, False]
