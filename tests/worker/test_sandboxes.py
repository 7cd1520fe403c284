"""How strongly a worker holds commands: found out beside its work, told to people, given to its agents."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.domain.policy import ProjectPolicy, RunPolicy
from agent_runner.sandbox.level import Level
from agent_runner.sandbox.probe import Probe, unavailable
from agent_runner.sandbox.sandbox import python_places
from agent_runner.store.projects import create_project
from agent_runner.store.workers import live_workers
from agent_runner.worker.sandboxes import Sandboxes, sandboxes_of_this_machine
from tests.worker.conftest import House


def found(level: Level) -> Probe:
    return Probe(level=level, held=(), failed=(), reason="L3: bubblewrap is not installed")


class Trying:
    """A probe that ends when the test says so."""

    def __init__(self, outcome: Probe | Exception) -> None:
        self.may_end = asyncio.Event()
        self.sandboxes = Sandboxes("auto", self.find)
        self._outcome = outcome

    async def find(self) -> Probe:
        await self.may_end.wait()
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome


async def opens(context: RunContext) -> dict[str, JsonValue]:
    return {"level": (await context.sandbox()).level.name}


async def does_nothing(context: RunContext) -> dict[str, JsonValue]:
    return {}


async def started_with(house: House, run_id: int) -> str | None:
    [_, started, *_] = await house.events(run_id)
    return started["payload"]["sandbox"]


async def told_levels(house: House) -> list[str | None]:
    return [worker.sandbox for worker in await house.database.read(live_workers)]


async def test_no_claim_waits_for_the_probe_but_a_command_does(house: House) -> None:
    trying = Trying(found(Level.L2))
    worker = house.worker({"simple": does_nothing, "commands": opens}, sandboxes=trying.sandboxes)
    running = asyncio.create_task(worker.run_forever())
    first, second = await house.queue(), await house.queue(agent="commands")
    await house.until(first, "COMPLETED")
    assert await told_levels(house) == [None]
    assert await started_with(house, first) is None
    assert (await house.run(second)).status == "RUNNING"
    trying.may_end.set()
    assert (await house.until(second, "COMPLETED")).result == '{"level": "L2"}'
    async with asyncio.timeout(10):
        while await told_levels(house) != ["L2"]:
            await asyncio.sleep(0.005)
    third = await house.queue()
    await house.until(third, "COMPLETED")
    assert await started_with(house, third) == "L2"
    worker.stop()
    await running


async def test_what_an_earlier_start_has_found_is_told_with_the_first_claim(house: House) -> None:
    trying = Trying(RuntimeError("nobody tries"))
    seen: list[list[str | None]] = []

    async def looks(context: RunContext) -> dict[str, JsonValue]:
        seen.append(await told_levels(house))
        return await opens(context)

    run_id = await house.queue()
    sandboxes = Sandboxes("auto", trying.find, found(Level.L1))
    await house.worker({"simple": looks}, sandboxes=sandboxes).drain()
    assert (await started_with(house, run_id), seen) == ("L1", [["L1"]])
    assert (await house.run(run_id)).result == '{"level": "L1"}'


async def test_a_worker_that_stops_takes_its_probe_along(house: House) -> None:
    trying = Trying(found(Level.L2))
    await house.worker({}, sandboxes=trying.sandboxes).drain()
    assert trying.sandboxes.known is None


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (found(Level.L0), "this machine can do L0: L3: bubblewrap is not installed"),
        (OSError("no space left"), "this machine can do L0: it could not be tried: no space left"),
    ],
)
async def test_where_too_little_is_held_a_run_that_needs_commands_fails_and_says_why(
    house: House, outcome: Probe | Exception, said: str
) -> None:
    trying = Trying(outcome)
    trying.may_end.set()
    refused, other = await house.queue(agent="commands", max_attempts=1), await house.queue()
    await house.worker({"simple": does_nothing, "commands": opens}, sandboxes=trying.sandboxes).drain()
    assert f"commands must be held with L1 at least, and {said}" in str((await house.run(refused)).error)
    assert (await house.run(other)).status == "COMPLETED"


@pytest.mark.skipif(bool(unavailable(Level.L2)), reason="needs Linux")
async def test_an_agent_runs_a_command_in_the_directory_of_its_attempt(house: House) -> None:
    seen: dict[str, Any] = {}
    script = "import os; open('made', 'w').write('x'); open(os.environ['HOME'] + '/a', 'w'); print(os.environ['HOME'])"

    async def runs(context: RunContext) -> dict[str, JsonValue]:
        sandbox, again = await asyncio.gather(context.sandbox(), context.sandbox())
        assert sandbox is again
        tree = context.directory / "tree"
        tree.mkdir()
        command = [sys.executable, "-I", "-S", "-c", script]
        done = await sandbox.run(command, cwd=tree, writable=[tree], readable=python_places())
        seen.update(directory=context.directory, done=done, made=(tree / "made").read_text())
        return {}

    run_id = await house.queue()
    sandboxes = await sandboxes_of_this_machine(house.database.run_directory, "boot", "auto")
    await house.worker({"simple": runs}, sandboxes=sandboxes).drain()
    assert (await house.run(run_id)).status == "COMPLETED"
    assert (seen["done"].exit_code, seen["done"].stderr, seen["made"]) == (0, "", "x")
    assert seen["done"].level >= Level.L2
    assert seen["done"].stdout == f"{seen['directory']}/sandbox/home\n"
    assert not seen["directory"].exists()


async def test_what_one_worker_found_the_next_one_knows_until_the_machine_starts_again(tmp_path: Path) -> None:
    first = await sandboxes_of_this_machine(tmp_path, "boot 1", "auto")
    assert (first.known, first.level) == (None, None)
    outcome = await first.find()
    assert (await sandboxes_of_this_machine(tmp_path, "boot 1", "auto")).known == outcome
    assert (await sandboxes_of_this_machine(tmp_path, "boot 2", "auto")).known is None


async def test_a_worker_without_sandboxes_runs_no_command(house: House) -> None:
    run_id = await house.queue(max_attempts=1)
    await house.worker({"simple": opens}).drain()
    assert "this worker was started without sandboxes" in str((await house.run(run_id)).error)


async def test_an_agent_sees_what_its_project_allows_and_how_its_run_narrows_it(house: House) -> None:
    seen: list[Any] = []

    async def looks(context: RunContext) -> dict[str, JsonValue]:
        seen.append((context.project and context.project.policy, context.policy))
        return {}

    policy = ProjectPolicy(checks=("pytest -q",), deny=("*.key",))
    project = await house.database.write(create_project, "p", "/srv/p", policy)
    narrowed = RunPolicy(approve_plan=True)
    await house.queue(project_id=project.id, policy=narrowed.model_dump_json(exclude_unset=True))
    await house.queue()
    await house.worker({"simple": looks}).drain()
    assert sorted(seen, key=str) == sorted([(policy, narrowed), (None, RunPolicy())], key=str)
