"""A fork goes on from another run's journal: what it keeps is not paid again, and the old run never changes."""

import dataclasses

import pytest
from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.domain.approval import ApprovalKind, Question
from agent_runner.errors import NotFound
from agent_runner.llm.base import ModelRequest
from agent_runner.store.decisions import Grant, grant
from agent_runner.store.forks import ForkWanted, fork
from agent_runner.store.run_queries import get_run
from agent_runner.store.steps import journal
from agent_runner.store.verify import verify
from tests.worker.conftest import House


async def chain(context: RunContext) -> dict[str, JsonValue]:
    """Three calls. The second is asked with the goal, the others are not."""
    said: list[JsonValue] = []
    for key, prompt in (("one", "first"), ("two", context.goal), ("three", "last")):
        said.append((await context.complete(key, ModelRequest(system="", prompt=prompt))).text)
    return {"said": said}


async def finished(house: House) -> int:
    run_id = await house.queue(goal="old goal")
    await house.worker({"simple": chain}).drain()
    assert house.model.asked == ["first", "old goal", "last"]
    house.model.asked.clear()
    return run_id


async def forked(house: House, run_id: int, **changes: str) -> int:
    wanted = ForkWanted(run_id=run_id, max_attempts=3, **changes)
    new_id = (await house.database.write(fork, wanted)).id
    await house.worker({"simple": chain}).drain()
    assert (await house.run(new_id)).status == "COMPLETED"
    assert await house.database.read(verify, idle=True) == []
    return new_id


async def test_a_fork_keeps_every_finished_step(house: House) -> None:
    old_id = await finished(house)
    before = dataclasses.asdict(await house.run(old_id)), await house.events(old_id)
    new_id = await forked(house, old_id)
    assert house.model.asked == []
    new = await house.run(new_id)
    assert (new.result, new.forked_from, new.model_calls) == ((await house.run(old_id)).result, old_id, 0)
    assert (dataclasses.asdict(await house.run(old_id)), await house.events(old_id)) == before
    assert (await house.events(new_id))[0]["payload"]["forked_from"] == old_id


@pytest.mark.parametrize(
    ("from_step", "asked"), [("one", ["first", "old goal", "last"]), ("two", ["old goal", "last"]), ("three", ["last"])]
)
async def test_a_fork_does_again_what_comes_from_the_step_on(house: House, from_step: str, asked: list[str]) -> None:
    await forked(house, await finished(house), from_step=from_step)
    assert house.model.asked == asked


async def test_a_fork_with_another_goal_goes_its_own_way_where_the_goal_matters(house: House) -> None:
    old_id = await finished(house)
    new_id = await forked(house, old_id, goal="new goal")
    assert house.model.asked == ["new goal", "last"]
    steps = await house.database.read(journal, new_id)
    assert {key: step.is_copied for key, step in steps.items()} == {"one": True, "two": False, "three": False}
    assert (await house.run(old_id)).goal == "old goal"


async def test_a_fork_shows_who_worked_last_though_that_was_reported_before_it(house: House) -> None:
    async def reporting(context: RunContext) -> dict[str, JsonValue]:
        context.report(current_agent="writer", iteration=2)
        await context.complete("one", ModelRequest(system="", prompt="first"))
        context.report(message="written")
        return {}

    old_id = await house.queue()
    worker = house.worker({"simple": reporting})
    await worker.drain()
    new_id = (await house.database.write(fork, ForkWanted(run_id=old_id, max_attempts=1))).id
    await worker.drain()
    new = await house.run(new_id)
    assert (new.current_agent, new.iteration, new.last_message, new.progress) == ("writer", 2, "written", 1.0)


async def test_a_fork_that_is_interrupted_repeats_neither_what_it_kept_nor_what_it_did(house: House) -> None:
    async def chain_that_fails_once(context: RunContext) -> dict[str, JsonValue]:
        if context.attempt == 1:
            for key, prompt in (("one", "first"), ("two", context.goal)):
                await context.complete(key, ModelRequest(system="", prompt=prompt))
            raise ValueError("bad luck")
        return await chain(context)

    old_id = await finished(house)
    new_id = (await house.database.write(fork, ForkWanted(run_id=old_id, max_attempts=2, goal="new goal"))).id
    await house.worker({"simple": chain_that_fails_once}).drain()
    assert house.model.asked == ["new goal", "last"]
    assert (await house.run(new_id)).status == "COMPLETED"
    assert await house.database.read(verify, idle=True) == []


async def test_a_fork_of_a_deleted_or_unknown_run_or_step_is_refused(house: House) -> None:
    old_id = await finished(house)
    with pytest.raises(NotFound, match="run 77 does not exist"):
        await house.database.write(fork, ForkWanted(run_id=77, max_attempts=3))
    with pytest.raises(NotFound, match=r"no finished step 'four'; it has: one, two, three"):
        await house.database.write(fork, ForkWanted(run_id=old_id, max_attempts=3, from_step="four"))
    assert (await house.database.read(get_run, old_id)).status == "COMPLETED"


async def test_a_fork_asks_people_again_and_does_again_what_follows(house: House) -> None:
    async def chain_that_asks(context: RunContext) -> dict[str, JsonValue]:
        await context.complete("one", ModelRequest(system="", prompt="first"))
        answer = await context.ask("may I?", Question(kind=ApprovalKind.PLAN, text="May I?"))
        await context.complete("two", ModelRequest(system="", prompt="last"))
        return {"status": answer.status}

    worker = {"simple": chain_that_asks}
    old_id = await house.queue()
    await house.worker(worker).drain()
    await house.database.write(grant, old_id, Grant(decided_by="ada"))
    await house.worker(worker).drain()
    assert (await house.run(old_id)).status == "COMPLETED"
    new_id = (await house.database.write(fork, ForkWanted(run_id=old_id, max_attempts=3))).id
    await house.worker(worker).drain()
    assert (await house.run(new_id)).status == "WAITING"
    assert list(await house.database.read(journal, new_id)) == ["one"]
    assert house.model.asked == ["first", "last"]
