"""How many agents ask at the same time, whatever the topology nests."""

import asyncio

import pytest

from agent_runner.agents.registry import AgentRegistry
from agent_runner.agents.typed.call import Call
from agent_runner.agents.typed.registry import default_mixins
from agent_runner.domain.catalog import OF_TOPOLOGIES
from agent_runner.domain.composition import Composition, compose
from agent_runner.domain.topology import Aggregation, CompoundConfig, EnsembleConfig, TopologyType
from agent_runner.errors import ModelError
from agent_runner.llm.base import ModelAnswer, ModelRequest
from agent_runner.runners.agent import TopologyAgent
from agent_runner.runners.stage import ConcurrentStage
from agent_runner.store.runs import rerun
from agent_runner.store.steps import journal
from tests.agents.memory_context import MemoryContext
from tests.runners.casts import DEBATE, agent, composed
from tests.worker.conftest import CountingModel, House, house

__all__ = ["house"]

MEMBERS = tuple(f"member-{number}" for number in range(25))


class OneFails(CountingModel):
    """Fails for one agent at once, until it is mended; the others take longer."""

    def __init__(self) -> None:
        super().__init__()
        self.is_broken = True

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        if "You are bob." in request.system and self.is_broken:
            raise ModelError("bob has no voice")
        for _ in range(50):
            await asyncio.sleep(0)
        return await super().complete(request)


class BusyModel(CountingModel):
    """Answers when as many are asking as may, or when nobody else comes any more."""

    def __init__(self) -> None:
        super().__init__()
        self.asking = 0
        self.most = 0

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        self.asking += 1
        self.most = max(self.most, self.asking)
        for _ in range(50):
            await asyncio.sleep(0)
        self.asking -= 1
        return await super().complete(request)


def crowd(runner: str) -> Composition:
    """Fifty agents that need not wait for each other: two parts at once, with twenty-five members each."""
    parts = [
        TopologyType(name=name, config=EnsembleConfig(aggregation=Aggregation.CONCAT), slots={"members": MEMBERS})
        for name in ("left", "right")
    ]
    whole = TopologyType(name="crowd", config=CompoundConfig(is_parallel=True), slots={"parts": ("left", "right")})
    return compose(whole, {name: agent(name) for name in MEMBERS}, {each.name: each for each in parts}, runner=runner)


@pytest.mark.parametrize(("runner", "config", "most"), [("async", '{"max_concurrent": 5}', 5), ("local", "{}", 1)])
async def test_no_more_ask_at_once_than_may(house: House, runner: str, config: str, most: int) -> None:
    house.model = model = BusyModel()
    worker = house.worker({})
    agents = AgentRegistry({}, {OF_TOPOLOGIES: TopologyAgent()})
    object.__setattr__(worker._around, "agents", agents)
    run_id = await house.queue(agent="topology:crowd", config=config, composition=crowd(runner).text)
    await worker.drain()
    run = await house.run(run_id)
    assert (run.status, run.error, run.model_calls) == ("COMPLETED", None, 50)
    assert model.most == most


async def test_who_is_still_asked_when_another_fails_is_not_asked_again(house: House) -> None:
    house.model = model = OneFails()
    worker = house.worker({})
    object.__setattr__(worker._around, "agents", AgentRegistry({}, {OF_TOPOLOGIES: TopologyAgent()}))
    run_id = await house.queue(
        agent="topology:my-debate", composition=composed(DEBATE, runner="async").text, max_attempts=1
    )
    await worker.drain()
    run = await house.run(run_id)
    assert run.status == "FAILED"
    assert "bob has no voice" in (run.error or "")
    kept = await house.database.read(journal, run_id)
    assert {"debate/round-1/ann", "debate/round-1/cid"} <= kept.keys()
    assert "debate/round-1/bob" not in kept
    asked = len(model.asked)
    model.is_broken = False
    await house.database.write(rerun, run_id, 1)
    again = house.worker({})
    object.__setattr__(again._around, "agents", AgentRegistry({}, {OF_TOPOLOGIES: TopologyAgent()}))
    await again.drain()
    done = await house.run(run_id)
    assert (done.status, done.error) == ("COMPLETED", None)
    assert done.model_calls == len(model.asked)
    assert asked == 2


async def test_people_see_who_is_asked_and_progress_that_never_goes_back() -> None:
    context = MemoryContext(CountingModel())
    stage = ConcurrentStage(context, default_mixins(), 2)
    for share in (0.25, 0.75, 0.5, 1.0):
        stage.tell(share, "on")
    await stage.call(Call(key="a", node="part/ann", agent=agent("ann"), message="Hello"))
    assert [report["progress"] for report in context.reports if "progress" in report] == [0.25, 0.75, 0.75, 1.0]
    assert context.reports[-1] == {"current_agent": "part/ann"}
