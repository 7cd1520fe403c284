"""Projects over HTTP."""

from pathlib import Path

import httpx
import pytest

from agent_runner.store.held import Usage
from tests.api.conftest import Hands, problem_in, queued


async def test_a_project_is_made_by_query_parameters(client: httpx.AsyncClient) -> None:
    answer = await client.post("/projects?name=test&local_path=/srv/demo-that-is-not-there")
    assert answer.status_code == 201
    project = answer.json()
    assert (project["name"], project["local_path"]) == ("test", "/srv/demo-that-is-not-there")
    assert project["path_exists"] is False
    assert (await client.get(f"/projects/{project['id']}")).json() == project


async def test_a_project_is_made_by_json_and_shows_that_its_path_exists(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    project = (await client.post("/projects", json={"name": "test", "local_path": str(tmp_path)})).json()
    assert project["path_exists"] is True


async def test_a_relative_path_is_made_absolute(client: httpx.AsyncClient) -> None:
    project = (await client.post("/projects", json={"name": "test", "local_path": "demo"})).json()
    assert project["local_path"] == str(Path.cwd() / "demo")


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", None),
        ("?name=x", None),
        ("?local_path=/x", None),
        ("?name=%20&local_path=/x", None),
        ("?name=%00&local_path=/x", None),
        ("?name=x&local_path=/a%00b", None),
        (f"?name={'x' * 501}&local_path=/x", None),
        ("", {"name": "x"}),
        ("", {"name": 1, "local_path": "/x"}),
        ("", {"name": "x", "local_path": "/x", "colour": "red"}),
        ("", ["x"]),
    ],
)
async def test_a_project_without_what_it_needs_is_a_422(client: httpx.AsyncClient, query: str, body: object) -> None:
    answer = await client.post(f"/projects{query}", json=body)
    assert problem_in(answer)["status"] == 422


async def test_a_project_is_changed_listed_and_removed(client: httpx.AsyncClient) -> None:
    ids = [
        (await client.post("/projects", json={"name": f"p{n}", "local_path": "/srv/p"})).json()["id"] for n in range(3)
    ]
    changed = await client.patch(f"/projects/{ids[0]}", json={"name": "other"})
    assert (changed.json()["name"], changed.json()["local_path"]) == ("other", "/srv/p")
    first = (await client.get("/projects?limit=2")).json()
    second = (await client.get(f"/projects?limit=2&cursor={first['next_cursor']}")).json()
    assert [project["id"] for project in first["items"] + second["items"]] == ids[::-1]
    assert second["next_cursor"] is None
    assert (await client.delete(f"/projects/{ids[0]}")).status_code == 204
    assert problem_in(await client.get(f"/projects/{ids[0]}"))["status"] == 404


async def test_a_project_with_runs_stays(client: httpx.AsyncClient) -> None:
    project = (await client.post("/projects", json={"name": "p", "local_path": "/srv/p"})).json()["id"]
    run_id = await queued(client, project_id=project)
    problem = problem_in(await client.delete(f"/projects/{project}"))
    assert (problem["status"], f"run {run_id}" in problem["detail"]) == (409, True)


async def test_a_project_shows_what_all_its_runs_have_consumed(client: httpx.AsyncClient, hands: Hands) -> None:
    mine, other = [(await client.post("/projects", json={"name": n, "local_path": "/"})).json()["id"] for n in "ab"]
    nothing = {"model_calls": 0, "estimated_calls": 0, "input_tokens": 0, "output_tokens": 0, "cost_usd": 0.0}
    assert (await client.get(f"/projects/{mine}/usage")).json() == nothing | {"active_seconds": 0.0, "runs": 0}
    for project_id in (mine, mine, other):
        await queued(client, project_id=project_id)
    for run in await hands.take(3):
        used = Usage(model_calls=2, estimated_calls=1, input_tokens=30, output_tokens=4, cost_usd=0.5)
        await hands.record(run, usage=used)
    usage = (await client.get(f"/projects/{mine}/usage")).json()
    assert (usage["runs"], usage["model_calls"], usage["estimated_calls"]) == (2, 4, 2)
    assert (usage["input_tokens"], usage["output_tokens"], usage["cost_usd"]) == (60, 8, 1.0)
    missing = await client.get("/projects/999/usage")
    assert (missing.status_code, problem_in(missing)["detail"]) == (404, "project 999 does not exist")
