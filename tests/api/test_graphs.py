"""Graphs over HTTP: of topologies in the catalog, and of runs with what has become of their agents."""

from xml.etree import ElementTree as ET

import httpx
import pytest

from agent_runner.domain.clock import utc_now
from agent_runner.domain.events import AgentComplete, AgentStart, Error, Message, ModelCall, RunCancelled, new_event
from agent_runner.domain.outcome import Reply
from agent_runner.domain.run import STOP
from agent_runner.store.database import Database
from agent_runner.store.held import Ending
from agent_runner.store.node_facts import node_facts
from agent_runner.store.runs import ClaimedRun
from agent_runner.store.steps import FinishedStep
from tests.api.conftest import Hands, problem_in, queued
from tests.graphs.examples import AGENTS, TOPOLOGIES, graph

MODEL_CALL = ModelCall(model="demo", input_tokens=10, output_tokens=5, cost_usd=None, duration_ms=1, fallback=None)


async def define(client: httpx.AsyncClient, *names: str) -> None:
    """Topologies of the examples, each after those that it is made of."""
    for agent in AGENTS.values():
        made = await client.post(
            "/agents", content=agent.model_dump_json(), headers={"Content-Type": "application/json"}
        )
        assert made.status_code in {200, 201}, made.text
    for name in names:
        definition = TOPOLOGIES[name].model_dump_json()
        made = await client.post("/topologies", content=definition, headers={"Content-Type": "application/json"})
        assert made.status_code in {200, 201}, made.text


async def states(client: httpx.AsyncClient, run_id: int) -> dict[str, str]:
    answer = await client.get(f"/runs/{run_id}/graph")
    assert answer.status_code == 200, answer.text
    return {node["id"]: node["life"]["state"] for node in answer.json()["nodes"]}


async def taken(client: httpx.AsyncClient, hands: Hands, name: str) -> ClaimedRun:
    run_id = await queued(client, agent=f"topology:{name}")
    await hands.sign_on()
    [run] = await hands.take()
    assert run.id == run_id
    return run


async def test_a_topology_has_the_graph_of_its_composition(client: httpx.AsyncClient) -> None:
    await define(client, "research", "review", "plan", "talk", "both")
    answer = await client.get("/topologies/both/graph")
    assert answer.json() == graph("both").model_dump(mode="json")
    assert {"from": "plan", "to": "dot", "kind": "work", "label": "", "is_loop": False} in answer.json()["edges"]
    unknown = problem_in(await client.get("/topologies/nowhere/graph"))
    assert (unknown["status"], unknown["detail"]) == (
        404,
        "there is no topology 'nowhere'; there are: both, plan, research, review, talk",
    )


async def test_a_run_shows_what_has_become_of_each_agent(client: httpx.AsyncClient, hands: Hands) -> None:
    await define(client, "research")
    run_id = await queued(client, agent="topology:research")
    assert set((await states(client, run_id)).values()) == {"pending"}
    await hands.sign_on()
    [run] = await hands.take()
    await hands.record(run, AgentStart(node="ann"), agent_role="ann")
    assert await states(client, run_id) == {
        "BEGIN": "done",
        "ann": "running",
        "bob": "pending",
        "dot": "pending",
        "END": "pending",
    }
    said = (Message(content="A first word"), MODEL_CALL, Message(content="Rain falls."), MODEL_CALL)
    await hands.record(run, *said, AgentComplete(node="ann"), agent_role="ann")
    await hands.record(run, AgentStart(node="bob"), Error(message="no answer"), agent_role="bob")
    await hands.record(run, AgentStart(node="dot"), AgentComplete(node="dot", message="It rains."), agent_role="dot")
    await hands.complete(run)
    told = (await client.get(f"/runs/{run_id}/graph")).json()
    assert (told["run_id"], told["status"], told["name"]) == (run_id, "COMPLETED", "research")
    lives = {node["id"]: node["life"] for node in told["nodes"]}
    assert {node: life["state"] for node, life in lives.items()} == {
        **dict.fromkeys(["BEGIN", "ann", "dot", "END"], "done"),
        "bob": "skipped",
    }
    ann = lives["ann"]
    assert (ann["calls"], ann["model_calls"], ann["input_tokens"], ann["output_tokens"]) == (1, 2, 20, 10)
    assert (ann["last_message"], lives["dot"]["last_message"]) == ("Rain falls.", "It rains.")
    assert (lives["bob"]["failures"], lives["bob"]["last_message"]) == (1, "no answer")
    assert told["nodes"][1]["life"]["started_at"] <= told["nodes"][1]["life"]["ended_at"]


async def test_the_graph_of_a_run_is_that_of_the_topology_it_began_with(
    client: httpx.AsyncClient, hands: Hands
) -> None:
    await define(client, "line")
    run = await taken(client, hands, "line")
    changed = TOPOLOGIES["line"].model_dump(mode="json") | {"slots": {"stages": ["cid"]}}
    assert (await client.post("/topologies", json=changed)).status_code == 201
    assert list(await states(client, run.id)) == ["BEGIN", "ann", "bob", "ann-2", "END"]
    assert len((await client.get("/topologies/line/graph")).json()["nodes"]) == 3


