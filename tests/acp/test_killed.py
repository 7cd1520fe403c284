"""A worker dies in the middle of a turn: the turns before it are not done again, and one commit comes of it all."""

import asyncio
import sys
import uuid
from pathlib import Path

import pytest

from agent_runner.domain.policy import ProjectPolicy
from agent_runner.store.leases import return_lost
from tests.acp.conftest import Yard, raw_of
from tests.sandbox.conftest import processes_with


async def test_a_worker_killed_in_the_second_turn_prompts_for_the_first_one_once(
    yard: Yard, tmp_path_factory: pytest.TempPathFactory
) -> None:
    mark, state = uuid.uuid4().hex, tmp_path_factory.getbasetemp()
    yard.policy = ProjectPolicy(checks=("test -e b.txt",))
    yard.host = raw_of(
        [["direct", "a.txt", "a\n"], ["say", "First"]],
        [
            *(["direct", "lost.txt", "x"], ["say", "Second begins"], ["begin_tool"]),
            *(["be_deaf_unless_resumed", mark], ["quote_prompt"], ["begin_tool"]),
            *(["direct", "b.txt", "b\n"], ["say", "Add two files"]),
        ],
    )
    run_id = await yard.queue()
    assert run_id == 1
    arguments = (yard.house.url, str(state), yard.host.model_dump_json())
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.acp.mortal", *arguments)
    async with asyncio.timeout(30):
        assert await process.wait() == -9
        while processes_with(mark):
            await asyncio.sleep(0.01)
    await yard.house.database.write(return_lost, ["mortal"])
    await yard.work(run_id, "WAITING")
    said = [event["content"] for event in await yard.events(run_id, "MESSAGE")]
    assert said[:3] == ["First", "Second begins", "Second begins"]
    assert "You said:\nFirst" in said[3]
    assert [file["path"] for file in (await yard.detail(run_id))["files"]] == ["a.txt", "b.txt", "lost.txt"]
    await yard.approve(run_id)
    await yard.work(run_id, "COMPLETED")
    assert yard.git("rev-list", "--count", f"main..agent/run-{run_id}") == "1"
    assert Path(yard.project / "a.txt").exists() is False  # noqa: ASYNC240 - nobody waits for it
