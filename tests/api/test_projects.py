"""Projects over HTTP."""

from pathlib import Path

import httpx
import pytest

from tests.api.conftest import problem_in, queued


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
