"""The catalog in the store: versions, and that no stored topology ever becomes impossible."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from agent_runner.domain.agent_type import AgentConfig, AgentType, Role
from agent_runner.domain.composition import DEEPEST
from agent_runner.domain.topology import TopologyType
from agent_runner.errors import Conflict, InvalidInput, NotFound
from agent_runner.store import catalog
from agent_runner.store.catalog import AGENTS, TOPOLOGIES, Stored, all_of, delete, get, put_agent, put_topology
from agent_runner.store.database import Database
from tests.store.conftest import HandClock


def agent(name: str, **changes: Any) -> AgentType:
    return AgentType(name=name, **changes)


def pipeline(name: str, *stages: str, **changes: Any) -> TopologyType:
    return TopologyType.model_validate(
        {"name": name, "config": {"type": "pipeline"}, "slots": {"stages": list(stages)}} | changes
    )


def compound(name: str, *parts: str) -> TopologyType:
    return TopologyType.model_validate({"name": name, "config": {"type": "compound"}, "slots": {"parts": list(parts)}})


Put = Callable[..., Awaitable[Stored[Any]]]


@pytest.fixture
def put(database: Database) -> Put:
    """One after the other; the answer to the last."""

    async def put(*definitions: AgentType | TopologyType) -> Stored[Any]:
        stored: Stored[Any] | None = None
        for each in definitions:
            stored = (
                await database.write(put_agent, each)
                if isinstance(each, AgentType)
                else await database.write(put_topology, each)
            )
        assert stored is not None
        return stored

    return put


@pytest.fixture
async def second(url: str, clock: HandClock) -> AsyncIterator[Database]:
    """The database as another process has it open."""
    database = await Database.open(url, clock=clock)
    yield database
    await database.close()


async def test_another_definition_is_a_new_version_and_the_same_is_the_one_that_is_there(
    database: Database, put: Put, clock: HandClock
) -> None:
    first = await put(agent("ann", role=Role.CRITIC))
    clock.advance(60)
    assert [(stored.version, stored.is_new) for stored in (first, await put(agent("ann", role=Role.CRITIC)))] == [
        (1, True),
        (1, False),
    ]
    changed = await put(agent("ann", config=AgentConfig(temperature=0.5)))
    again = await put(agent("ann", role=Role.CRITIC))
    assert (changed.version, again.version, again.is_new) == (2, 3, True), "an older definition is a new version, too"
    assert await database.read(get, AGENTS, "ann", 1) == Stored(first.definition, 1, first.created_at)
    assert (await database.read(get, AGENTS, "ann", 2)).definition.config.temperature == 0.5
    latest = await database.read(get, AGENTS, "ann")
    assert (latest.version, latest.definition.role, latest.created_at) == (3, Role.CRITIC, clock.now)


async def test_the_latest_of_each_is_listed_by_name(database: Database, put: Put) -> None:
    await put(agent("bea"), agent("ann"), agent("bea", description="new"), agent("cy"))
    await put(pipeline("two", "ann", "bea"), pipeline("one", "ann"), pipeline("two", "bea"))
    await database.write(delete, AGENTS, "cy")
    agents = await database.read(all_of, AGENTS)
    assert [(each.definition.name, each.version) for each in agents] == [("ann", 1), ("bea", 2)]
    teams = await database.read(all_of, TOPOLOGIES)
    assert [(each.definition.name, each.definition.slot("stages")) for each in teams] == [
        ("one", ("ann",)),
        ("two", ("bea",)),
    ]


async def test_what_is_not_there_is_named_with_what_is(database: Database, put: Put) -> None:
    with pytest.raises(NotFound, match="there is no topology 'x'; there are: none"):
        await database.read(get, TOPOLOGIES, "x")
    await put(*(agent(f"a{number:02}") for number in range(23)))
    with pytest.raises(NotFound, match=r"there is no agent 'x'; there are: a00, .*, a19 and 3 more"):
        await database.read(get, AGENTS, "x")
    with pytest.raises(NotFound, match="the agent 'a00' has no version 2; its latest is 1"):
        await database.read(get, AGENTS, "a00", 2)


async def test_a_topology_needs_its_agents_and_its_parts(database: Database, put: Put) -> None:
    await put(agent("ann"))
    with pytest.raises(InvalidInput, match="the topology 'team' has the agent 'bob', and there is none") as refused:
        await put(pipeline("team", "ann", "bob"))
    assert refused.value.next_step == "agents that are there: ann"
    with pytest.raises(InvalidInput, match="the topology 'all' has the part 'team', and there is none"):
        await put(compound("all", "team"))
    assert (await put(pipeline("team", "ann"), compound("all", "team", "team"))).version == 1
    with pytest.raises(InvalidInput, match="the topology 'self' stands within itself: self > self"):
        await put(compound("self", "self"))
    assert [each.definition.name for each in await database.read(all_of, TOPOLOGIES)] == ["all", "team"]


async def test_what_stands_in_a_topology_is_not_deleted(database: Database, put: Put) -> None:
    await put(agent("ann"), agent("a_n"), pipeline("team", "ann"), pipeline("other", "ann"), compound("all", "team"))
    with pytest.raises(Conflict, match="the agent 'ann' stands in topologies: other, team"):
        await database.write(delete, AGENTS, "ann")
    with pytest.raises(Conflict, match="the topology 'team' stands in topologies: all"):
        await database.write(delete, TOPOLOGIES, "team")
    await database.write(delete, AGENTS, "a_n")
    await put(pipeline("other", "ann"), agent("bob"), pipeline("team", "bob"), pipeline("other", "bob"))
    await database.write(delete, AGENTS, "ann")
    with pytest.raises(NotFound, match="there is no agent 'ann'; there are: bob"):
        await database.write(delete, AGENTS, "ann")


async def test_a_deleted_name_begins_again_with_a_new_number(database: Database, put: Put) -> None:
    await put(agent("ann"), agent("ann", description="other"))
    await database.write(delete, AGENTS, "ann")
    for version in (None, 1, 2):
        with pytest.raises(NotFound):
            await database.read(get, AGENTS, "ann", version)
    again = await put(agent("ann", description="other"))
    assert (again.version, again.is_new) == (3, True)
    with pytest.raises(NotFound, match="has no version 2; its latest is 3"):
        await database.read(get, AGENTS, "ann", 2)


async def test_replacing_a_part_never_makes_a_topology_impossible(database: Database, put: Put) -> None:
    await put(agent("ann"), pipeline("p0", "ann"))
    for depth in range(1, DEEPEST):
        await put(compound(f"p{depth}", f"p{depth - 1}"))
    with pytest.raises(InvalidInput, match="p0 > p4 > p3 > p2 > p1 > p0"):
        await put(compound("p0", "p4"))
    await put(pipeline("q0", "ann"), compound("q1", "q0"))
    impossible = (
        "the topology 'p0' stands in the topology '.*', which could not be run any more: .* stand at most 5 deep"
    )
    with pytest.raises(Conflict, match=impossible):
        await put(compound("p0", "q1"))
    assert (await database.read(get, TOPOLOGIES, "p0")).version == 1
    await put(compound("p1", "q0"))


async def test_replacing_an_agent_never_makes_a_topology_impossible(database: Database, put: Put) -> None:
    large = AgentConfig(mixin_options={"memory": {"text": "x" * 210_000}})
    await put(*(agent(f"a{number}", config=large) for number in range(4)), agent("ann"))
    await put(pipeline("team", "a0", "a1", "a2", "a3", "ann"), compound("all", "team"))
    with pytest.raises(Conflict, match=r"the agent 'ann' stands in the topology 'team', which .* more than 1048576"):
        await put(agent("ann", config=large))
    assert (await put(agent("ann", description="small"))).version == 2


async def test_the_names_of_built_in_agents_are_taken(put: Put) -> None:
    with pytest.raises(Conflict, match="the agent 'coder' comes with agent-runner"):
        await put(agent("coder"))


async def test_there_is_an_end_to_how_many_and_how_large(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "MOST_NAMES", 2)
    await put(agent("ann"), agent("bob"), agent("ann", description="new"))
    with pytest.raises(Conflict, match="there are 2 agents already"):
        await put(agent("cy"))
    large = AgentConfig(mixin_options={"memory": {"text": "ü" * 131_072}})
    with pytest.raises(InvalidInput, match=r"the agent 'bob' has 262... bytes; at most 262144 are kept"):
        await put(agent("bob", config=large))
    assert (await put(agent("bob", config=AgentConfig(mixin_options={"memory": {"text": "ü" * 130_000}})))).is_new


async def test_processes_that_write_at_once_get_versions_of_their_own(database: Database, second: Database) -> None:
    definitions = [agent("ann", description=f"number {number}") for number in range(10)]
    stored = await asyncio.gather(
        *(
            each.write(put_agent, definition)
            for each, definition in zip((database, second) * 5, definitions, strict=True)
        )
    )
    assert sorted(each.version for each in stored) == list(range(1, 11))
    for each in stored:
        assert (await database.read(get, AGENTS, "ann", each.version)).definition == each.definition


async def test_no_process_deletes_what_another_one_uses_at_the_same_moment(
    database: Database, second: Database
) -> None:
    for number in range(10):
        name = f"ann{number}"
        await database.write(put_agent, agent(name))
        results = await asyncio.gather(
            database.write(put_topology, pipeline(f"team{number}", name)),
            second.write(delete, AGENTS, name),
            return_exceptions=True,
        )
        refused = [result for result in results if isinstance(result, BaseException)]
        assert [type(result) for result in refused] in ([Conflict], [InvalidInput]), results
