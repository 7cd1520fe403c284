"""The catalog over HTTP: agents that people define, topologies of them, and runs of these."""

from typing import Any

import httpx
import pytest

from agent_runner.api.deps import Services
from agent_runner.domain.agent_type import AgentType
from agent_runner.domain.composition import Composition
from agent_runner.domain.mixin import BUILT_IN_MIXINS
from agent_runner.domain.topology import TopologyType
from agent_runner.store.run_queries import composition_of
from tests.api.conftest import Hands, problem_in, queued

ANN: dict[str, Any] = {"name": "ann", "description": "Finds faults", "role": "critic", "config": {"temperature": 0.2}}
DEBATE: dict[str, Any] = {"name": "duel", "config": {"type": "debate"}, "slots": {"debaters": ["ann", "bob"]}}


@pytest.fixture
async def catalog(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """With two agents and a debate of them in it."""
    for path, body in (("/agents", ANN), ("/agents", {"name": "bob"}), ("/topologies", DEBATE)):
        assert (await client.post(path, json=body)).status_code == 201
    return client


async def refusal(client: httpx.AsyncClient, path: str, body: Any, status: int = 422) -> str:
    problem = problem_in(await client.post(path, json=body))
    assert problem["status"] == status, problem
    return problem["detail"]


async def test_an_agent_is_defined_shown_and_deleted(client: httpx.AsyncClient) -> None:
    made = await client.post("/agents", json=ANN)
    assert made.status_code == 201
    ann = made.json()
    assert {name: ann[name] for name in ("name", "kind", "version", "health", "role", "description")} == {
        "name": "ann",
        "kind": "type",
        "version": 1,
        "health": "ready",
        "role": "critic",
        "description": "Finds faults",
    }
    assert AgentType.model_validate({name: ann[name] for name in AgentType.model_fields}) == AgentType(**ANN)
    again = await client.post("/agents", json=ANN)
    assert (again.status_code, again.json()) == (200, ann)
    changed = await client.post("/agents", json=ANN | {"role": "observer"})
    assert (changed.status_code, changed.json()["version"]) == (201, 2)
    assert (await client.get("/api/agents/ann")).json() == changed.json()
    assert (await client.get("/agents/ann?version=1")).json() == ann
    assert [each for each in (await client.get("/agents")).json() if each["kind"] == "type"] == [changed.json()]
    assert (await client.delete("/agents/ann")).status_code == 204
    missing = problem_in(await client.get("/agents/ann"))
    assert missing["detail"] == "there is no agent 'ann'; there are: coder, metagpt, mgx, simple"


async def test_every_agent_can_be_asked_for_by_its_name(client: httpx.AsyncClient) -> None:
    simple = (await client.get("/agents/simple")).json()
    assert (simple["kind"], simple["health"], simple["config"]) == ("built-in", "ready", None)
    detail = problem_in(await client.get("/agents/simple?version=1"))["detail"]
    assert detail == "the agent 'simple' is none that people define, and has no version 1"
    problem_in(await client.get("/agents/simple?version=0"))
    for name in ("host:mine", "%00", "x" * 101, "A%20b"):
        assert (await client.get(f"/agents/{name}")).status_code in {404, 422}


async def test_a_built_in_agent_is_neither_replaced_nor_deleted(client: httpx.AsyncClient) -> None:
    detail = "the agent 'simple' comes with agent-runner, and can be neither replaced nor deleted"
    assert await refusal(client, "/agents", {"name": "simple"}, 409) == detail
    assert problem_in(await client.delete("/agents/simple"))["detail"] == detail


async def test_a_topology_is_defined_shown_and_deleted(catalog: httpx.AsyncClient) -> None:
    duel = (await catalog.get("/topologies/duel")).json()
    assert (duel["type"], duel["version"], duel["slots"], duel["config"]["max_rounds"]) == (
        "debate",
        1,
        DEBATE["slots"],
        3,
    )
    stored = {name: duel[name] for name in TopologyType.model_fields}
    assert (await catalog.post("/topologies", json=stored)).status_code == 200, "what is shown can be sent again"
    changed = await catalog.post("/topologies", json=DEBATE | {"description": "two"})
    assert (changed.status_code, changed.json()["version"]) == (201, 2)
    assert (await catalog.get("/topologies/duel?version=1")).json() == duel
    assert (await catalog.get("/api/topologies")).json() == [changed.json()]
    detail = problem_in(await catalog.delete("/agents/ann"))["detail"]
    assert detail == "the agent 'ann' stands in topologies: duel"
    assert (await catalog.delete("/topologies/duel")).status_code == 204
    assert (await catalog.delete("/agents/ann")).status_code == 204
    for answer in (await catalog.get("/topologies/duel"), await catalog.delete("/topologies/duel")):
        assert problem_in(answer)["detail"] == "there is no topology 'duel'; there are: none"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"config": {"type": "chat"}},
            "config: 'chat' is none of these: pipeline, ensemble, debate, chain-of-command, delegation, cross-check,",
        ),
        ({"config": {}}, "config.type: Field required"),
        (
            {"config": {"type": "debate", "on_failure": "quorum"}},
            "config: quorum says how many answers suffice, and belongs to on_failure: quorum",
        ),
        (
            {"config": {"type": "debate", "max_rounds": "3"}},
            "config.max_rounds: Input should be a valid integer (got '3')",
        ),
        ({"config": {"type": "debate", "rounds": 3}}, "config.rounds: Extra inputs are not permitted (got 3)"),
        (
            {"config": {"type": "debate", "weights": {"ann": -1}}},
            "config.weights.ann: Input should be greater than or equal to 0 (got -1)",
        ),
        (
            {"slots": {"debaters": ["ann", "bob"], "judge": "ann"}},
            "body: a debate has no slot 'judge'; it has: debaters, mediator",
        ),
        ({"slots": {"debaters": "ann"}}, "body: the slot 'debaters' of a debate needs at least 2, and has 1"),
        ({"slots": {"debaters": ["ann"] * 201}}, "slots.debaters: it has 201 entries; at most 200 are taken"),
        ({"slots": {"debaters": ["ann", 1]}}, "slots.debaters.1: Input should be a valid string (got 1)"),
        (
            {"slots": {"debaters": ["ann", "Bob"]}},
            "slots.debaters.1: a name is a small letter, then small letters, digits, - or _, 64 of them at most (got",
        ),
        (
            {"slots": {"debaters": ["ann", "cy"]}},
            "the topology 'duel' has the agent 'cy', and there is none of that name",
        ),
        (
            {"config": {"type": "compound"}, "slots": {"parts": ["duel"]}},
            "the topology 'duel' stands within itself: duel > duel",
        ),
        (
            {"name": "x", "config": {"type": "compound"}, "slots": {"parts": ["gone"]}},
            "the topology 'x' has the part 'gone', and there is none of that name",
        ),
    ],
)
async def test_what_can_be_no_topology_is_said_in_one_sentence(
    catalog: httpx.AsyncClient, changes: dict[str, Any], sentence: str
) -> None:
    detail = await refusal(catalog, "/topologies", DEBATE | changes)
    assert detail.startswith(sentence)
    assert len(detail) < len(sentence) + 230, "the value in it is shortened"
    assert [each["version"] for each in (await catalog.get("/topologies")).json()] == [1]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "Ann"}, "name: a name is a small letter,"),
        ({"role": "boss"}, "role: Input should be 'planner', 'executor',"),
        ({"config": {"temperature": 3}}, "config.temperature: Input should be less than or equal to 2 (got 3)"),
        ({"config": {"retries": True}}, "config.retries: Input should be a valid integer (got True)"),
        ({"config": {"model": "no model"}}, "config.model: 'no model' is no model; write provider:model,"),
        ({"config": {"model": "gpt4"}}, "'gpt4' is neither provider:model nor an alias; there are: claude-fable-5,"),
        ({"config": {"mixin_options": {"m": 1}}}, "config.mixin_options.m: Input should be an object (got 1)"),
        (
            {"config": {"system_prompt": "x" * 32769}},
            "config.system_prompt: String should have at most 32768 characters",
        ),
        ({"config": {"mixin_options": {"m": {"x": "y" * 262144}}}}, "the agent 'cy' has 262"),
        ({"config": 5}, "config: Input should be an object (got 5)"),
    ],
)
async def test_what_can_be_no_agent_is_said_in_one_sentence(
    catalog: httpx.AsyncClient, changes: dict[str, Any], sentence: str
) -> None:
    assert (await refusal(catalog, "/agents", {"name": "cy"} | changes)).startswith(sentence)


