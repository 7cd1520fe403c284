"""An agent with tools on a real worker and a real database: every call is a step, told once and paid once."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, JsonValue, SecretStr
from pydantic_ai import Agent, ModelRetry
from sqlalchemy import update

from agent_runner.agents.base import RunContext
from agent_runner.agents.manner import Manner
from agent_runner.agents.tool_loop import run_agent
from agent_runner.domain.events import Log
from agent_runner.errors import PermanentAgentError
from agent_runner.llm.endpoint import Endpoint, Provider
from agent_runner.llm.failure import Patience
from agent_runner.llm.provider import RemoteModel
from agent_runner.store.leases import return_lost
from agent_runner.store.runs import rerun
from agent_runner.store.session import WriteSession
from agent_runner.store.steps import journal
from agent_runner.store.tables import steps
from tests.scripted_model import FaultKind, Script, ScriptedModel
from tests.worker.conftest import House, Work

KEY = "sk-planted-secret-0123456789"
ADD, MULTIPLY, SUM_UP = (
    ["a", "add", '{"a":1,"b":2}'],
    ["b", "multiply", '{"a":3,"b":4}'],
    ["c", "add", '{"a":3,"b":12}'],
)


class Place:
    """A worker whose model is the scripted server, and an agent whose tools count how often they are called."""

    def __init__(self, house: House, server: ScriptedModel) -> None:
        self.house = house
        self.server = server
        self.called: Counter[str] = Counter()
        self.hold: dict[str, asyncio.Event] = {}
        self.under_way = asyncio.Event()
        endpoint = Endpoint(
            provider=Provider.OPENAI, model="scripted", base_url=f"{server.url}/v1", api_key=SecretStr(KEY)
        )
        self.model = RemoteModel(endpoint, Patience(timeout_seconds=5, max_retries=1, base_seconds=0.001))
        house.model = self.model  # pyright: ignore[reportAttributeAccessIssue] - another model than the counting one

    def agent(self) -> Agent[None, str]:
        agent = Agent(name="counting", instructions="Use the tools", retries=2)

        async def told(name: str) -> None:
            self.called[name] += 1
            if name in self.hold:
                self.under_way.set()
                await self.hold[name].wait()

        @agent.tool_plain
        async def add(a: int, b: int) -> int:
            await told("add")
            return a + b

        @agent.tool_plain
        async def multiply(a: int, b: int) -> int:
            await told("multiply")
            return a * b

        @agent.tool_plain
        async def refuse() -> int:
            await told("refuse")
            raise ModelRetry("not like that")

        del add, multiply, refuse
        return agent

    def work(self, **options: Any) -> Work:
        async def work(context: RunContext) -> dict[str, JsonValue]:
            done = await run_agent(
                context, "work", self.agent(), context.goal, manner=Manner(agent_role="counter", **options)
            )
            return {"summary": done.output}

        return work

    async def keys(self, run_id: int) -> list[str]:
        return list(await self.house.database.read(journal, run_id))


@pytest.fixture
def server() -> Iterator[ScriptedModel]:
    with ScriptedModel(Script(turns=[[ADD, MULTIPLY], [SUM_UP]])) as running:
        yield running


@pytest.fixture
async def place(house: House, server: ScriptedModel) -> AsyncIterator[Place]:
    place = Place(house, server)
    yield place
    await place.model.close()


async def test_every_call_is_a_step_under_a_key_that_stays(place: Place) -> None:
    run_id = await place.house.queue()
    await place.house.worker({"simple": place.work()}).drain()
    run = await place.house.run(run_id)
    assert run.status == "COMPLETED", run.error
    assert await place.keys(run_id) == [
        "work/1",
        "work/1/add-1",
        "work/1/multiply-2",
        "work/2",
        "work/2/add-1",
        "work/3",
    ]
    assert place.server.asked == ["turn/1", "turn/2", "turn/3"]
    assert (run.model_calls, run.estimated_calls) == (3, 0)


async def test_each_call_is_told_with_what_it_consumed(place: Place) -> None:
    place.server.script.turns = [[ADD, ["d", "refuse", "{}"]]]
    place.server.fail(FaultKind.NO_USAGE, key="turn/2")
    run_id = await place.house.queue()
    await place.house.worker({"simple": place.work()}).drain()
    events = await place.house.events(run_id)
    models = [event["payload"] for event in events if event["event_type"] == "MODEL_CALL"]
    assert [(call["model"], call["estimated"], call["cost_usd"], call["cached"]) for call in models] == [
        ("openai:scripted", False, None, False),
        ("openai:scripted", True, None, False),
    ]
    assert all(call["input_tokens"] > 0 and call["output_tokens"] > 0 and call["duration_ms"] > 0 for call in models)
    tools = {event["payload"]["tool"]: event["payload"] for event in events if event["event_type"] == "TOOL_CALL"}
    assert (tools["add"]["ok"], json.loads(tools["add"]["arguments"])) == (True, {"a": 1, "b": 2})
    assert (tools["refuse"]["ok"], tools["refuse"]["error"]) == (False, "not like that")
    assert {event["agent_role"] for event in events if event["event_type"] in {"MODEL_CALL", "TOOL_CALL"}} == {
        "counter"
    }
    run = await place.house.run(run_id)
    assert run.input_tokens == sum(call["input_tokens"] for call in models)


async def test_a_run_that_is_stopped_in_a_tool_goes_on_without_paying_twice(place: Place) -> None:
    place.hold["multiply"] = asyncio.Event()
    run_id = await place.house.queue()
    worker = place.house.worker({"simple": place.work()})
    dying = asyncio.create_task(worker.run_forever())
    await place.under_way.wait()
    async with asyncio.timeout(10):
        while "work/1/add-1" not in await place.keys(run_id):
            await asyncio.sleep(0.005)
    worker.stop()
    await dying
    place.hold.clear()
    await place.house.worker({"simple": place.work()}).drain()
    run = await place.house.run(run_id)
    assert run.status == "COMPLETED", run.error
    assert place.called == {"add": 2, "multiply": 2}, "only the tool that was under way is called again"
    assert place.server.asked == ["turn/1", "turn/2", "turn/3"]
    assert run.model_calls == 3
    types = await place.house.types(run_id)
    assert (types.count("MODEL_CALL"), types.count("TOOL_CALL")) == (3, 3)


async def test_a_step_that_cannot_be_read_any_more_is_said_and_no_tool_runs_again(place: Place) -> None:
    place.server.fail(FaultKind.STATUS, times=2, value="500", key="turn/2")
    run_id = await place.house.queue(max_attempts=1)
    await place.house.worker({"simple": place.work()}).drain()

    def spoil(session: WriteSession) -> None:
        session.execute(update(steps).where(steps.c.key == "work/1/add-1").values(output='{"kind":"from the future"}'))

    await place.house.database.write(spoil)
    await place.house.database.write(rerun, run_id, 1)
    await place.house.worker({"simple": place.work()}).drain()
    run = await place.house.run(run_id)
    assert run.status == "FAILED"
    assert "a recorded step is no answer of a model or a tool" in (run.error or "")
    assert place.called == {"add": 1, "multiply": 1}


async def test_a_typed_output_comes_back_typed(place: Place) -> None:
    class Review(BaseModel):
        verdict: str

    place.server.script.turns = [[["z", "final_result", '{"verdict":"good"}']]]

    async def work(context: RunContext) -> dict[str, JsonValue]:
        done = await run_agent(context, "review", Agent(name="reviewer", output_type=Review), "Is it good?")
        return {"verdict": done.output.verdict}

    run_id = await place.house.queue()
    await place.house.worker({"simple": work}).drain()
    assert (await place.house.run(run_id)).result == '{"verdict": "good"}'


HOSTILE = {
    "an unknown tool": [["a", "format_disk", "{}"]],
    "bad arguments": [["a", "add", '{"a":"much"}']],
    "arguments that are no JSON": [["a", "add", "{{{{"]],
    "no arguments": [["a", "add", ""]],
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_model_that_cannot_use_tools_ends_in_a_sentence(place: Place, what: str) -> None:
    place.server.script.turns = [HOSTILE[what]] * 60
    run_id = await place.house.queue()
    await place.house.worker({"simple": place.work()}).drain()
    run = await place.house.run(run_id)
    assert (run.status, run.attempt) == ("FAILED", 1)
    assert (run.error or "").startswith("openai:scripted could not be brought to use the tools as they are meant")
    assert place.called == {}
    assert len(place.server.asked) <= 4


async def test_a_model_that_comes_to_no_end_is_stopped(place: Place) -> None:
    place.server.script.turns = [[ADD]] * 60
    run_id = await place.house.queue()
    await place.house.worker({"simple": place.work(most_model_calls=5)}).drain()
    run = await place.house.run(run_id)
    assert (run.status, run.attempt, run.model_calls) == ("FAILED", 1, 5)
    assert "came to no end within 5 model calls" in (run.error or "")


async def test_a_server_that_gives_every_call_the_same_id_is_served(place: Place) -> None:
    place.server.script.turns = [[["x", "add", '{"a":1,"b":1}']], [["x", "add", '{"a":2,"b":2}']]]
    run_id = await place.house.queue()
    await place.house.worker({"simple": place.work()}).drain()
    assert (await place.house.run(run_id)).status == "COMPLETED"
    assert place.called == {"add": 2}


async def test_a_changed_prompt_is_noticed(place: Place) -> None:
    place.server.fail(FaultKind.STATUS, times=2, value="500", key="turn/3")
    run_id = await place.house.queue(max_attempts=1)
    await place.house.worker({"simple": place.work()}).drain()
    await place.house.database.write(rerun, run_id, 1)

    async def other(context: RunContext) -> dict[str, JsonValue]:
        done = await run_agent(context, "work", place.agent(), "Something else")
        return {"summary": done.output}

    await place.house.worker({"simple": other}).drain()
    assert "was recorded with another input" in ((await place.house.run(run_id)).error or "")


async def test_a_worker_killed_in_a_tool_has_paid_for_every_call_once(
    house: House, server: ScriptedModel, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    run_id = await house.queue()
    command = [sys.executable, "-m", "tests.worker.mortal", house.url, server.url, str(mark)]
    for expected in (-9, 0):
        process = await asyncio.create_subprocess_exec(*command)
        async with asyncio.timeout(30):
            assert await process.wait() == expected
        async with asyncio.timeout(10):  # the second worker's drain ends when nothing is left that is due
            while expected and (await house.run(run_id)).status == "RUNNING":
                await house.database.write(return_lost, ["nobody"])
                await asyncio.sleep(0.1)
    run = await house.run(run_id)
    assert run.status == "COMPLETED", run.error
    assert sorted(mark.read_text().splitlines()) == ["add 1 2", "add 3 12", "multiply 3 4", "multiply 3 4"]
    assert server.asked == ["turn/1", "turn/2", "turn/3"], "the server was asked no question twice"
    assert run.model_calls == 3


async def test_a_planted_key_stands_nowhere_whatever_a_tool_or_a_model_says(place: Place) -> None:
    half = json.dumps({"path": "x" * 460 + KEY})
    place.server.script.turns = [[["a", "tell", half]]]
    place.server.script.answers = {"turn/2": f"The key is {KEY}"}

    async def work(context: RunContext) -> dict[str, JsonValue]:
        agent = Agent(name="leaking")

        @agent.tool_plain
        async def tell(path: str) -> str:
            return f"OPENAI_API_KEY={KEY} of {len(path)}"

        del tell
        context.report(message=KEY)
        done = await run_agent(context, "work", agent, "Tell")
        context.emit(Log(message=done.output))
        raise PermanentAgentError(f"failed with {KEY}: {done.output}")

    run_id = await place.house.queue()
    await place.house.worker({"simple": work}, secrets=(KEY,)).drain()
    run, recorded = await place.house.run(run_id), await place.house.database.read(journal, run_id)
    said = json.dumps(await place.house.events(run_id)) + repr(run) + repr(recorded)
    assert run.status == "FAILED"
    assert said.count("***") >= 5
    assert KEY[:20] not in said
    assert place.server.calls[1].headers["authorization"] == f"Bearer {KEY}"
