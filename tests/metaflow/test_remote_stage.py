"""What becomes of reports in the run that waits for them: steps, usage, a budget that holds, and nothing twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.agents.typed.answer import question
from agent_runner.agents.typed.call import Call
from agent_runner.agents.typed.registry import default_mixins
from agent_runner.domain.composition import Composition
from agent_runner.domain.outcome import Reply
from agent_runner.domain.redaction import NOTHING_SECRET
from agent_runner.domain.report import CallReport, PaidCall
from agent_runner.errors import AgentFailed, AgentRunnerError
from agent_runner.runners.metaflow import remote
from agent_runner.runners.metaflow.mirror import FlowEnded
from agent_runner.runners.metaflow.remote import RemoteStage
from agent_runner.store.database import Database
from agent_runner.store.decisions import Grant, grant
from agent_runner.store.reports import add_report
from agent_runner.store.session import ReadSession
from agent_runner.store.steps import journal
from agent_runner.topologies.play import play
from agent_runner.worker.recorded import hash_of
from tests.metaflow.teams import composed, reply_of
from tests.worker.conftest import House

TASK = "Write a haiku"
PAID = PaidCall(model="there", input_tokens=3, output_tokens=2, cost_usd=0.5, duration_ms=70)
Pod = Callable[["Steps", Call], Awaitable[None]]
"""What a step does for one call."""


@pytest.fixture
async def house(new_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(remote, "LOOK_SECONDS", 0.01)
    database = await Database.open(new_url)
    yield House(new_url, database)
    await database.close()


class Steps:
    """Steps on other machines, as far as the database sees them."""

    def __init__(self, house: House, context: RunContext) -> None:
        self._house = house
        self._context = context
        self.claim = context.elsewhere.claim

    async def report(
        self, call: Call, *, failed: str | None = None, is_permanent: bool = False, calls: int = 1, other: str = ""
    ) -> None:
        asked = question(call, default_mixins().of(call.agent.config))
        report = CallReport(
            input_hash=hash_of(f"{asked}{other}" if other else asked),
            reply=None if failed else reply_of(call, f"{call.node} says it"),
            failed=failed,
            is_permanent=is_permanent,
            seconds=1.5,
            model_calls=(PAID,) * calls,
        )
        text = report.as_text(NOTHING_SECRET)
        await self._house.database.write(add_report, self._context.run_id, self.claim, call.key, text)


class Stage(RemoteStage):
    """A pod is started for each call, as soon as the topology comes to it."""

    def __init__(self, context: RunContext, steps: Steps, pod: Pod) -> None:
        super().__init__(context, default_mixins(), TASK)
        self._steps = steps
        self._pod = pod

    async def call(self, call: Call) -> Reply:
        pod = asyncio.ensure_future(self._pod(self._steps, call))
        try:
            return await super().call(call)
        finally:
            pod.cancel()


class Site:
    """Runs a topology in a house, with pods of the test."""

    def __init__(self, house: House, pod: Pod, name: str = "pipe") -> None:
        self._house = house
        self._pod = pod
        self._composition: Composition = composed(name)
        self.asked: list[str] = []

    async def _noted(self, steps: Steps, call: Call) -> None:
        self.asked.append(call.key)
        await self._pod(steps, call)

    async def work(self, context: RunContext) -> dict[str, JsonValue]:
        stage = Stage(context, Steps(self._house, context), self._noted)
        return {"output": (await play(stage, self._composition, TASK)).output}

    async def drain(self, run_id: int) -> Any:
        await self._house.worker({"simple": self.work}).drain()
        return await self._house.run(run_id)


async def answers(steps: Steps, call: Call) -> None:
    await steps.report(call, calls=2)


async def steps_of(house: House, run_id: int) -> list[str]:
    def read(session: ReadSession) -> list[str]:
        return list(journal(session, run_id))

    return await house.database.read(read)


@pytest.mark.parametrize("name", ["pipe", "answers"])
async def test_a_report_is_a_step_of_the_run_and_what_it_has_paid_counts(house: House, name: str) -> None:
    run_id = await house.queue()
    run = await Site(house, answers, name).drain(run_id)
    asked = 3 if name == "pipe" else 4
    assert (run.status, run.model_calls, run.input_tokens, run.output_tokens) == (
        "COMPLETED",
        2 * asked,
        6 * asked,
        4 * asked,
    )
    assert run.cost_usd == asked
    keys = await steps_of(house, run_id)
    assert sum(key.endswith("/reported") for key in keys) == asked
    types = await house.types(run_id)
    told = ["AGENT_START", "MODEL_CALL", "MODEL_CALL", "MESSAGE", "AGENT_COMPLETE"]
    if name == "pipe":
        assert types[2:-1] == told * 3
    assert [types.count(each) for each in ("AGENT_START", "MODEL_CALL", "MESSAGE")] == [asked, 2 * asked, asked]
    [first, *_] = [event for event in await house.events(run_id) if event["event_type"] == "MODEL_CALL"]
    assert (first["payload"]["model"], first["payload"]["duration_ms"]) == ("there", 70)


async def test_nobody_is_waited_for_beyond_the_budget(house: House) -> None:
    site = Site(house, answers)
    run_id = await house.queue(budget='{"model_calls": 2}')
    run = await site.drain(run_id)
    assert (run.status, run.model_calls) == ("FAILED", 2)
    assert "model calls" in (run.error or "")
    assert await steps_of(house, run_id) == ["pipeline/1-ann", "pipeline/1-ann/reported"]


async def test_a_budget_that_asks_is_asked_before_the_next_and_loses_nothing(house: House) -> None:
    site = Site(house, answers)
    run_id = await house.queue(budget='{"model_calls": 2, "on_budget": "ask"}', max_attempts=1)
    for used in (2, 4):
        run = await site.drain(run_id)
        assert (run.status, run.model_calls) == ("WAITING", used)
        await house.database.write(grant, run_id, Grant(decided_by="ada"))
    run = await site.drain(run_id)
    assert (run.status, run.model_calls) == ("COMPLETED", 6)


@pytest.mark.parametrize("calls", [0, 2])
async def test_a_failure_is_paid_once_and_the_next_attempt_asks_again(house: House, calls: int) -> None:
    async def pod(steps: Steps, call: Call) -> None:
        fails = steps.claim < 3 and call.node == "bob"
        await steps.report(call, failed="bob has failed: no idea" if fails else None, calls=calls if fails else 1)

    site = Site(house, pod)
    run_id = await house.queue()
    run = await site.drain(run_id)
    assert (run.status, run.attempt, run.model_calls) == ("COMPLETED", 3, 3 + 2 * calls)
    assert site.asked.count("pipeline/2-bob") == 3
    further = ["pipeline/2-bob/reported-2", "pipeline/2-bob/reported-3"] if calls else []
    assert [key for key in await steps_of(house, run_id) if "/reported-" in key] == further
    told = [event["payload"] for event in await house.events(run_id) if event["event_type"] == "ERROR"]
    assert told == [{"message": "bob has failed: no idea"}] * 2


async def test_a_failure_that_no_attempt_can_help_ends_the_run(house: House) -> None:
    async def pod(steps: Steps, call: Call) -> None:
        await steps.report(call, failed=f"{call.node} has failed: no key", is_permanent=True)

    run_id = await house.queue(max_attempts=2)
    run = await Site(house, pod).drain(run_id)
    assert (run.status, run.attempt, run.error) == ("FAILED", 1, "ann has failed: no key")


@pytest.mark.parametrize(("other", "asked_again"), [("", 0), ("!", 3)])
async def test_what_was_reported_to_a_lost_attempt_counts_in_the_next_if_it_answers_its_question(
    house: House, other: str, asked_again: int
) -> None:
    calls: list[Call] = []

    async def note(steps: Steps, call: Call) -> None:
        calls.append(call)
        await steps.report(call)

    async def answers_what_is_new(steps: Steps, call: Call) -> None:
        if other:
            await steps.report(call, calls=5)

    class Lost(Site):
        async def work(self, context: RunContext) -> dict[str, JsonValue]:
            if context.attempt > 1:
                return await super().work(context)
            for call in calls:
                await Steps(house, context).report(call, other=other)
            raise AgentRunnerError("the worker is gone")

    await Site(house, note).drain(await house.queue())
    run = await Lost(house, answers_what_is_new).drain(await house.queue())
    assert (run.status, run.attempt, run.model_calls) == ("COMPLETED", 2, 5 * asked_again or 3)


async def test_a_step_of_another_version_is_refused(house: House) -> None:
    async def pod(steps: Steps, call: Call) -> None:
        await steps.report(call, other="!")

    run_id = await house.queue()
    run = await Site(house, pod).drain(run_id)
    assert (run.status, run.attempt) == ("FAILED", 1)
    assert "has asked another question than its worker" in (run.error or "")


async def test_when_the_flow_is_over_only_what_is_there_counts(house: House) -> None:
    asked: list[str] = []

    async def work(context: RunContext) -> dict[str, JsonValue]:
        async def pod(steps: Steps, call: Call) -> None:
            asked.append(call.key)
            if call.node == "ann":
                await steps.report(call)
                stage.flow_has_ended()

        stage = Stage(context, Steps(house, context), pod)
        with pytest.raises(FlowEnded):
            await play(stage, composed("pipe"), TASK)
        return {}

    run_id = await house.queue()
    await house.worker({"simple": work}).drain()
    run = await house.run(run_id)
    assert (run.status, run.model_calls, asked) == ("COMPLETED", 1, ["pipeline/1-ann", "pipeline/2-bob"])


async def test_of_several_at_once_a_failure_counts_before_what_was_not_begun(house: House) -> None:
    seen: list[str] = []

    async def work(context: RunContext) -> dict[str, JsonValue]:
        async def pod(steps: Steps, call: Call) -> None:
            if call.node == "bob":
                await steps.report(call, failed="bob has failed: no idea")
                stage.flow_has_ended()

        stage = Stage(context, Steps(house, context), pod)
        try:
            await play(stage, composed("answers"), TASK)
        except AgentFailed as error:
            seen.append(error.message)
        return {}

    await house.queue()
    await house.worker({"simple": work}).drain()
    assert seen == ["bob has failed: no idea"]
