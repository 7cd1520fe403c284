"""Tasks over HTTP: what a person asked, and what its latest run says."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from agent_runner.api.deps import Services
from agent_runner.store.tasks import create_task
from tests.api.conftest import Hands, problem_in


async def made(client: httpx.AsyncClient) -> str:
    answer = await client.post("/tasks", json={"title": "Snake", "input_prompt": "Write the game Snake"})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def state(client: httpx.AsyncClient, task: str) -> dict[str, Any]:
    return (await client.get(f"/tasks/{task}/state")).json()


async def test_a_task_has_a_uuid_and_is_pending(client: httpx.AsyncClient) -> None:
    task = await made(client)
    assert str(UUID(task)) == task
    read = (await client.get(f"/tasks/{task}")).json()
    assert (read["title"], read["status"], read["run_id"]) == ("Snake", "PENDING", None)
    assert (await state(client, task))["status"] == "PENDING"
    assert (await client.get(f"/tasks/{task}/events")).json() == {"events": [], "total": 0}


async def test_a_task_is_run_and_followed_to_its_end(client: httpx.AsyncClient, hands: Hands) -> None:
    task = await made(client)
    answer = await client.post(f"/tasks/{task}/run")
    assert answer.status_code == 202
    accepted = answer.json()
    assert (accepted["task_id"], accepted["status"]) == (task, "accepted")
    (claimed,) = await hands.take()
    assert (claimed.goal, claimed.task_id) == ("Write the game Snake", task)
    assert (await state(client, task))["status"] == "RUNNING"
    await hands.complete(claimed, '{"files":1}')
    end = await state(client, task)
    assert (end["task_id"], end["status"], end["progress"]) == (task, "SUCCEEDED", 1.0)
    assert end["final_result"] == {"files": 1}
    assert end["started_at"] <= end["completed_at"]
    events = (await client.get(f"/tasks/{task}/events")).json()
    assert [event["event_type"] for event in events["events"]] == ["RUN_CREATED", "RUN_STARTED", "RUN_COMPLETED"]
    assert {event["task_id"] for event in events["events"]} == {task}
    after = (await client.get(f"/tasks/{task}/events?since_event_id=2")).json()
    assert [event["event_id"] for event in after["events"]] == [3]


async def test_an_older_run_that_is_tried_again_is_what_the_task_does(client: httpx.AsyncClient, hands: Hands) -> None:
    task = await made(client)
    await client.post(f"/tasks/{task}/run")
    (older,) = await hands.take()
    await hands.fail(older)
    await client.post(f"/tasks/{task}/run")
    (newer,) = await hands.take()
    await hands.complete(newer)
    assert (await client.post(f"/runs/{older.id}/retry")).status_code == 202
    assert (await client.get(f"/tasks/{task}")).json()["run_id"] == older.id
    assert (await client.post(f"/tasks/{task}/stop")).status_code == 202
    assert (await client.get(f"/runs/{older.id}")).json()["status"] == "CANCELLED"
    assert (await client.get(f"/tasks/{task}")).json()["run_id"] == newer.id


async def test_a_task_that_names_no_agent_is_for_metagpt(client: httpx.AsyncClient) -> None:
    accepted = (await client.post(f"/tasks/{(task := await made(client))}/run")).json()
    assert accepted["message"] == f"Task accepted: run {accepted['run_id']} with the agent metagpt"
    assert (await client.get(f"/runs/{accepted['run_id']}")).json()["agent"] == "metagpt"
    assert (await state(client, task))["agent"] == "metagpt"


async def test_a_task_may_be_for_a_host(client: httpx.AsyncClient) -> None:
    task = (await client.post("/tasks", json={"title": "t", "input_prompt": "p", "agent": "host:mine"})).json()
    assert task["agent"] == "host:mine"


async def test_a_second_run_of_an_active_task_is_a_409(client: httpx.AsyncClient) -> None:
    task = await made(client)
    await client.post(f"/tasks/{task}/run")
    problem = problem_in(await client.post(f"/tasks/{task}/run"))
    assert (problem["status"], problem["type"]) == (409, "urn:agent-runner:already-active")
    assert task in problem["detail"]
    assert f"/tasks/{task}/stop" in problem["next_step"]


async def test_a_task_is_stopped_and_can_run_again(client: httpx.AsyncClient) -> None:
    task = await made(client)
    first = (await client.post(f"/tasks/{task}/run")).json()["run_id"]
    answer = await client.post(f"/tasks/{task}/stop")
    assert (answer.status_code, answer.json()["run_id"]) == (202, first)
    assert (await state(client, task))["status"] == "CANCELLED"
    problem = problem_in(await client.post(f"/tasks/{task}/stop"))
    assert (problem["status"], "has no run under way" in problem["detail"]) == (409, True)
    assert (await client.post(f"/tasks/{task}/run")).json()["run_id"] > first
    assert (await state(client, task))["status"] == "PENDING"


async def test_a_failed_task_shows_its_error(client: httpx.AsyncClient, hands: Hands) -> None:
    task = await made(client)
    await client.post(f"/tasks/{task}/run")
    (claimed,) = await hands.take()
    await hands.fail(claimed)
    end = await state(client, task)
    assert (end["status"], end["error"]) == ("FAILED", "no way")


async def test_pages_of_tasks_miss_none_that_were_made_at_the_same_moment(
    client: httpx.AsyncClient, services: Services
) -> None:
    names = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(7)]

    def make_all(session: Any) -> None:
        for name in names:
            create_task(session, name, "t", "p", "simple")

    await services.database.write(make_all)
    seen: list[str] = []
    query = {"limit": "3"}
    while True:
        page = (await client.get("/tasks", params=query)).json()
        seen += [task["id"] for task in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert sorted(seen) == names


@pytest.mark.parametrize("cursor", ["x", "2026-01-01_x", "_", "2026-13-01T00:00:00.000000Z_" + "0" * 32, "%00"])
async def test_a_cursor_of_nowhere_is_a_422(client: httpx.AsyncClient, cursor: str) -> None:
    assert problem_in(await client.get(f"/tasks?cursor={cursor}"))["status"] == 422


@pytest.mark.parametrize("path", ["", "/state", "/events"])
@pytest.mark.parametrize(("task", "status"), [("6f1f64f0-4c2f-4f2b-9b38-3b8c1f7f1f3e", 404), ("1", 422), ("x", 422)])
async def test_a_task_that_is_none_is_a_clear_error(
    client: httpx.AsyncClient, task: str, status: int, path: str
) -> None:
    problem = problem_in(await client.get(f"/tasks/{task}{path}"))
    assert problem["status"] == status
    assert task in problem["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"title": "t"},
        {"input_prompt": "p"},
        {"title": "", "input_prompt": "p"},
        {"title": "t", "input_prompt": " "},
        {"title": "x" * 501, "input_prompt": "p"},
        {"title": "t", "input_prompt": "p", "agent": "nobody"},
        {"title": "t", "input_prompt": "p", "id": 1},
    ],
)
async def test_a_task_that_says_nothing_is_a_422(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert problem_in(await client.post("/tasks", json=body))["status"] == 422


async def test_a_task_for_a_topology_that_is_not_there_is_refused_before_and_after(client: httpx.AsyncClient) -> None:
    asked = {"title": "Tea", "input_prompt": "Make tea", "agent": "topology:tea"}
    refused = await client.post("/tasks", json=asked)
    assert (refused.status_code, "there is no topology 'tea'" in refused.json()["detail"]) == (404, True)
    await client.post("/agents", json={"name": "ann"})
    await client.post("/topologies", json={"name": "tea", "config": {"type": "pipeline"}, "slots": {"stages": "ann"}})
    task = (await client.post("/tasks", json=asked)).json()["id"]
    assert (await client.delete("/topologies/tea")).status_code == 204
    gone = await client.post(f"/tasks/{task}/run")
    assert (gone.status_code, "there is no topology 'tea'" in gone.json()["detail"]) == (409, True)
