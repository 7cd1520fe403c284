"""A question of a run that is paying for something else at the same time."""

import asyncio
from collections.abc import Awaitable

import pytest
from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.errors import InvalidInput
from agent_runner.llm.base import ModelAnswer, ModelRequest
from agent_runner.store.decisions import grant
from agent_runner.store.steps import journal
from tests.worker.conftest import CountingModel, House
from tests.worker.test_asking import PLAN, YES


async def test_who_cannot_ask_holds_up_nobody(house: House) -> None:
    """A question that is too large ends no attempt; neither does one that was stopped while it waited for a call."""

    class HeldModel(CountingModel):
        begun, answers = asyncio.Event(), asyncio.Event()

        async def complete(self, request: ModelRequest) -> ModelAnswer:
            if request.prompt == "held":
                self.begun.set()
                await self.answers.wait()
            return await super().complete(request)

    async def work(context: RunContext) -> dict[str, JsonValue]:
        def complete(key: str) -> Awaitable[ModelAnswer]:
            return context.complete(key, ModelRequest(system="", prompt=key))

        with pytest.raises(InvalidInput):
            await context.ask("large", PLAN.model_copy(update={"text": "x" * 70_000}))
        await complete("after")
        held = asyncio.create_task(asyncio.wait_for(complete("held"), 10))
        await HeldModel.begun.wait()
        asking = asyncio.create_task(context.ask("approve/plan", PLAN))
        beside = asyncio.create_task(asyncio.wait_for(complete("beside"), 10))
        for _ in range(50):  # turns of the event loop, in which a call that may begin has ended
            await asyncio.sleep(0)
        assert house.model.asked == ["after"]
        asking.cancel()
        await beside
        HeldModel.answers.set()
        await held
        return {}

    house.model = HeldModel()
    run_id = await house.queue()
    await house.worker({"simple": work}).drain()
    run = await house.run(run_id)
    assert (run.status, house.model.asked) == ("COMPLETED", ["after", "beside", "held"]), run.error


async def test_a_question_waits_for_the_calls_under_way_so_that_none_is_paid_twice(house: House) -> None:
    class SlowModel(CountingModel):
        begun, asking = asyncio.Event(), asyncio.Event()

        async def complete(self, request: ModelRequest) -> ModelAnswer:
            self.begun.set()
            await self.asking.wait()
            for _ in range(100):  # and others have their turn until somebody is stopped, or nobody
                await asyncio.sleep(0)
            return await super().complete(request)

    async def work(context: RunContext) -> dict[str, JsonValue]:
        async def think() -> None:
            for number in (1, 2):
                await context.complete(f"think/{number}", ModelRequest(system="", prompt=f"think {number}"))

        async def ask() -> None:
            await SlowModel.begun.wait()
            SlowModel.asking.set()
            await context.ask("approve/plan", PLAN)

        await asyncio.gather(think(), ask())
        return {}

    house.model = SlowModel()
    run_id = await house.queue()
    await house.worker({"simple": work}).drain()
    assert (await house.run(run_id)).status == "WAITING"
    assert list(await house.database.read(journal, run_id)) == ["think/1"]
    assert house.model.asked == ["think 1"], "no further one begins"
    await house.database.write(grant, run_id, YES)
    await house.worker({"simple": work}).drain()
    assert (await house.run(run_id)).status == "COMPLETED"
    assert house.model.asked == ["think 1", "think 2"]
