"""What a resumed attempt finds recorded is not told again; whatever comes after it is."""

import pytest
from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.domain.approval import ApprovalKind, Question
from agent_runner.domain.events import Log
from agent_runner.store.decisions import Grant, grant
from agent_runner.store.forks import ForkWanted, fork
from agent_runner.store.steps import journal
from tests.worker.conftest import House


async def work_with_inner_steps(context: RunContext) -> dict[str, JsonValue]:
    """A step that has steps of its own, two deep, one of them a question."""

    async def value() -> JsonValue:
        return 1

    async def inner() -> JsonValue:
        return await context.step("outer/inner/deep", value)

    async def outer() -> JsonValue:
        await context.step("outer/inner", inner)
        return (await context.ask("outer/may I", Question(kind=ApprovalKind.PLAN, text="May I?"))).comment

    comment = await context.step("outer", outer)
    context.emit(Log(message="after the step"))
    if context.attempt == 1:
        raise ValueError("once")
    return {"comment": comment}


async def told_twice(house: House) -> int:
    """The first attempt is suspended in the step, then fails after it; the second finds the step recorded."""
    run_id = await house.queue()
    await house.worker({"simple": work_with_inner_steps}).drain()
    await house.database.write(grant, run_id, Grant(decided_by="ada", comment="go on"))
    await house.worker({"simple": work_with_inner_steps}).drain()
    return run_id


async def test_steps_within_a_replayed_step_keep_nothing_silent(house: House) -> None:
    run_id = await told_twice(house)
    run = await house.run(run_id)
    assert (run.status, run.attempt, run.result) == ("COMPLETED", 2, '{"comment": "go on"}')
    logs = [event["payload"]["message"] for event in await house.events(run_id) if event["event_type"] == "LOG"]
    assert logs == ["after the step", "after the step"], "it is told by each attempt that comes past the step"


async def test_the_journal_says_within_which_step_a_step_was_begun(house: House) -> None:
    steps = await house.database.read(journal, await told_twice(house))
    assert {key: step.within for key, step in steps.items()} == {
        "outer": None,
        "outer/inner": "outer",
        "outer/inner/deep": "outer/inner",
        "outer/may I": "outer",
    }


@pytest.mark.parametrize("from_step", [None, "outer/inner/deep"])
async def test_a_fork_does_the_whole_step_again_within_which_it_begins(house: House, from_step: str | None) -> None:
    """Else the outer step would be replayed, and neither would the person be asked nor the inner step be done."""
    run_id = await told_twice(house)
    new_id = (await house.database.write(fork, ForkWanted(run_id=run_id, max_attempts=1, from_step=from_step))).id
    assert await house.database.read(journal, new_id) == {}
    await house.worker({"simple": work_with_inner_steps}).drain()
    assert (await house.run(new_id)).status == "WAITING"
