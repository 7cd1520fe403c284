"""A run that asks at a limit: a person grants as much again, or ends it; no call under way is paid twice."""

import asyncio

import pytest
from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.domain.budget import Reached, RunBudget, shown
from agent_runner.domain.events import Log
from agent_runner.errors import Conflict
from agent_runner.llm.base import ModelAnswer, ModelRequest
from agent_runner.store.approvals import get_approval
from agent_runner.store.decisions import Grant, Rejection, grant, reject
from agent_runner.store.forks import ForkWanted, fork
from agent_runner.store.runs import rerun
from agent_runner.store.steps import journal
from agent_runner.store.verify import verify
from tests.worker.conftest import CountingModel, House

YES = Grant(decided_by="ada")
TWO_CALLS = '{"model_calls": 2, "on_budget": "ask"}'


async def five_calls(context: RunContext) -> dict[str, JsonValue]:
    for number in range(1, 6):
        context.emit(Log(message=f"before {number}"))
        await context.complete(f"call/{number}", ModelRequest(system="", prompt=str(number)))
    return {}


async def test_a_run_at_its_limit_asks_and_goes_on_with_as_much_again(house: House) -> None:
    run_id = await house.queue(budget=TWO_CALLS, max_attempts=1)
    for key, limit in (("budget/1", 2), ("budget/2", 4)):
        await house.worker({"simple": five_calls}).drain()
        assert (await house.run(run_id)).status == "WAITING"
        asked = await house.database.read(get_approval, run_id, None)
        assert (asked.key, asked.kind, asked.expires_at) == (key, "BUDGET", None)
        assert (
            f"the run has reached its budget of {limit} model calls (model_calls): it has used {limit};"
            " may it use 2 more?" in asked.question
        )
        await house.database.write(grant, run_id, YES)
        assert RunBudget.read((await house.run(run_id)).budget).limits()["model_calls"] == limit + 2
    await house.worker({"simple": five_calls}).drain()
    run = await house.run(run_id)
    assert (run.status, run.attempt, run.model_calls) == ("COMPLETED", 1, 5)
    assert house.model.asked == ["1", "2", "3", "4", "5"]
    assert (await house.types(run_id))[6:10] == ["LOG", "BUDGET_EXCEEDED", "APPROVAL_REQUESTED", "APPROVAL_GRANTED"]
    told = [event["payload"]["message"] for event in await house.events(run_id) if event["event_type"] == "LOG"]
    assert told == [f"before {number}" for number in range(1, 6)]
    assert await house.database.read(verify, idle=True) == []


async def test_money_is_granted_from_what_was_used_and_not_from_the_limit(house: House) -> None:
    house.model.cost_usd = 0.4
    run_id = await house.queue(budget='{"cost_usd": 0.5, "on_budget": "ask"}')
    await house.worker({"simple": five_calls}).drain()
    await house.database.write(grant, run_id, YES)
    assert RunBudget.read((await house.run(run_id)).budget).limits()["cost_usd"] == pytest.approx(1.3)
    await house.worker({"simple": five_calls}).drain()
    assert house.model.asked == ["1", "2", "3", "4"]


async def test_who_says_no_ends_the_run_and_a_retry_asks_again(house: House) -> None:
    run_id = await house.queue(budget=TWO_CALLS)
    await house.worker({"simple": five_calls}).drain()
    with pytest.raises(Conflict, match="cannot be revised"):
        await house.database.write(reject, run_id, Rejection(decided_by="ada", comment="less", revise=True))
    await house.database.write(reject, run_id, Rejection(decided_by="ada", comment="too dear"))
    assert (await house.run(run_id)).status == "CANCELLED"
    await house.database.write(rerun, run_id, 1)
    await house.worker({"simple": five_calls}).drain()
    assert (await house.run(run_id)).status == "WAITING"
    assert house.model.asked == ["1", "2"]
    assert await house.database.read(verify, idle=True) == []


async def test_when_nobody_answers_in_time_the_run_fails_and_says_so(house: House) -> None:
    run_id = await house.queue(budget='{"model_calls": 2, "on_budget": "ask", "ask_seconds": 0.001}')
    await house.worker({"simple": five_calls}).drain()
    worker = house.worker({"simple": five_calls}, lease_seconds=2.0)
    running = asyncio.create_task(worker.run_forever())  # its janitor goes round at once
    failed = await house.until(run_id, "FAILED")
    worker.stop()
    await running
    assert failed.error == (
        "the run has reached its budget of 2 model calls (model_calls): it has used 2,"
        " and nobody has granted more in time"
    )
    await house.database.write(rerun, run_id, 1)
    await house.worker({"simple": five_calls}).once()
    assert (await house.types(run_id))[-2:] == ["BUDGET_EXCEEDED", "APPROVAL_REQUESTED"]
    assert house.model.asked == ["1", "2"]


