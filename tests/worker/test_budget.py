"""A run that has consumed its budget makes no further model call, in whatever attempt."""

import asyncio

import pytest
from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.domain.budget import Budget, Consumed, RunBudget
from agent_runner.llm.base import ModelRequest
from tests.worker.conftest import House


async def ask_for_ever(context: RunContext) -> dict[str, JsonValue]:
    for number in range(10):
        await context.complete(f"call/{number}", ModelRequest(system="", prompt=str(number)))
    return {}


@pytest.mark.parametrize(
    ("budget", "calls", "sentence"),
    [
        ('{"model_calls": 2}', 2, "the run has reached its budget of 2 model calls (model_calls): it has used 2"),
        ('{"tokens": 31}', 3, "the run has reached its budget of 31 tokens (tokens): it has used 45"),
        ('{"tokens": 30}', 2, "the run has reached its budget of 30 tokens (tokens): it has used 30"),
        ('{"cost_usd": 0.5}', 2, "the run has reached its budget of 0.5 US dollars (cost_usd): it has used 0.5"),
    ],
)
async def test_a_reached_budget_stops_the_run_before_the_next_call(
    house: House, budget: str, calls: int, sentence: str
) -> None:
    house.model.cost_usd = 0.25
    run_id = await house.queue(budget=budget)
    await house.worker({"simple": ask_for_ever}).drain()
    run = await house.run(run_id)
    assert (run.status, run.error, run.attempt) == ("FAILED", sentence, 1)
    assert run.model_calls == len(house.model.asked) == calls
    events = await house.events(run_id)
    assert [event["event_type"] for event in events][-2:] == ["BUDGET_EXCEEDED", "RUN_FAILED"]
    assert events[-2]["payload"]["budget"] in sentence


async def test_what_earlier_attempts_consumed_counts(house: House) -> None:
    async def work(context: RunContext) -> dict[str, JsonValue]:
        await context.complete("first", ModelRequest(system="", prompt="first"))
        if context.attempt == 1:
            raise ConnectionError("the network went away")
        await context.complete("second", ModelRequest(system="", prompt="second"))
        return {}

    run_id = await house.queue(budget='{"model_calls": 1}')
    await house.worker({"simple": work}).drain()
    run = await house.run(run_id)
    assert (run.status, run.attempt, house.model.asked) == ("FAILED", 2, ["first"])


async def test_calls_at_the_same_time_cannot_pass_a_limit_together(house: House) -> None:
    async def work(context: RunContext) -> dict[str, JsonValue]:
        asked = [context.complete(f"call/{n}", ModelRequest(system="", prompt=str(n))) for n in range(5)]
        failed = [
            answer for answer in await asyncio.gather(*asked, return_exceptions=True) if isinstance(answer, Exception)
        ]
        raise failed[0]

    run_id = await house.queue(budget='{"model_calls": 2}')
    await house.worker({"simple": work}).drain()
    assert len(house.model.asked) == (await house.run(run_id)).model_calls == 2


async def test_a_call_of_unknown_price_is_told_so_and_reaches_no_money_budget(house: House) -> None:
    run_id = await house.queue(budget='{"cost_usd": 0.01}')
    await house.worker({"simple": ask_for_ever}).drain()
    assert (await house.run(run_id)).status == "COMPLETED"
    calls = [event["payload"] for event in await house.events(run_id) if event["event_type"] == "MODEL_CALL"]
    assert len(calls) == 10
    assert {call["cost_usd"] for call in calls} == {None}


async def test_a_time_limit_is_told_as_the_budget_of_seconds(house: House) -> None:
    async def hang(context: RunContext) -> dict[str, JsonValue]:
        return await asyncio.get_running_loop().create_future()

    run_id = await house.queue(time_limit_seconds=0.1)
    await house.worker({"simple": hang}).drain()
    event = (await house.events(run_id))[-2]
    assert (event["event_type"], event["payload"]["budget"], event["payload"]["limit"]) == (
        "BUDGET_EXCEEDED",
        "seconds",
        0.1,
    )


def test_a_run_without_limits_of_its_own_has_those_of_the_default() -> None:
    assert Budget(tokens=5).over(Budget(tokens=9, model_calls=3)) == Budget(tokens=5, model_calls=3)
    assert RunBudget().reached_by(Consumed(cost_usd=1e9, tokens=10**12, model_calls=10**6)) is None
