"""Three agents that are asked at the same time, and a model that a test can hold."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.agents.typed.answer import answer
from agent_runner.agents.typed.base import Mixin, OnDestroy
from agent_runner.agents.typed.call import Call
from agent_runner.agents.typed.registry import BUILT_IN, MixinRegistry
from agent_runner.agents.typed.tools.tool import ToolRegistry
from agent_runner.domain.agent_type import AgentConfig, AgentType
from agent_runner.domain.approval import ApprovalKind, Question
from agent_runner.domain.mixin import MixinOptions
from agent_runner.errors import ModelError
from agent_runner.llm.base import ModelAnswer, ModelRequest
from agent_runner.store.decisions import Grant
from agent_runner.store.steps import journal
from agent_runner.store.verify import verify
from tests.worker.conftest import CountingModel, House, Work

NODES = ("ann", "bob", "cid")
PLAN = Question(kind=ApprovalKind.PLAN, text="Shall I?")
YES = Grant(decided_by="ada")
ENDED: Counter[str] = Counter()


class Ends(Mixin[MixinOptions]):
    """Counts how often the work on a call has ended."""

    name = "ends"

    async def on_destroy(self, hook: OnDestroy) -> None:
        ENDED[hook.call.node] += 1


MIXINS = MixinRegistry((*BUILT_IN, Ends), ToolRegistry())


class HeldModel(CountingModel):
    """Answers a prompt with a word of `held` once its event is set; fails for one with a word of `fails`."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[str] = []
        self.held: dict[str, asyncio.Event] = {}
        self.fails: set[str] = set()

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        self.begun.append(request.prompt)
        for word, event in self.held.items():
            if word in request.prompt:
                await event.wait()
        if any(word in request.prompt for word in self.fails):
            raise ModelError("the line is cut")
        return await super().complete(request)


def call(node: str, **config: Any) -> Call:
    mixins = [*config.pop("mixins", ()), "ends"]
    agent = AgentType(name=node, config=AgentConfig.model_validate({"retries": 0, "mixins": mixins, **config}))
    return Call(key=f"ensemble/{node}", node=node, agent=agent, message=f"What says {node}?")


def asking(calls: Sequence[Call]) -> Work:
    """All at once; what the first of them has raised, once all have ended."""

    async def work(context: RunContext) -> dict[str, JsonValue]:
        replies = await asyncio.gather(*(answer(context, each, MIXINS) for each in calls), return_exceptions=True)
        for reply in replies:
            if isinstance(reply, BaseException):
                raise reply
        return {reply.node: reply.text for reply in replies if not isinstance(reply, BaseException)}

    return work


ALL = [call(node) for node in NODES]
EXPECTED = {node: f"answer to What says {node}?" for node in NODES}
HUMAN: Mapping[str, Any] = {"mixins": ["human-in-the-loop"]}


async def keys(house: House, run_id: int) -> list[str]:
    return sorted(await house.database.read(journal, run_id))


async def told(house: House, run_id: int, event_type: str) -> list[str]:
    events = await house.events(run_id)
    return sorted(event["agent_role"] for event in events if event["event_type"] == event_type)


async def ended_well(house: House, run_id: int, expected: Mapping[str, str] = EXPECTED) -> None:
    run = await house.run(run_id)
    assert (run.status, run.error) == ("COMPLETED", None)
    assert json.loads(run.result or "") == expected
    for event_type in ("MESSAGE", "AGENT_COMPLETE"):
        assert await told(house, run_id, event_type) == list(NODES)
    assert await house.database.read(verify, idle=True) == []


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)