class SlowModel(CountingModel):
    """Answers no question before `answers` is set, and the question `fails` with an error."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = asyncio.Event()
        self.under_way = 0
        self.fails = ""

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        self.under_way += 1
        if self.under_way == 2:
            asyncio.get_running_loop().call_soon(self.answers.set)
        await self.answers.wait()
        if request.prompt == self.fails:
            self.fails = ""
            raise ConnectionError("the line is cut")
        return await super().complete(request)


async def five_at_once(context: RunContext) -> dict[str, JsonValue]:
    asked = [context.complete(f"call/{number}", ModelRequest(system="", prompt=str(number))) for number in range(5)]
    failed = [said for said in await asyncio.gather(*asked, return_exceptions=True) if isinstance(said, Exception)]
    return {"failed": [str(error) for error in failed]}


async def test_calls_under_way_are_paid_and_kept_before_the_run_asks(house: House) -> None:
    house.model = SlowModel()
    run_id = await house.queue(budget=TWO_CALLS)
    for granted in range(2):
        await house.worker({"simple": five_at_once}).drain()
        assert (await house.run(run_id)).status == "WAITING"
        calls = [key for key in await house.database.read(journal, run_id) if key.startswith("call/")]
        assert len(calls) == len(house.model.asked) == (await house.run(run_id)).model_calls == 2 * (granted + 1)
        await house.database.write(grant, run_id, YES)
    await house.worker({"simple": five_at_once}).drain()
    run = await house.run(run_id)
    assert (run.status, run.result, run.model_calls) == ("COMPLETED", '{"failed": []}', 5)
    assert sorted(house.model.asked) == ["0", "1", "2", "3", "4"]
    assert (await house.types(run_id)).count("BUDGET_EXCEEDED") == 2


async def test_a_call_that_fails_makes_room_for_one_that_waits(house: House) -> None:
    house.model = model = SlowModel()
    model.fails = "0"
    run_id = await house.queue(budget=TWO_CALLS)
    await house.worker({"simple": five_at_once}).drain()
    assert (await house.run(run_id)).status == "WAITING"
    assert len(model.asked) == (await house.run(run_id)).model_calls == 2


@pytest.mark.parametrize("dies_at", [3, 4])
async def test_what_was_granted_holds_after_a_crash_and_nothing_stays_silent(house: House, dies_at: int) -> None:
    async def work(context: RunContext) -> dict[str, JsonValue]:
        for number in range(1, 5):
            if number == dies_at and context.attempt == 1 and house.model.asked[-1] != "2":
                raise ConnectionError("gone")
            await context.complete(f"call/{number}", ModelRequest(system="", prompt=str(number)))
        context.emit(Log(message="the end"))
        if context.attempt == 1:
            raise ValueError("once more")
        return {}

    run_id = await house.queue(budget=TWO_CALLS)
    await house.worker({"simple": work}).drain()
    await house.database.write(grant, run_id, YES)
    await house.worker({"simple": work}).drain()
    assert (await house.run(run_id)).status == "COMPLETED"
    assert house.model.asked == ["1", "2", "3", "4"]
    assert list(await house.database.read(journal, run_id)) == ["call/1", "call/2", "call/3", "budget/1", "call/4"]
    assert (await house.events(run_id))[-2]["payload"] == {"message": "the end"}


async def test_a_fork_keeps_the_steps_beyond_a_grant_and_begins_with_the_first_limits(house: House) -> None:
    run_id = await house.queue(budget='{"model_calls": 3, "on_budget": "ask"}')
    await house.worker({"simple": five_calls}).drain()
    await house.database.write(grant, run_id, YES)
    await house.worker({"simple": five_calls}).drain()
    new_id = (await house.database.write(fork, ForkWanted(run_id=run_id, max_attempts=1))).id
    assert RunBudget.read((await house.run(new_id)).budget).limits()["model_calls"] == 3
    await house.worker({"simple": five_calls}).drain()
    assert (await house.run(new_id)).status == "COMPLETED"
    assert house.model.asked == ["1", "2", "3", "4", "5"]
    assert list(await house.database.read(journal, new_id)) == [f"call/{number}" for number in range(1, 6)]


async def test_a_fork_asks_for_itself(house: House) -> None:
    run_id = await house.queue(budget=TWO_CALLS)
    await house.worker({"simple": five_calls}).drain()
    await house.database.write(grant, run_id, YES)
    await house.worker({"simple": five_calls}).drain()
    new_id = (await house.database.write(fork, ForkWanted(run_id=run_id, max_attempts=1, from_step="call/2"))).id
    await house.worker({"simple": five_calls}).drain()
    assert (await house.run(new_id)).status == "WAITING"
    assert (await house.database.read(get_approval, new_id, None)).key == "budget/1"


async def test_after_the_commit_point_a_limit_stops_the_run_because_nothing_may_be_asked(house: House) -> None:
    async def commits(context: RunContext) -> dict[str, JsonValue]:
        await context.complete("one", ModelRequest(system="", prompt="one"))
        await context.commit_point()
        await context.complete("two", ModelRequest(system="", prompt="two"))
        return {}

    run_id = await house.queue(budget='{"model_calls": 1, "on_budget": "ask"}')
    await house.worker({"simple": commits}).drain()
    run = await house.run(run_id)
    assert (run.status, house.model.asked) == ("FAILED", ["one"])
    assert "has reached its budget of 1 model calls" in str(run.error)


def test_a_limit_that_is_replaced_forgets_what_was_granted() -> None:
    budget = RunBudget(tokens=10, model_calls=5).raised(Reached("tokens", 10, 12, adds=10))
    assert budget.limits() == {"cost_usd": None, "tokens": 22, "model_calls": 5}
    assert RunBudget.read(budget.text) == budget
    assert budget.replaced(RunBudget(tokens=100)).limits() == {"cost_usd": None, "tokens": 100, "model_calls": 5}
    assert [shown(amount) for amount in (0.1 + 0.2, 3, 1_000_000.0)] == ["0.3", "3", "1000000"]