async def test_a_sentence_about_the_body_as_a_whole_does_not_repeat_it(catalog: httpx.AsyncClient) -> None:
    said = await refusal(catalog, "/topologies", DEBATE | {"slots": {"debaters": "ann"}})
    assert said == "body: the slot 'debaters' of a debate needs at least 2, and has 1"


async def test_a_number_that_is_none_is_refused_at_the_door(client: httpx.AsyncClient) -> None:
    body = '{"name": "x", "config": {"type": "debate", "weights": {"ann": NaN}}, "slots": {"debaters": ["a", "b"]}}'
    answer = await client.post("/topologies", content=body, headers={"content-type": "application/json"})
    assert problem_in(answer)["detail"] == "the request body holds NaN, which is no JSON number"


async def test_a_run_of_a_topology_carries_it_and_says_its_runner(
    catalog: httpx.AsyncClient, services: Services
) -> None:
    body = {"goal": "Tabs or spaces?", "agent": "topology:duel", "runner": "async"}
    config = {"max_concurrent": 2, "environment": "kubernetes", "correlation_id": "ticket 7", "max_attempts": 2}
    run = (await catalog.post("/runs", json=body | {"config": config})).json()
    assert (run["agent"], run["runner"], run["config"]) == ("topology:duel", "async", config)
    assert (await catalog.get(f"/runs/{run['id']}")).json()["runner"] == "async"
    composition = Composition.read(await services.database.read(composition_of, run["id"]) or "")
    assert (composition.topology.name, sorted(composition.agents), composition.runner) == (
        "duel",
        ["ann", "bob"],
        "async",
    )
    await queued(catalog, agent="topology:duel")
    await queued(catalog)
    listed = (await catalog.get("/runs")).json()["items"]
    assert [each["runner"] for each in listed] == [None, "local", "async"]
    assert [each["id"] for each in (await catalog.get("/runs?agent=topology:duel")).json()["items"]] == [2, 1]


