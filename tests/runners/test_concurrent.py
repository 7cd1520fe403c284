"""How many agents ask at the same time, whatever the topology nests."""

import asyncio

import pytest

from agent_runner.agents.registry import AgentRegistry
from agent_runner.domain.catalog import OF_TOPOLOGIES
from agent_runner.domain.composition import Composition, compose
from agent_runner.domain.topology import Aggregation, CompoundConfig, EnsembleConfig, TopologyType
from agent_runner.llm.base import ModelAnswer, ModelRequest
from agent_runner.runners.agent import TopologyAgent
from tests.runners.casts import agent
from tests.worker.conftest import CountingModel, House, house

__all__ = ["house"]

MEMBERS = tuple(f"member-{number}" for number in range(25))


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
