"""A worker writes down what it finds of models and hosts, beside its work and not before it."""

import asyncio

from agent_runner.agents.base import RunContext
from agent_runner.agents.registry import AgentRegistry
from agent_runner.domain.host_report import HostHealth, HostReport, HostsReport
from agent_runner.domain.model_report import CacheReport, ModelInUse, ModelReport
from agent_runner.store.workers import host_reports, model_reports
from agent_runner.worker.loop import Worker
from tests.worker.conftest import FunctionAgent, House

REPORT = ModelReport(
    model=ModelInUse(name="demo", healthy=True),
    reason="set by LLM_MODEL",
    cache=CacheReport(backend="none", healthy=True),
    providers=(),
)


async def test_a_survey_that_takes_long_delays_no_run_and_is_noted_in_the_end(house: House) -> None:
    run_id, may_end = await house.queue(), asyncio.Event()

    async def look() -> ModelReport:
        await may_end.wait()
        return REPORT

    async def work(context: RunContext) -> dict[str, object]:
        return {}

    plain = house.worker({})
    agents = AgentRegistry({"simple": FunctionAgent(work)})  # pyright: ignore[reportArgumentType] - nothing in it
    worker = Worker(house.database, agents, house.model, plain._record, plain._options, look_at_models=look)
    working = asyncio.create_task(worker.run_forever())
    await house.until(run_id, "COMPLETED")
    [before] = await house.database.read(model_reports)
    may_end.set()
    async with asyncio.timeout(10):
        while (found := await house.database.read(model_reports))[0].models is None:
            await asyncio.sleep(0.005)
    worker.stop()
    await working
    assert before.models is None
    assert ModelReport.model_validate_json(found[0].models or "") == REPORT
    assert await house.database.read(model_reports) == []


async def test_hosts_are_noted_at_the_start_and_forgotten_with_the_worker(house: House) -> None:
    hosts = HostsReport(hosts=(HostReport(name="mine", health=HostHealth.READY),))

    async def look() -> HostsReport:
        return hosts

    plain = house.worker({})
    worker = Worker(house.database, AgentRegistry({}), house.model, plain._record, plain._options, look_at_hosts=look)
    working = asyncio.create_task(worker.run_forever())
    async with asyncio.timeout(10):
        while not (found := await house.database.read(host_reports)):
            await asyncio.sleep(0.005)
    worker.stop()
    await working
    assert found == [hosts]
    assert await house.database.read(host_reports) == []
