"""The directory of a run: all its attempts have it, and nobody once the run has ended."""

import asyncio

from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.errors import AgentRunnerError
from agent_runner.worker.directories import lasting_directory
from tests.worker.conftest import House


async def test_what_an_attempt_leaves_there_the_next_finds(house: House) -> None:
    found: list[bool] = []

    async def work(context: RunContext) -> dict[str, JsonValue]:
        note = context.lasting_directory / "note"
        found.append(note.exists())
        note.write_text("here")
        assert context.lasting_directory.stat().st_mode & 0o777 == 0o700
        if len(found) == 1:
            raise AgentRunnerError("not yet")
        return {}

    run_id = await house.queue()
    await house.worker({"simple": work}).drain()
    assert (await house.run(run_id)).status == "COMPLETED"
    assert found == [False, True]
    assert not lasting_directory(house.database.run_directory, run_id).exists()


async def test_the_janitor_removes_it_when_the_run_has_ended_elsewhere(house: House) -> None:
    is_working, may_end = asyncio.Event(), asyncio.Event()

    async def work(context: RunContext) -> dict[str, JsonValue]:
        assert context.lasting_directory.exists()
        is_working.set()
        await may_end.wait()
        return {}

    over = await house.queue(agent="other")
    run_id = await house.queue()
    worker = house.worker({"simple": work})
    draining = asyncio.create_task(worker.drain())
    await is_working.wait()
    await house.until(over, "FAILED")  # in a worker without such an agent, which has made no directory for it
    queued = await house.queue(available_at=None, agent="simple")
    lasting = {each: lasting_directory(house.database.run_directory, each) for each in (over, run_id, queued, 999)}
    for path in lasting.values():
        path.mkdir(parents=True, exist_ok=True)
    await worker._janitor.go_round()
    assert {each for each, path in lasting.items() if path.exists()} == {run_id, queued}
    may_end.set()
    await draining
    assert not any(path.exists() for path in lasting.values())
