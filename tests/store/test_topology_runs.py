"""Runs of `topology:NAME`: each carries what the catalog had when it was queued."""

import asyncio

import pytest

from agent_runner.domain.agent_type import AgentType
from agent_runner.domain.composition import Composition, compose
from agent_runner.domain.topology import TopologyType
from agent_runner.errors import NotFound
from agent_runner.store.catalog import AGENTS, TOPOLOGIES, delete, put_agent, put_topology
from agent_runner.store.database import Database
from agent_runner.store.forks import ForkWanted, fork
from agent_runner.store.new_runs import create_runs
from agent_runner.store.run_queries import composition_of, get_run
from agent_runner.store.runs import cancel, rerun
from agent_runner.store.tasks import create_task
from tests.store.conftest import Claim, Queue, new_run

ANN, BOB = AgentType(name="ann"), AgentType(name="bob")
PAIR = TopologyType.model_validate(
    {"name": "pair", "config": {"type": "debate"}, "slots": {"debaters": ["ann", "bob"]}}
)
ALONE = TopologyType.model_validate({"name": "alone", "config": {"type": "pipeline"}, "slots": {"stages": "ann"}})
BOTH = TopologyType.model_validate(
    {"name": "both", "config": {"type": "compound"}, "slots": {"parts": ["pair", "alone"]}}
)


@pytest.fixture(autouse=True)
async def stored(database: Database) -> None:
    for each in (ANN, BOB):
        await database.write(put_agent, each)
    for each in (PAIR, ALONE, BOTH):
        await database.write(put_topology, each)


async def composition(database: Database, run_id: int) -> Composition | None:
    text = await database.read(composition_of, run_id)
    return None if text is None else Composition.read(text)


async def test_a_run_carries_all_that_its_topology_is_made_of(database: Database, queue: Queue) -> None:
    run_id = await queue(agent="topology:both", runner="async")
    agents, parts = {"ann": ANN, "bob": BOB}, {"pair": PAIR, "alone": ALONE}
    assert await composition(database, run_id) == compose(BOTH, agents, parts, runner="async")
    assert (await database.read(get_run, run_id)).runner == "async"
    small = await queue(agent="topology:alone")
    assert await composition(database, small) == compose(ALONE, {"ann": ANN})
    assert (await database.read(get_run, small)).runner == "local"


async def test_later_changes_of_the_catalog_do_not_count(database: Database, queue: Queue, claim_runs: Claim) -> None:
    run_id = await queue(agent="topology:alone")
    await database.write(put_agent, AgentType(name="ann", description="another"))
    new_id = await queue(agent="topology:alone")
    await database.write(delete, TOPOLOGIES, "both")
    await database.write(delete, TOPOLOGIES, "alone")
    old, new = [Composition.read(run.composition or "") for run in await claim_runs(slots=2)]
    assert (old.agents["ann"], new.agents["ann"].description) == (ANN, "another")
    assert old == await composition(database, run_id)
    assert new == await composition(database, new_id)


async def test_a_topology_that_is_not_there_is_refused_with_those_that_are(database: Database, queue: Queue) -> None:
    with pytest.raises(NotFound, match="there is no topology 'gone'; there are: alone, both, pair"):
        await queue(agent="topology:gone")
    await database.write(delete, TOPOLOGIES, "both")
    with pytest.raises(NotFound, match="there is no topology 'both'; there are: alone, pair"):
        await queue(agent="topology:both")


async def test_runs_that_are_queued_together_get_each_their_own(database: Database) -> None:
    wanted = [
        new_run(agent="topology:alone"),
        new_run(),
        new_run(agent="topology:gone"),
        new_run(agent="topology:pair", runner="async"),
        new_run(agent="topology:pair"),
        new_run(agent="topology:alone", project_id=7),
    ]
    results = await asyncio.gather(
        *(database.write_together(create_runs, each) for each in wanted), return_exceptions=True
    )
    assert [str(result) for result in results if isinstance(result, BaseException)] == [
        "there is no topology 'gone'; there are: alone, both, pair",
        "project 7 does not exist",
    ]
    found = [await composition(database, result.id) for result in results if not isinstance(result, BaseException)]
    assert [each and (each.topology.name, each.runner) for each in found] == [
        ("alone", "local"),
        None,
        ("pair", "async"),
        ("pair", "local"),
    ]


async def test_a_key_gives_its_run_also_when_the_topology_is_gone(database: Database) -> None:
    wanted = new_run(agent="topology:both", idempotency_key="key", request_hash="hash")
    first = await database.write_together(create_runs, wanted)
    await database.write(delete, TOPOLOGIES, "both")
    again = await database.write_together(create_runs, wanted)
    assert (again.id, again.is_new) == (first.id, False)


async def test_a_fork_and_a_rerun_have_the_composition_of_the_first_run(
    database: Database, queue: Queue, claim_runs: Claim
) -> None:
    run_id = await queue(agent="topology:both", runner="metaflow")
    first = await composition(database, run_id)
    await database.write(cancel, run_id, None)
    for kind, name in ((TOPOLOGIES, "both"), (TOPOLOGIES, "alone"), (TOPOLOGIES, "pair"), (AGENTS, "ann")):
        await database.write(delete, kind, name)
    forked = (await database.write(fork, ForkWanted(run_id=run_id, max_attempts=3))).id
    assert await composition(database, forked) == first
    assert (await database.read(get_run, forked)).runner == "metaflow"
    await database.write(rerun, run_id, 3)
    claimed = {run.id: run for run in await claim_runs(slots=2)}
    assert {Composition.read(run.composition or "") == first for run in claimed.values()} == {True}
    assert set(claimed) == {run_id, forked}


async def test_a_task_may_have_a_topology_as_its_agent(database: Database, queue: Queue) -> None:
    task = await database.write(create_task, "t-1", "Title", "Prompt", "topology:alone")
    run_id = await queue(agent=task.agent, task_id="t-1")
    assert await composition(database, run_id) == compose(ALONE, {"ann": ANN})


async def test_no_other_agent_has_a_runner(database: Database, queue: Queue) -> None:
    run_id = await queue(runner="async")
    assert (await database.read(get_run, run_id)).runner is None
