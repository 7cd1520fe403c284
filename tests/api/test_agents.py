"""The catalog over HTTP: built-in agents, and the hosts that live workers have told of."""

from typing import Any

import httpx
import pytest

from agent_runner.api.deps import Services
from agent_runner.domain.catalog import BUILT_IN_AGENTS, agent_names, agents_with
from agent_runner.domain.host_report import HostHealth, HostReport, HostsReport
from agent_runner.store.workers import note_hosts, sign_off
from tests.api.conftest import Hands, problem_in, queued

METAGPT = HostReport(
    name="metagpt",
    version="0.8.2",
    description="A company",
    speaks="host",
    health=HostHealth.READY,
    options={"rounds": {"type": "integer"}},
)
MINE = HostReport(
    name="mine", description="My own", speaks="acp", health=HostHealth.MISSING, reason="its environment is not made yet"
)
BROKEN = HostReport(name="torn", health=HostHealth.BROKEN, reason="torn/host.toml cannot be read")


async def tell(services: Services, worker: str, *hosts: HostReport) -> None:
    await services.database.write(note_hosts, worker, HostsReport(hosts=hosts).model_dump_json())


async def agents(client: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    return {agent["name"]: agent for agent in (await client.get("/agents")).json()}


async def test_a_run_can_name_every_agent_that_is_listed(
    client: httpx.AsyncClient, hands: Hands, services: Services
) -> None:
    await hands.sign_on()
    await tell(services, "hands", METAGPT, MINE)
    project = (await client.post("/projects", json={"name": "any", "local_path": "/srv/any"})).json()
    found = await agents(client)
    assert set(found) == agent_names() | {"host:mine"}
    for name, agent in found.items():
        assert agent["description"]
        await queued(client, agent=name, project_id=project["id"])


async def test_hosts_are_listed_as_live_workers_tell_of_them(
    client: httpx.AsyncClient, hands: Hands, services: Services
) -> None:
    before = (await agents(client))["metagpt"]
    assert (before["health"], before["reason"]) == (None, "no live worker has it, or it has not told yet")
    await hands.sign_on()
    await tell(services, "hands", METAGPT, MINE, BROKEN)
    found = await agents(client)
    assert list(found) == [*(entry.name for entry in BUILT_IN_AGENTS), "host:mine", "host:torn"]
    assert found["simple"]["health"] == "ready"
    metagpt, mine = found["metagpt"], found["host:mine"]
    assert (metagpt["version"], metagpt["health"], metagpt["description"]) == ("0.8.2", "ready", "A company")
    assert (metagpt["options"], metagpt["speaks"]) == ({"rounds": {"type": "integer"}}, "host")
    assert (mine["health"], mine["reason"], mine["version"]) == ("missing", MINE.reason, None)
    assert (found["host:torn"]["health"], found["host:torn"]["reason"]) == ("broken", BROKEN.reason)
    await services.database.write(sign_off, ["hands"])
    assert "host:mine" not in await agents(client)


async def test_of_several_workers_the_best_counts_and_that_they_differ_is_told(
    client: httpx.AsyncClient, hands: Hands, services: Services
) -> None:
    for worker in ("hands", "other", "third"):
        await hands.sign_on(worker)
    await tell(services, "hands", MINE)
    await tell(services, "other", MINE.model_copy(update={"health": HostHealth.READY, "reason": None}))
    await tell(services, "third")
    mine = (await agents(client))["host:mine"]
    assert (mine["health"], mine["reason"]) == ("ready", "so on 1 of 3 workers")


async def test_a_run_of_a_host_that_no_worker_has_says_so_while_it_waits(
    client: httpx.AsyncClient, hands: Hands, services: Services
) -> None:
    run_id = await queued(client, agent="host:gone")

    async def why(run_id: int) -> str:
        return (await client.get(f"/runs/{run_id}")).json()["why_not_running"]

    await hands.sign_on()
    assert await why(run_id) == "position 1 in the queue", "the worker may have it"
    await tell(services, "hands", MINE, BROKEN)
    assert await why(run_id) == (
        "no live worker has the agent host:gone, and the next free one fails the run; "
        f"they have: {', '.join(sorted(agents_with({'mine'})))}"
    )
    torn = await queued(client, agent="host:torn")
    assert await why(torn) == "no live worker can use the agent host:torn: torn/host.toml cannot be read"
    assert await why(await queued(client, agent="host:mine")) == "position 3 in the queue"
    assert "no live worker has the agent metagpt" in await why(await queued(client, agent="metagpt"))
    await hands.sign_on("other")
    assert await why(run_id) == "position 1 in the queue"


@pytest.mark.parametrize("agent", ["nobody", "host:", "host:Mine", "host:a/b", "host:mine ", ""])
async def test_an_agent_that_nobody_can_have_is_a_422(client: httpx.AsyncClient, agent: str) -> None:
    for path, body in (("/runs", {"goal": "x"}), ("/tasks", {"title": "t", "input_prompt": "p"})):
        problem = problem_in(await client.post(path, json=body | {"agent": agent}))
        assert (problem["status"], "simple, host:NAME for" in problem["detail"]) == (422, True)


async def test_only_a_host_has_options_of_its_own(client: httpx.AsyncClient) -> None:
    config = {"rounds": 3, "max_attempts": 2, "cache": True}
    for agent in ("metagpt", "host:mine"):
        run = await client.post("/runs", json={"goal": "x", "agent": agent, "config": config})
        assert (run.status_code, run.json()["config"], run.json()["max_attempts"]) == (201, config, 2)
    for body in ({}, {"agent": "simple"}):
        problem = problem_in(await client.post("/runs", json={"goal": "x", "config": config} | body))
        assert problem["status"] == 422
        assert "config of this agent holds cache, max_attempts, and not rounds" in problem["detail"]
    body = {"goal": "x", "agent": "simple", "config": {"max_revision_rounds": 1}}
    problem = problem_in(await client.post("/runs", json=body))
    assert "config of this agent holds cache, max_attempts, and not max_revision_rounds" in problem["detail"]
    assert (await client.post("/runs", json=body | {"agent": "mgx"})).status_code == 201
