"""What a run pays for an answer that was given before: a model call, and neither money nor tokens."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from pydantic import JsonValue
from pydantic_ai import Agent

from agent_runner.agents.base import RunContext
from agent_runner.agents.tool_loop import run_agent
from agent_runner.domain.redaction import Redaction
from agent_runner.llm.cache import MemoryCache
from agent_runner.llm.cached import CachedModel
from agent_runner.llm.endpoint import Endpoint, Provider
from agent_runner.llm.failure import Patience
from agent_runner.llm.provider import RemoteModel
from tests.scripted_model import Script, ScriptedModel
from tests.worker.conftest import House

ADD = ["a", "add", '{"a":1,"b":2}']


@pytest.fixture
def server() -> Iterator[ScriptedModel]:
    with ScriptedModel(Script(turns=[[ADD]])) as running:
        yield running


CACHED = '{"cache": true}'


@pytest.fixture
async def cached_house(house: House, server: ScriptedModel) -> AsyncIterator[House]:
    endpoint = Endpoint(provider=Provider.OPENAI, model="scripted", base_url=f"{server.url}/v1")
    remote = RemoteModel(endpoint, Patience(timeout_seconds=5, max_retries=0))
    model = CachedModel(remote, endpoint.base_url, MemoryCache(60), Redaction())
    house.model = model  # pyright: ignore[reportAttributeAccessIssue] - another model than the counting one
    yield house
    await model.close()


async def sums_up(context: RunContext) -> dict[str, JsonValue]:
    agent = Agent(name="adding", instructions="Use the tools")

    @agent.tool_plain
    async def add(a: int, b: int) -> int:
        return a + b

    del add
    done = await run_agent(context, "work", agent, context.goal)
    return {"summary": done.output}


async def calls_of(house: House, run_id: int) -> list[dict[str, Any]]:
    return [event["payload"] for event in await house.events(run_id) if event["event_type"] == "MODEL_CALL"]


async def test_a_second_run_with_the_same_goal_pays_neither_money_nor_tokens(
    cached_house: House, server: ScriptedModel
) -> None:
    first, second = (
        await cached_house.queue(config=CACHED),
        await cached_house.queue(config=CACHED, budget='{"tokens":1}'),
    )
    await cached_house.worker({"simple": sums_up}, concurrency=1).drain()
    paid, free = await cached_house.run(first), await cached_house.run(second)
    assert (paid.status, free.status) == ("COMPLETED", "COMPLETED"), (paid.error, free.error)
    assert free.result == paid.result
    assert server.asked == ["turn/1", "turn/2"]
    assert paid.input_tokens > 0
    assert (free.model_calls, free.estimated_calls, free.input_tokens, free.output_tokens) == (2, 0, 0, 0)
    assert free.cost_usd == 0
    assert [(call["cached"], call["cost_usd"]) for call in await calls_of(cached_house, first)] == [(False, None)] * 2
    assert [(call["cached"], call["cost_usd"]) for call in await calls_of(cached_house, second)] == [(True, 0.0)] * 2


async def test_a_run_that_does_not_say_so_is_answered_anew(cached_house: House, server: ScriptedModel) -> None:
    for config in (CACHED, "{}", '{"cache": "yes"}'):
        await cached_house.queue(config=config)
    await cached_house.worker({"simple": sums_up}, concurrency=1).drain()
    assert server.asked == ["turn/1", "turn/2"] * 3


async def test_a_cached_answer_counts_as_a_model_call_of_the_budget(cached_house: House, server: ScriptedModel) -> None:
    await cached_house.queue(config=CACHED)
    second = await cached_house.queue(config=CACHED, budget='{"model_calls":1}', max_attempts=1)
    await cached_house.worker({"simple": sums_up}, concurrency=1).drain()
    run = await cached_house.run(second)
    assert (run.status, run.model_calls) == ("FAILED", 1)
    assert "budget of 1 model calls" in (run.error or "")