async def test_a_run_that_was_cancelled_runs_nothing_any_more(client: httpx.AsyncClient, hands: Hands) -> None:
    await define(client, "line")
    run = await taken(client, hands, "line")
    await hands.record(run, AgentStart(node="ann"), AgentComplete(node="ann"), AgentStart(node="bob"))
    assert (await client.post(f"/runs/{run.id}/cancel")).status_code == 202
    assert (await states(client, run.id))["bob"] == "running", "it runs until its worker has stopped it"
    await hands.record(run, ending=Ending(move=STOP, event=new_event(RunCancelled())))
    assert (await states(client, run.id))["bob"] == "skipped"


async def test_a_run_that_is_no_topology_has_no_graph(client: httpx.AsyncClient) -> None:
    run_id = await queued(client)
    refused = problem_in(await client.get(f"/runs/{run_id}/graph"))
    assert (refused["status"], refused["detail"], refused["next_step"]) == (
        404,
        f"run {run_id} is one of the agent simple, which is no topology, so it has no graph",
        f"see GET /runs/{run_id}/events",
    )
    assert problem_in(await client.get("/runs/77/graph"))["detail"] == "run 77 does not exist"


async def test_a_fork_shows_the_answers_that_it_keeps(client: httpx.AsyncClient, hands: Hands) -> None:
    await define(client, "line")
    run = await taken(client, hands, "line")
    reply = Reply(node="ann", agent="ann", text="Rain falls.").model_dump_json()
    kept = [step("pipeline/1-ann", 1, reply), step("pipeline/1-ann/1", 2, '{"text": "Rain falls."}'), step("x", 3, "7")]
    await hands.record(run, AgentStart(node="ann"), AgentComplete(node="ann"), steps=tuple(kept))
    await hands.fail(run)
    fork = (await client.post(f"/runs/{run.id}/fork")).json()
    assert await states(client, fork["id"]) == {
        **dict.fromkeys(["BEGIN", "ann"], "done"),
        **dict.fromkeys(["bob", "ann-2", "END"], "pending"),
    }
    told = (await client.get(f"/runs/{fork['id']}/graph")).json()["nodes"][1]["life"]
    assert (told["calls"], told["last_message"], told["model_calls"]) == (1, "Rain falls.", 0)
    assert (await states(client, run.id))["ann"] == "done"
    life = (await client.get(f"/runs/{run.id}/graph")).json()["nodes"][1]["life"]
    assert life["calls"] == 1, "a run's own steps are told by its events"


def step(key: str, position: int, output: str) -> FinishedStep:
    at = utc_now()
    return FinishedStep(key=key, position=position, input_hash="h", output=output, started_at=at, finished_at=at)


@pytest.mark.parametrize(
    ("how", "media_type", "begin"),
    [
        ("svg", "image/svg+xml", "<svg "),
        ("mermaid", "text/plain; charset=utf-8", "---\ntitle:"),
        ("ascii", "text/plain; charset=utf-8", "research: ensemble, synthesis"),
    ],
)
async def test_both_graphs_are_drawn_as_is_asked_and_no_browser_runs_what_is_in_them(
    client: httpx.AsyncClient, how: str, media_type: str, begin: str
) -> None:
    await define(client, "research")
    run_id = await queued(client, agent="topology:research")
    for path in ("/topologies/research/graph", f"/runs/{run_id}/graph"):
        answer = await client.get(path, params={"format": how})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == media_type
        assert answer.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.text.startswith(begin)
        assert ("pending" in answer.text.split("</style>")[-1]) is path.startswith("/runs")
        if how == "svg":
            assert ET.fromstring(answer.text).attrib["role"] == "img"


async def test_another_format_is_refused_with_those_there_are(client: httpx.AsyncClient) -> None:
    await define(client, "research")
    refused = problem_in(await client.get("/topologies/research/graph?format=png"))
    assert refused["status"] == 422
    assert "'svg', 'mermaid' or 'ascii'" in refused["detail"]


async def test_only_the_last_message_of_an_agent_is_read(
    client: httpx.AsyncClient, hands: Hands, database: Database
) -> None:
    await define(client, "research")
    run = await taken(client, hands, "research")
    for number in range(3):
        await hands.record(run, Message(content=f"ann {number}"), agent_role="ann")
        await hands.record(run, Message(content=f"bob {number}"), agent_role="bob")
    facts = await database.read(node_facts, run.id)
    assert [(fact.type, fact.payload.get("content")) for fact in facts] == [
        ("RUN_CREATED", None),
        ("RUN_STARTED", None),
        ("MESSAGE", "ann 2"),
        ("MESSAGE", "bob 2"),
    ]
