"""Programs that do what none should: each ends in one clear error, and nothing of it is left."""

import asyncio
import time
import uuid

from agent_runner.agents.acp.agent import AcpAgent
from agent_runner.hosts.manifest import HostLimits
from agent_runner.store.runs import cancel
from tests.acp.conftest import Yard, raw_of
from tests.sandbox.conftest import processes_with


def limits(**changes: float) -> HostLimits:
    return HostLimits.model_validate(changes)


async def test_each_ends_in_one_clear_error(yard: Yard) -> None:
    mark = uuid.uuid4().hex
    missing = raw_of()
    hosts = {
        "ends at once": raw_of(start=[["end", 3]]),
        "ends in its turn": raw_of([["end", 0]]),
        "says no JSON": raw_of([["print", "Loading \x00 …"]]),
        "says other JSON": raw_of([["print", '["a", "batch"]']]),
        "says nothing": raw_of([["be_deaf"]], limits=limits(silence_seconds=0.3)),
        "says a line without end": raw_of([["flood_line"]]),
        "says lines without end": raw_of([["flood_lines"]], limits=limits(output_mb=1)),
        "is not there": missing.model_copy(
            update={"manifest": missing.manifest.model_copy(update={"command": ("no-such-agent",)})}
        ),
        "speaks another version": raw_of(hello={"protocolVersion": 2}),
        "stops for a reason of its own": raw_of([], stop="perhaps"),
        "cancels itself": raw_of([], stop="cancelled"),
        "wants a login": raw_of(wants_login=True, hello={"authMethods": [{"id": "by-key", "name": "By key"}]}),
        "leaves descendants": raw_of([["leave_descendants", mark], ["print", "no JSON"]]),
    }
    failures = await yard.failures(hosts)
    for name, words in {
        "ends at once": "ended with exit code 3 without an answer to initialize; its last words: something is \\x1b",
        "ends in its turn": "peer ended with exit code 0 without an answer to session/prompt",
        "says no JSON": "peer said what is no JSON: 'Loading \\\\x00 …'",
        "says other JSON": "peer said what is no message of JSON-RPC",
        "says nothing": "peer said nothing for 0.3 s",
        "says a line without end": "peer said a line of more than 4194304 bytes",
        "says lines without end": "peer said more than the 1 MB that it may in one attempt",
        "is not there": "exit code 127 without an answer to initialize; its last words: no-such-agent: No such file",
        "speaks another version": "peer speaks version 2 of the Agent Client Protocol, and this is version 1",
        "stops for a reason of its own": "peer answers session/prompt with what is no answer: stopReason",
        "cancels itself": "peer says that its turn was cancelled, and nobody has cancelled it",
        "wants a login": "peer wants to be logged in first: Authentication required",
        "leaves descendants": "peer said what is no JSON: 'no JSON'",
    }.items():
        assert words in failures[name], name
    assert processes_with(mark) == []
    assert yard.branches() == ["main"]


async def test_a_login_that_is_named_is_made(yard: Yard) -> None:
    yard.host = raw_of([["say", "Hello"]], wants_login=True)
    run_id = await yard.queue(config='{"auth_method": "by-key"}')
    await yard.work(run_id, "COMPLETED")
    assert await yard.said(run_id) == "Hello"


async def test_a_cancel_ends_it_at_once_whether_it_listens_or_not(yard: Yard) -> None:
    marks = {action: uuid.uuid4().hex for action in ("wait", "be_deaf")}
    hosts = {action: raw_of([["say", "Begun"], ["begin_tool"], [action]], mark=mark) for action, mark in marks.items()}
    runs = {action: await yard.queue(agent=action) for action in hosts}
    agents = {action: AcpAgent(host, {}).run for action, host in hosts.items()}
    worker = yard.house.worker(agents, sandboxes=yard.sandboxes)
    working = asyncio.create_task(worker.run_forever())
    async with asyncio.timeout(20):
        for action, run_id in runs.items():
            while "MESSAGE" not in await yard.house.types(run_id):
                await asyncio.sleep(0.01)
            began = time.monotonic()
            await yard.house.database.write(cancel, run_id, "enough")
            await yard.house.until(run_id, "CANCELLED")
            assert time.monotonic() - began < 1
            assert processes_with(marks[action]) == []
    worker.stop()
    await working
