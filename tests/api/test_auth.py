"""With API_KEYS set, every route but three wants one of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Route

from agent_runner.api.app import create_app
from agent_runner.api.auth import KeyCheck
from tests.api.conftest import client_of, problem_in, settings_at


@pytest.fixture
async def locked(tmp_path: Path) -> AsyncIterator[FastAPI]:
    app = create_app(settings_at(tmp_path, api_keys="alice:first-key,second-key"))
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def stranger(locked: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(locked) as client:
        yield client


async def test_every_route_but_the_probes_wants_a_key(locked: FastAPI, stranger: httpx.AsyncClient) -> None:
    open_paths = {"/health", "/health/live", "/health/ready"}
    routes = [
        (method, route.path) for route in locked.routes if isinstance(route, Route) for method in route.methods or ()
    ]
    assert len(routes) > 30
    for method, path in routes:
        url = path.replace("{task_id}", "6f1f64f0-4c2f-4f2b-9b38-3b8c1f7f1f3e").replace("{path:path}", "x")
        url = url.format(run_id=1, project_id=1, name="ann")
        for prefix in ("", "/api"):
            answer = await stranger.request(method, prefix + url)
            if path in open_paths:
                assert answer.status_code == 200
            else:
                assert answer.status_code == 401, (method, path)
                assert answer.headers["www-authenticate"] == "Bearer"
                assert method == "HEAD" or problem_in(answer)["type"] == "urn:agent-runner:unauthorized"


async def test_what_does_not_exist_wants_a_key_too(stranger: httpx.AsyncClient) -> None:
    for path in ("/nothing", "/health/nothing", "/health/status", "/health//live"):
        assert (await stranger.get(path)).status_code == 401, path


@pytest.mark.parametrize("key", ["first-key", "second-key"])
async def test_each_key_opens(stranger: httpx.AsyncClient, key: str) -> None:
    for scheme in ("Bearer", "bearer"):
        answer = await stranger.post("/runs", json={"goal": "x"}, headers={"Authorization": f"{scheme} {key}"})
        assert answer.status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        [("Authorization", "Bearer")],
        [("Authorization", "Bearer ")],
        [("Authorization", "Bearer alice:first-key")],
        [("Authorization", "Bearer alice")],
        [("Authorization", "Bearer first-key2")],
        [("Authorization", "Bearer First-key")],
        [("Authorization", "Basic first-key")],
        [("Authorization", "first-key")],
        [("Authorization", b"Bearer \xff\xfe")],
        [("Authorization", "Bearer wrong"), ("Authorization", "Bearer first-key")],
        [("X-Api-Key", "first-key")],
        [("Cookie", "key=first-key")],
    ],
)
async def test_anything_else_does_not_open(stranger: httpx.AsyncClient, headers: list[tuple[str, str]]) -> None:
    assert problem_in(await stranger.get("/runs", headers=headers))["status"] == 401


@pytest.mark.parametrize("name", ["key", "api_key", "access_token", "token"])
async def test_a_key_in_the_url_does_not_open(stranger: httpx.AsyncClient, name: str) -> None:
    assert problem_in(await stranger.get(f"/runs?{name}=first-key"))["status"] == 401


async def test_a_stranger_cannot_make_us_read_a_body(stranger: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    answer = await stranger.post("/runs", content=endless(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 401


async def test_without_keys_the_api_is_open_to_this_machine(client: httpx.AsyncClient) -> None:
    assert (await client.get("/runs", headers={"Authorization": "Bearer whatever"})).status_code == 200


async def test_keys_are_not_kept_as_they_are(locked: FastAPI) -> None:
    check = KeyCheck(locked, keys=locked.state.services.settings.named_keys())
    assert all(len(kept) == 32 and b"key" not in kept for _, kept in check._hashes)
