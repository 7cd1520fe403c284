"""What a project allows and how a run narrows it, over HTTP."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from agent_runner.api.app import create_app
from tests.api.conftest import Hands, client_of, problem_in, queued, settings_at

UNNAMED: dict[str, Any] = {
    "allowed_paths": {"read": ["**"], "write": ["**"]},
    "deny": [],
    "sensitive": [],
    "checks": [],
    "commands": [],
    "toolchain": [],
    "check_seconds": 600.0,
    "approve_commits": "always",
    "approve_plan": False,
    "budget": None,
}


async def project_with(client: httpx.AsyncClient, **policy: Any) -> dict[str, Any]:
    answer = await client.post("/projects", json={"name": "p", "local_path": "/srv/p", "policy": policy})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_project_that_says_nothing_shows_what_that_means(client: httpx.AsyncClient) -> None:
    project = (await client.post("/projects?name=p&local_path=/srv/p")).json()
    assert project["policy"] == UNNAMED


async def test_a_change_of_the_policy_replaces_only_what_it_names(client: httpx.AsyncClient) -> None:
    project = await project_with(
        client, checks=["pytest -q"], allowed_paths={"write": ["src/"]}, budget={"tokens": 9}, approve_plan=True
    )
    path = f"/projects/{project['id']}"
    change = {"allowed_paths": {"read": ["src/", "docs/"]}, "approve_plan": False, "approve_commits": "never"}
    changed = (await client.patch(path, json={"policy": change})).json()
    assert changed["policy"] == UNNAMED | {
        "allowed_paths": {"read": ["src/", "docs/"], "write": ["src/"]},
        "checks": ["pytest -q"],
        "approve_commits": "never",
        "budget": changed["policy"]["budget"],
    }
    assert changed["policy"]["budget"]["tokens"] == 9
    assert (await client.patch(path, json={"name": "other"})).json()["policy"] == changed["policy"]
    assert (await client.patch(path, json={"policy": {"budget": None}})).json()["policy"]["budget"] is None
    assert problem_in(await client.patch("/projects/999", json={"policy": {"checks": []}}))["status"] == 404


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ({"allowed_paths": {"write": ["../x"]}}, "policy.allowed_paths.write.0: '../x' leads out of the project"),
        ({"checks": ["cd a && make"]}, "policy.checks.0: 'cd a && make' is run without a shell"),
        ({"commands": ["pytest 'x"]}, "No closing quotation"),
        ({"toolchain": ["venv"]}, "'venv' is not absolute"),
        ({"approve_commits": "perhaps"}, "policy.approve_commits"),
        ({"colour": "red"}, "policy.colour"),
    ],
)
async def test_a_policy_that_cannot_be_meant_is_a_422_with_the_value(
    client: httpx.AsyncClient, policy: dict[str, Any], said: str
) -> None:
    project = await project_with(client)
    for answer in (
        await client.post("/projects", json={"name": "p", "local_path": "/srv/p", "policy": policy}),
        await client.patch(f"/projects/{project['id']}", json={"policy": policy}),
    ):
        assert (answer.status_code, said in problem_in(answer)["detail"]) == (422, True), answer.text


async def test_a_run_shows_how_it_narrows_its_project_and_a_fork_does_the_same(
    client: httpx.AsyncClient, hands: Hands
) -> None:
    given = {"allowed_paths": {"write": ["src/"]}, "approve_commits": "sensitive", "approve_plan": True}
    shown = given | {"allowed_paths": {"read": ["**"], "write": ["src/"]}}
    answer = await client.post("/runs", json={"goal": "x"} | given)
    run = answer.json()
    assert {name: run[name] for name in shown} == shown
    stored = (await client.get(f"/runs/{run['id']}")).json()
    assert {name: stored[name] for name in shown} == shown
    [claimed] = await hands.take()
    assert claimed.policy == '{"allowed_paths":{"write":["src/"]},"approve_commits":"sensitive","approve_plan":true}'
    await hands.complete(claimed)
    fork = (await client.post(f"/runs/{run['id']}/fork")).json()
    assert {name: fork[name] for name in shown} == shown


@pytest.mark.parametrize("nothing", [{}, {"approve_plan": False}, {"allowed_paths": {}}, {"approve_commits": None}])
async def test_a_run_that_narrows_nothing_gives_its_claim_nothing_to_carry(
    client: httpx.AsyncClient, hands: Hands, nothing: dict[str, Any]
) -> None:
    run = (await client.post("/runs", json={"goal": "x"} | nothing)).json()
    assert (run["allowed_paths"], run["approve_commits"], run["approve_plan"]) == (None, None, False)
    [claimed] = await hands.take()
    assert claimed.policy is None


@pytest.mark.parametrize(
    "given",
    [{"allowed_paths": {"read": ["/etc"]}}, {"allowed_paths": ["src/"]}, {"approve_commits": ""}, {"approve_plan": 1}],
)
async def test_a_run_that_narrows_in_no_way_is_a_422(client: httpx.AsyncClient, given: dict[str, Any]) -> None:
    assert problem_in(await client.post("/runs", json={"goal": "x"} | given))["status"] == 422


async def test_a_run_has_its_own_limits_then_those_of_its_project_then_those_of_the_settings(
    tmp_path: Path, sqlite_template: Path
) -> None:
    (tmp_path / sqlite_template.name).write_bytes(sqlite_template.read_bytes())  # noqa: ASYNC240
    app = create_app(settings_at(tmp_path, run_budget_tokens=500, run_budget_model_calls=7))
    async with app.router.lifespan_context(app), client_of(app) as client:

        async def limits_of(**body: Any) -> tuple[float | None, int | None, int | None]:
            run_id = await queued(client, **body)
            budget = (await client.get(f"/runs/{run_id}")).json()["budget"]
            answered = (await client.post("/runs", json={"goal": "x"} | body)).json()["budget"]
            assert answered == budget
            return budget["cost_usd"], budget["tokens"], budget["model_calls"]

        limited = (await project_with(client, budget={"cost_usd": 2.0, "tokens": 90}))["id"]
        silent = (await project_with(client))["id"]
        assert await limits_of() == (None, 500, 7)
        assert await limits_of(project_id=silent) == (None, 500, 7)
        assert await limits_of(budget={"tokens": 9}) == (None, 9, 7)
        assert await limits_of(project_id=limited) == (2.0, 90, 7)
        assert await limits_of(project_id=limited, budget={"tokens": 1000, "seconds": 5}) == (2.0, 1000, 7)