async def test_a_run_that_cannot_be_of_a_topology_is_refused(catalog: httpx.AsyncClient) -> None:
    of_topology = {"goal": "x", "agent": "topology:duel"}
    unknown = await refusal(catalog, "/runs", of_topology | {"agent": "topology:gone"}, 404)
    assert unknown == "there is no topology 'gone'; there are: duel"
    for agent in ("topology:", "topology:Duel", "topology:a/b"):
        assert "and topology:NAME for a topology" in await refusal(catalog, "/runs", {"goal": "x", "agent": agent})
    for body in ({"goal": "x"}, {"goal": "x", "agent": "metagpt"}):
        said = await refusal(catalog, "/runs", body | {"runner": "async"})
        assert f"the agent '{body.get('agent', 'simple')}' is none: leave it out, or name topology:NAME" in said
    for runner in ("", "Async", "a b", 1):
        assert (await refusal(catalog, "/runs", of_topology | {"runner": runner})).startswith("runner: ")
    configs: list[dict[str, Any]] = [
        *({"max_concurrent": number} for number in (0, 1001, "2", True)),
        *({"correlation_id": text} for text in ("", "x" * 201, "a\nb")),
        *({"environment": name} for name in ("moon", "", 1)),
        {"approve_plan": True},
    ]
    for config in configs:
        assert f"{next(iter(config))}" in await refusal(catalog, "/runs", of_topology | {"config": config})
    assert "not max_concurrent" in await refusal(catalog, "/runs", {"goal": "x", "config": {"max_concurrent": 2}})


