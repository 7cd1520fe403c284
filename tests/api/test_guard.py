"""The door: hosts, web pages, paths, and what every answer has."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from agent_runner.api.app import create_app
from agent_runner.errors import ConfigurationError
from tests.api.conftest import HOST, client_of, problem_in, queued, settings_at


@pytest.fixture
async def open_app(tmp_path: Path) -> AsyncIterator[FastAPI]:
    """An API that other machines reach, and that a web page elsewhere may use."""
    app = create_app(
        settings_at(
            tmp_path,
            api_host="0.0.0.0",
            api_keys="k",
            allowed_hosts="runner.example.com",
            public_url="https://Flows.example.com:8443/runner",
            cors_origins="https://console.example.com",
        )
    )
    async with app.router.lifespan_context(app):
        yield app


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "LOCALHOST:1", "127.0.0.1:8000", "127.3.2.1", "[::1]:8000", "[::1]"]
)
async def test_this_machine_is_answered_under_its_names(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/health", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "evil.example:80@localhost",
        "127.0.0.1.evil.example",
        "192.168.1.5",
        "[::2]",
        "",
        ":8000",
        "::1",
        "0.0.0.0",
        "é",
    ],
)
@pytest.mark.parametrize("path", ["/health", "/runs", "/nothing"])
async def test_a_rebound_or_foreign_host_is_a_421(client: httpx.AsyncClient, host: str, path: str) -> None:
    answer = await client.get(path, headers=[(b"Host", host.encode())])
    problem = problem_in(answer)
    assert (problem["status"], problem["type"]) == (421, "urn:agent-runner:wrong-host")
    assert "ALLOWED_HOSTS" in problem["next_step"]


async def test_two_hosts_in_one_request_are_a_421(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health", headers=[("Host", "localhost"), ("Host", "evil.example")])
    assert problem_in(answer)["status"] == 421


async def test_named_hosts_and_addresses_are_answered_when_bound_to_all(open_app: FastAPI) -> None:
    async with client_of(open_app) as client:
        for host, status in (
            ("runner.example.com:8000", 200),
            ("flows.example.com:8443", 200),
            ("192.168.1.5:8000", 200),
            ("[fe80::1]", 200),
            ("other.example.com", 421),
        ):
            assert (await client.get("/health", headers={"Host": host})).status_code == status


FOREIGN_PAGES = [
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost:3001"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": f"http://{HOST}.evil.example"},
    {"Origin": "file://"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
]
CHANGES = [
    ("POST", "/runs/1/cancel"),
    ("POST", "/runs/1/retry"),
    ("DELETE", "/runs/1"),
    ("POST", "/worker/process"),
    ("POST", "/projects?name=x&local_path=/x"),
    ("POST", "/api/runs/1/cancel"),
    ("PUT", "/nothing"),
]


@pytest.mark.parametrize("page", FOREIGN_PAGES)
@pytest.mark.parametrize(("method", "path"), CHANGES)
async def test_a_foreign_page_changes_nothing_even_without_a_body(
    client: httpx.AsyncClient, page: dict[str, str], method: str, path: str
) -> None:
    run_id = await queued(client)
    assert problem_in(await client.request(method, path, headers=page))["status"] == 403
    assert (await client.get(f"/runs/{run_id}")).json()["status"] == "QUEUED"
    assert (await client.get("/projects")).json()["items"] == []


@pytest.mark.parametrize("page", [{}, {"Origin": f"http://{HOST}"}, {"Sec-Fetch-Site": "same-origin"}])
async def test_curl_and_our_own_page_may_do_it(client: httpx.AsyncClient, page: dict[str, str]) -> None:
    run_id = await queued(client)
    assert (await client.post(f"/runs/{run_id}/cancel", headers=page)).status_code == 202


async def test_a_named_origin_may_do_it_and_reads_the_answer(open_app: FastAPI) -> None:
    page = {"Origin": "https://console.example.com", "Sec-Fetch-Site": "cross-site", "Authorization": "Bearer k"}
    async with client_of(open_app) as client:
        answer = await client.post("/runs", json={"goal": "x"}, headers=page)
        assert answer.status_code == 201
        assert answer.headers["access-control-allow-origin"] == "https://console.example.com"
        refused = await client.post("/runs", content="x", headers=page)
        assert problem_in(refused)["status"] == 415
        assert refused.headers["access-control-allow-origin"] == "https://console.example.com"
        asked = await client.options(
            "/runs",
            headers={
                "Origin": "https://console.example.com",
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
            },
        )
        assert asked.status_code == 200
        assert asked.headers["access-control-allow-origin"] == "https://console.example.com"


async def test_a_foreign_page_is_never_told_that_it_may_read(open_app: FastAPI) -> None:
    async with client_of(open_app) as client:
        answer = await client.get("/health", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in answer.headers


def test_every_origin_without_keys_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="CORS_ORIGINS is \\*"):
        create_app(settings_at(tmp_path, cors_origins="*"))


async def test_every_route_is_also_under_api_and_with_a_slash_at_the_end(client: httpx.AsyncClient) -> None:
    for number, path in enumerate(("/runs", "/runs/", "/api/runs", "/api/runs/"), start=1):
        answer = await client.post(path, json={"goal": "not lost in a redirect"})
        assert (answer.status_code, answer.json()["id"]) == (201, number)
    for path in (
        "/",
        "/api",
        "/api/",
        "/health",
        "/health/",
        "/api/health/",
        "/api/runs/1/",
        "/api/docs",
        "/api/redoc",
    ):
        assert (await client.get(path)).status_code == 200, path


async def test_every_answer_names_its_request_and_its_type_is_final(client: httpx.AsyncClient) -> None:
    answers = [
        await client.get(path, headers=headers)
        for path in ("/", "/runs", "/nothing", "/runs/0", "/docs")
        for headers in ({}, {"Host": "evil.example"})
    ]
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)
    assert {answer.headers["x-content-type-options"] for answer in answers} == {"nosniff"}


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", "/nothing", 404, "there is nothing at /nothing"),
        ("GET", f"http://{HOST}//runs", 404, "//runs"),
        ("GET", "/apiruns", 404, "/apiruns"),
        ("GET", "/api/api/runs", 404, "/api/runs"),
        ("GET", "/runs/1/events/", 404, "run 1 does not exist"),
        ("PUT", "/runs", 405, "PUT is not possible at /runs"),
        ("DELETE", "/health", 405, "DELETE is not possible at /health"),
        ("GET", "/" + "x" * 5000, 404, "…"),
    ],
)
async def test_what_is_not_there_is_said(
    client: httpx.AsyncClient, method: str, path: str, status: int, said: str
) -> None:
    problem = problem_in(await client.request(method, path))
    assert problem["status"] == status
    assert said in problem["detail"]
    assert len(problem["detail"]) < 300


async def test_an_error_of_ours_is_a_500_without_internals(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken() -> None:
        raise RuntimeError("a secret of the code")

    app.add_api_route("/broken", broken)
    problem = problem_in(await client.get("/broken"))
    assert problem["status"] == 500
    assert "secret" not in str(problem)
    (record,) = [record for record in caplog.records if record.message == "Request failed"]
    assert record.__dict__["request_id"] == problem["request_id"]
    assert "a secret of the code" in str(record.exc_info)
