"""Runs over HTTP: queue, read, filter, change, cancel, retry, delete."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from agent_runner.domain.clock import to_wire, utc_now
from agent_runner.store.database import Database
from agent_runner.store.held import Usage
from agent_runner.store.steps import FinishedStep
from tests.api.conftest import Hands, problem_in, queued


async def test_a_posted_run_is_queued_and_the_201_is_what_get_says(client: httpx.AsyncClient) -> None:
    project = (await client.post("/projects", json={"name": "p", "local_path": "/srv/p"})).json()
    body = {
        "goal": "  Say hello ✓",
        "project_id": project["id"],
        "input": {"deep": [{"x": 1.5}, None, "é"]},
        "priority": 7,
        "config": {"max_attempts": 5, "cache": True, "max_revision_rounds": 0, "approve_plan": False},
        "budget": {"seconds": 12.5, "tokens": 1000, "cost_usd": 0.5},
    }
    answer = await client.post("/runs", json=body)
    assert answer.status_code == 201
    created = answer.json()
    assert (created["status"], created["attempt"], created["max_attempts"]) == ("QUEUED", 0, 5)
    assert (created["goal"], created["input"], created["priority"]) == (body["goal"], body["input"], 7)
    assert created["config"] == body["config"]
    assert (created["agent"], created["time_limit_seconds"], created["progress"]) == ("simple", 12.5, 0.0)
    assert created["budget"] == {"cost_usd": 0.5, "tokens": 1000, "model_calls": None, "seconds": 12.5}
    assert created["created_at"] == created["available_at"]
    assert datetime.fromisoformat(created["created_at"]).tzinfo is not None
    assert created["usage"] == {
        "model_calls": 0,
        "estimated_calls": 0,
        "input_tokens": 0,
        "output_tokens": 0,
        "cost_usd": 0.0,
        "active_seconds": 0.0,
    }
    read = (await client.get(f"/runs/{created['id']}")).json()
    assert read.pop("why_not_running")
    created.pop("why_not_running")
    assert read == created


async def test_a_run_says_why_it_does_not_run_yet(client: httpx.AsyncClient, hands: Hands) -> None:
    first = await queued(client)
    later = await queued(client, available_at=to_wire(utc_now() + timedelta(hours=1)))

    async def why(run_id: int) -> Any:
        return (await client.get(f"/runs/{run_id}")).json()["why_not_running"]

    assert "no worker is alive" in await why(first)
    assert "not before" in await why(later)
    await hands.sign_on()
    assert "position 1" in await why(first)
    await hands.take()
    assert await why(first) is None


async def test_a_run_that_worked_shows_its_result_and_usage(client: httpx.AsyncClient, hands: Hands) -> None:
    run_id = await queued(client)
    (claimed,) = await hands.take()
    usage = Usage(model_calls=2, estimated_calls=1, input_tokens=30, output_tokens=4, cost_usd=0.5)
    await hands.record(
        claimed, progress=0.5, iteration=2, current_agent="engineer", last_message="half way", usage=usage
    )
    half_way = (await client.get(f"/runs/{run_id}")).json()
    assert (half_way["status"], half_way["progress"], half_way["iteration"]) == ("RUNNING", 0.5, 2)
    assert (half_way["current_agent"], half_way["last_message"]) == ("engineer", "half way")
    assert half_way["usage"] == asdict(usage) | {"active_seconds": 0.0}
    await hands.complete(claimed)
    done = (await client.get(f"/runs/{run_id}")).json()
    assert (done["status"], done["result"], done["progress"]) == ("COMPLETED", {"answer": 42}, 1.0)
    assert done["started_at"] <= done["completed_at"]


# ---- idempotency


async def test_the_same_key_and_request_give_the_same_run(client: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "order 66"}
    first = await client.post("/runs", headers=headers, json={"goal": "once", "input": {"a": 1, "b": 2}})
    again = await client.post("/runs", headers=headers, json={"input": {"b": 2, "a": 1}, "goal": "once"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert first.json() == again.json()
    assert len((await client.get("/runs")).json()["items"]) == 1


async def test_the_same_key_with_another_request_is_a_422(client: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k"}
    await client.post("/runs", headers=headers, json={"goal": "once"})
    problem = problem_in(await client.post("/runs", headers=headers, json={"goal": "twice"}))
    assert problem["status"] == 422
    assert "'k'" in problem["detail"]


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\there", "é"])
async def test_a_key_that_cannot_be_used_is_a_422(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.post("/runs", headers=[(b"Idempotency-Key", key.encode())], json={"goal": "x"})
    assert problem_in(answer)["status"] == 422


async def test_a_run_deleted_frees_its_key(client: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k"}
    first = (await client.post("/runs", headers=headers, json={"goal": "x"})).json()["id"]
    await client.post(f"/runs/{first}/cancel")
    await client.delete(f"/runs/{first}")
    second = (await client.post("/runs", headers=headers, json={"goal": "x"})).json()["id"]
    assert second > first


# ---- what a run may refer to


async def test_an_unknown_project_or_task_is_a_404_that_names_it(client: httpx.AsyncClient) -> None:
    no_task = "6f1f64f0-4c2f-4f2b-9b38-3b8c1f7f1f3e"
    for body, named in (({"project_id": 99}, "project 99"), ({"task_id": no_task}, f"task {no_task}")):
        problem = problem_in(await client.post("/runs", json={"goal": "x"} | body))
        assert (problem["status"], problem["detail"]) == (404, f"{named} does not exist")


async def test_an_unknown_agent_is_a_422_that_lists_the_known_ones(client: httpx.AsyncClient) -> None:
    problem = problem_in(await client.post("/runs", json={"goal": "x", "agent": "nobody"}))
    assert problem["status"] == 422
    assert "'nobody'" in problem["detail"]
    assert "known are:" in problem["detail"]
    assert "simple" in problem["detail"]


# ---- lists


async def test_pages_of_runs_are_complete_and_newest_first(client: httpx.AsyncClient) -> None:
    made = [await queued(client, goal=f"run {number}") for number in range(7)]
    seen: list[int] = []
    query: dict[str, str] = {"limit": "3"}
    while True:
        page = (await client.get("/runs", params=query)).json()
        seen += [run["id"] for run in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == sorted(made, reverse=True)


async def test_a_last_page_that_is_full_has_no_next(client: httpx.AsyncClient) -> None:
    await queued(client)
    await queued(client)
    assert (await client.get("/runs?limit=2")).json()["next_cursor"] is None


async def test_runs_are_filtered(client: httpx.AsyncClient, hands: Hands) -> None:
    project = (await client.post("/projects", json={"name": "p", "local_path": "/srv/p"})).json()["id"]
    task = (await client.post("/tasks", json={"title": "t", "input_prompt": "of a task"})).json()["id"]
    plain = await queued(client, goal="Find 100% of_it", priority=9)
    in_project = await queued(client, project_id=project)
    of_task = await queued(client, task_id=task)
    await hands.take()

    async def found(**query: Any) -> set[int]:
        return {run["id"] for run in (await client.get("/runs", params=query)).json()["items"]}

    assert await found(status="RUNNING") == {plain}
    assert await found(status="QUEUED") == {in_project, of_task}
    assert await found(project_id=project) == {in_project}
    assert await found(task_id=task) == {of_task}
    assert await found(agent="simple") == {plain, in_project, of_task}
    assert await found(agent="coder") == set()
    assert await found(text="100% OF_") == {plain}
    assert await found(text="1_0") == set()


# ---- changes


async def test_a_queued_run_can_be_changed(client: httpx.AsyncClient) -> None:
    run_id = await queued(client, available_at="2030-01-01T00:00:00+02:00")
    later = (await client.patch(f"/runs/{run_id}", json={"priority": 3, "goal": "Other"})).json()
    assert (later["priority"], later["goal"]) == (3, "Other")
    assert later["available_at"] == "2029-12-31T22:00:00.000000Z"
    now = (await client.patch(f"/runs/{run_id}", json={"available_at": None})).json()
    assert datetime.fromisoformat(now["available_at"]) <= datetime.now(UTC)


async def test_only_a_queued_run_can_be_changed(client: httpx.AsyncClient, hands: Hands) -> None:
    run_id = await queued(client)
    await hands.take()
    problem = problem_in(await client.patch(f"/runs/{run_id}", json={"priority": 3}))
    assert (problem["status"], problem["detail"]) == (
        409,
        f"run {run_id} is RUNNING: only a QUEUED run can be changed",
    )


@pytest.mark.parametrize("body", [{}, {"goal": None}, {"priority": None}, {"goal": " "}, {"status": "COMPLETED"}])
async def test_a_change_that_makes_no_sense_is_a_422(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    run_id = await queued(client)
    assert problem_in(await client.patch(f"/runs/{run_id}", json=body))["status"] == 422


async def test_cancelling_a_queued_run_ends_it_at_once(client: httpx.AsyncClient) -> None:
    run_id = await queued(client)
    answer = await client.post(f"/runs/{run_id}/cancel", json={"reason": "changed my mind"})
    assert (answer.status_code, answer.json()["status"]) == (202, "CANCELLED")
    events = (await client.get(f"/runs/{run_id}/events")).json()["events"]
    assert events[-1]["payload"] == {"reason": "changed my mind"}


async def test_cancelling_a_running_run_asks_its_worker(client: httpx.AsyncClient, hands: Hands) -> None:
    run_id = await queued(client)
    (claimed,) = await hands.take()
    for _ in range(2):
        answer = await client.post(f"/runs/{run_id}/cancel")
        assert (answer.status_code, answer.json()["status"], answer.json()["cancel_requested"]) == (
            202,
            "RUNNING",
            True,
        )
    await hands.complete(claimed)
    assert (await client.get(f"/runs/{run_id}")).json()["status"] == "CANCELLED"


async def test_a_final_run_cannot_be_cancelled_and_the_409_says_why(client: httpx.AsyncClient, hands: Hands) -> None:
    run_id = await queued(client)
    (claimed,) = await hands.take()
    await hands.complete(claimed)
    problem = problem_in(await client.post(f"/runs/{run_id}/cancel"))
    assert problem["status"] == 409
    assert problem["type"] == "urn:agent-runner:illegal-move"
    assert f"run {run_id} is COMPLETED" in problem["detail"]


async def test_a_failed_run_is_retried_with_its_number_of_attempts(client: httpx.AsyncClient, hands: Hands) -> None:
    run_id = await queued(client, config={"max_attempts": 2})
    (claimed,) = await hands.take()
    await hands.fail(claimed)
    answer = await client.post(f"/runs/{run_id}/retry")
    assert answer.status_code == 202
    run = answer.json()
    assert (run["status"], run["attempt"], run["max_attempts"], run["error"]) == ("QUEUED", 1, 3, None)
    problem = problem_in(await client.post(f"/runs/{run_id}/retry"))
    assert (problem["status"], "is QUEUED" in problem["detail"]) == (409, True)


async def test_a_run_of_a_task_is_not_retried_beside_another(client: httpx.AsyncClient) -> None:
    task = (await client.post("/tasks", json={"title": "t", "input_prompt": "p"})).json()["id"]
    first = await queued(client, task_id=task)
    await client.post(f"/runs/{first}/cancel")
    second = await queued(client, task_id=task)
    problem = problem_in(await client.post(f"/runs/{first}/retry"))
    assert (problem["status"], problem["detail"]) == (409, f"task {task} already has run {second} under way")


async def test_a_fork_is_a_new_run_with_the_steps_that_it_keeps(client: httpx.AsyncClient, hands: Hands) -> None:
    old_id = await queued(client, goal="Old", priority=4, config={"max_attempts": 2})
    (claimed,) = await hands.take()
    moment = utc_now()
    done = [
        FinishedStep(key=key, position=place, input_hash="", output='{"n":1}', started_at=moment, finished_at=moment)
        for place, key in enumerate(("plan", "execute/1", "execute/2"), start=1)
    ]
    await hands.record(claimed, steps=tuple(done))
    await hands.complete(claimed)
    answer = await client.post(
        f"/runs/{old_id}/fork", json={"from_step": "execute/2", "goal": "New"}, headers={"Idempotency-Key": "k"}
    )
    assert answer.status_code == 202
    new = answer.json()
    assert (new["goal"], new["forked_from"], new["status"]) == ("New", old_id, "QUEUED")
    assert (new["priority"], new["max_attempts"], new["attempt"]) == (4, 2, 0)
    steps = (await client.get(f"/runs/{new['id']}/steps")).json()["steps"]
    assert [(step["key"], step["fence"], step["output"]) for step in steps] == [
        ("plan", 0, {"n": 1}),
        ("execute/1", 0, {"n": 1}),
    ]
    again = await client.post(
        f"/runs/{old_id}/fork", json={"from_step": "execute/2", "goal": "New"}, headers={"Idempotency-Key": "k"}
    )
    assert again.json()["id"] == new["id"]
    await hands.take()
    steps = (await client.get(f"/runs/{new['id']}/steps")).json()["steps"]
    assert [step["replayed"] for step in steps] == [True, True]


async def test_a_fork_that_cannot_be_says_why(client: httpx.AsyncClient) -> None:
    run_id = await queued(client)
    problem = problem_in(await client.post(f"/runs/{run_id}/fork", json={"from_step": "nonsense"}))
    assert (problem["status"], problem["detail"]) == (
        404,
        f"run {run_id} has no finished step 'nonsense'; it has: none",
    )
    assert problem_in(await client.post("/runs/77/fork"))["status"] == 404
    assert problem_in(await client.post(f"/runs/{run_id}/fork", json={"goal": " "}))["status"] == 422
    first = await client.post(f"/runs/{run_id}/fork", headers={"Idempotency-Key": "same"})
    assert first.status_code == 202
    other = await client.post(f"/runs/{run_id}/fork", json={"goal": "Other"}, headers={"Idempotency-Key": "same"})
    assert problem_in(other)["status"] == 422


async def test_only_a_final_run_is_deleted(client: httpx.AsyncClient) -> None:
    run_id = await queued(client)
    assert problem_in(await client.delete(f"/runs/{run_id}"))["status"] == 409
    await client.post(f"/runs/{run_id}/cancel")
    answer = await client.delete(f"/runs/{run_id}")
    assert (answer.status_code, answer.content) == (204, b"")
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/events"), ("GET", "/steps"), ("POST", "/cancel")):
        assert problem_in(await client.request(method, f"/runs/{run_id}{path}"))["status"] == 404


async def test_the_journal_shows_what_is_done(client: httpx.AsyncClient, hands: Hands, database: Database) -> None:
    run_id = await queued(client)
    (claimed,) = await hands.take()
    now = utc_now()
    step = FinishedStep(
        key="plan", position=1, input_hash="h", output='{"steps":["a"]}', started_at=now, finished_at=now
    )
    await hands.record(claimed, steps=(step,))
    journal = (await client.get(f"/runs/{run_id}/steps")).json()
    assert journal["total"] == 1
    assert journal["steps"][0]["key"] == "plan"
    assert journal["steps"][0]["output"] == {"steps": ["a"]}
    assert journal["steps"][0]["fence"] == claimed.fence


@pytest.mark.parametrize(
    "budget", [{"tokens": 0}, {"tokens": 1.5}, {"cost_usd": -1}, {"model_calls": "many"}, {"beer": 1}]
)
async def test_a_budget_that_makes_no_sense_is_refused(client: httpx.AsyncClient, budget: dict[str, Any]) -> None:
    assert (await client.post("/runs", json={"goal": "x", "budget": budget})).status_code == 422


async def test_a_run_names_its_model_and_a_fork_another(client: httpx.AsyncClient, hands: Hands) -> None:
    run_id = await queued(client, model="ollama:llama3.2")
    assert (await client.get(f"/runs/{run_id}")).json()["model"] == "ollama:llama3.2"
    await hands.take(1)
    started = (await client.get(f"/runs/{run_id}/events")).json()["events"][-1]
    assert (started["event_type"], started["payload"]["model"]) == ("RUN_STARTED", "ollama:llama3.2")
    forked = (await client.post(f"/runs/{run_id}/fork", json={"model": "openai:gpt"})).json()
    assert (forked["model"], forked["forked_from"]) == ("openai:gpt", run_id)
    assert (await client.post(f"/runs/{run_id}/fork", json={})).json()["model"] == "ollama:llama3.2"


@pytest.mark.parametrize(
    "model", ["", "llama3.2", "ollama:", ":x", "ollama:a b", "demo:", "demo\n", "é:x", "a:" + "x" * 201]
)
async def test_a_model_that_is_spelled_as_none_is_refused(client: httpx.AsyncClient, model: str) -> None:
    answer = await client.post("/runs", json={"goal": "x", "model": model})
    assert answer.status_code == 422
    assert (await client.post("/runs", json={"goal": "x", "model": None})).json()["model"] is None