async def test_one_key_makes_one_run_of_a_topology(catalog: httpx.AsyncClient) -> None:
    body, key = {"goal": "x", "agent": "topology:duel", "runner": "async"}, {"Idempotency-Key": "k"}
    first = (await catalog.post("/runs", json=body, headers=key)).json()
    await catalog.delete("/topologies/duel")
    again = await catalog.post("/runs", json=body, headers=key)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first, "true")
    other = await catalog.post("/runs", json=body | {"runner": "local"}, headers=key)
    assert "another request" in problem_in(other)["detail"]


async def test_a_fork_and_a_retry_need_no_catalog(catalog: httpx.AsyncClient, hands: Hands) -> None:
    run_id = await queued(catalog, agent="topology:duel", runner="async")
    await hands.sign_on()
    [held] = await hands.take()
    await hands.fail(held)
    await catalog.delete("/topologies/duel")
    forked = (await catalog.post(f"/runs/{run_id}/fork")).json()
    assert (forked["agent"], forked["runner"]) == ("topology:duel", "async")
    assert (await catalog.post(f"/runs/{run_id}/retry")).status_code == 202
    assert {run.composition for run in await hands.take(2)} == {held.composition}
    assert held.composition is not None


async def test_a_task_can_be_done_by_a_topology(catalog: httpx.AsyncClient) -> None:
    body = {"title": "t", "input_prompt": "p", "agent": "topology:duel"}
    task = (await catalog.post("/tasks", json=body)).json()
    accepted = await catalog.post(f"/tasks/{task['id']}/run")
    assert accepted.status_code == 202, accepted.text
    run = (await catalog.get(f"/runs/{accepted.json()['run_id']}")).json()
    assert (run["agent"], run["runner"]) == ("topology:duel", "local")
    problem = problem_in(await catalog.post("/tasks", json=body | {"agent": "topology:gone"}))
    assert (problem["status"], problem["detail"]) == (404, "there is no topology 'gone'; there are: duel")


async def test_the_mixins_that_come_along_are_listed(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/mixins")).json()
    assert [(each["name"], tuple(each["requires"])) for each in listed] == [
        (each.name, each.requires) for each in BUILT_IN_MIXINS
    ]


@pytest.mark.parametrize("settings", [{"model_aliases": "fast=ollama:llama3.2"}], indirect=True)
async def test_a_model_may_be_named_by_an_alias(client: httpx.AsyncClient) -> None:
    aliases = (await client.get("/models")).json()["aliases"]
    assert (aliases["fast"], aliases["claude-sonnet-4"]) == ("ollama:llama3.2", "anthropic:claude-sonnet-4-6")
    for model in ("fast", "claude-sonnet-4", "demo", "beer:lager"):
        run = (await client.post("/runs", json={"goal": "x", "model": model})).json()
        assert run["model"] == model
        made = await client.post("/agents", json={"name": "ann", "config": {"model": model}})
        assert made.json()["config"]["model"] == model
        assert (await client.post(f"/runs/{run['id']}/fork", json={"model": model})).status_code == 202
    for path, body in (("/runs", {"goal": "x"}), ("/runs/1/fork", {})):
        said = await refusal(client, path, body | {"model": "slow"})
        assert said.startswith("'slow' is neither provider:model nor an alias; there are: claude-fable-5,")
        assert "fast, " in said
