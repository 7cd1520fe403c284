"""Reports of steps on other machines: only the token of the run opens these routes, and it opens nothing else."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from agent_runner.api.app import create_app
from agent_runner.api.body import LARGEST_BODY_BYTES
from agent_runner.settings import Settings
from agent_runner.store.database import Database
from agent_runner.store.reports import give_token, reports_of
from agent_runner.store.runs import ClaimedRun
from tests.api.conftest import Hands, client_of, problem_in, queued, settings_at

KEY = {"api_keys": "alice:the-key-of-alice", "openai_api_key": "a-key-of-the-api-0123"}
CALL = {"key": "debate/round-1/pro", "input_hash": "1" * 64}
REPLY = {"node": "pro", "agent": "ann", "text": "Yes."}
REPORT = {"input_hash": "1" * 64, "reply": REPLY, "seconds": 1.5}

PAID = {"model": "m", "input_tokens": 1, "output_tokens": 1, "duration_ms": 1.0}


@pytest.fixture
def settings(new_url: str, request: pytest.FixtureRequest) -> Settings:
    """Of either kind of database."""
    return settings_at(request.getfixturevalue("tmp_path"), database_url=new_url, **getattr(request, "param", {}))


class Steps:
    """The steps of a run that hands have claimed."""

    def __init__(self, client: httpx.AsyncClient, run: ClaimedRun, token: str) -> None:
        self._client = client
        self.run = run
        self.token = token

    @property
    def path(self) -> str:
        return f"/runs/{self.run.id}/reports"

    async def ask(self, token: str | None = None, path: str | None = None, **params: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return await self._client.get(path or self.path, params=CALL | params, headers=headers)

    async def report(
        self, body: Mapping[str, Any] = REPORT, token: str | None = None, path: str | None = None, **params: str
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.token}", "Content-Type": "application/json"}
        query = {"key": CALL["key"]} | params
        content = json.dumps(body)
        return await self._client.post(path or self.path, params=query, headers=headers, content=content)


@pytest.fixture
async def keyed(settings: Settings) -> AsyncIterator[FastAPI]:
    """An API with API_KEYS."""
    app = create_app(settings.model_copy(update=_secrets()))
    async with app.router.lifespan_context(app):
        yield app


def _secrets() -> dict[str, Any]:
    return {name: getattr(Settings(_env_file=None, **KEY), name) for name in KEY}  # pyright: ignore[reportCallIssue, reportArgumentType] - as in conftest.py


async def steps_of(client: httpx.AsyncClient, database: Database) -> Steps:
    await queued(client)
    [run] = await Hands(database).take()
    return Steps(client, run, await database.write(give_token, run.id, run.fence))


@pytest.fixture
async def steps(client: httpx.AsyncClient, database: Database) -> Steps:
    return await steps_of(client, database)


async def test_a_call_is_asked_for_reported_and_known(steps: Steps, database: Database) -> None:
    unknown = await steps.ask()
    assert unknown.status_code == 404
    assert problem_in(unknown)["detail"] == f"nothing is known of the call 'debate/round-1/pro' of run {steps.run.id}"
    first = await steps.report()
    assert (first.status_code, first.json()["report"]["reply"]["text"]) == (201, "Yes.")
    second = await steps.report(REPORT | {"reply": REPLY | {"text": "No."}})
    assert (second.status_code, second.json()) == (200, first.json())
    known = await steps.ask()
    assert (known.status_code, known.json()) == (200, first.json())
    found = await database.read(reports_of, steps.run.id, steps.run.fence, [CALL["key"]])
    assert found[CALL["key"]].report.model_dump(mode="json") == first.json()["report"]


async def test_one_of_many_reports_of_a_call_at_once_stands(steps: Steps) -> None:
    bodies = [REPORT | {"reply": REPLY | {"text": f"Answer {number}"}} for number in range(8)]
    answers = await asyncio.gather(*map(steps.report, bodies))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize("prefix", ["", "/api"])
async def test_nothing_but_a_token_of_the_run_opens(keyed: FastAPI, prefix: str) -> None:
    async with client_of(keyed) as client:
        client.headers["Authorization"] = f"Bearer {KEY['api_keys'].partition(':')[2]}"
        database: Database = keyed.state.services.database
        steps, others = await steps_of(client, database), await steps_of(client, database)
        path = prefix + steps.path
        for method in ("GET", "POST"):
            answer = await client.request(method, path, params=CALL)
            assert (answer.status_code, problem_in(answer)["type"]) == (401, "urn:agent-runner:unauthorized")
            assert "a key is not enough" in problem_in(answer)["detail"]
        client.headers.clear()
        for headers in ({}, {"Authorization": f"Basic {steps.token}"}, {"Authorization": "Bearer artk_x"}):
            for method in ("GET", "POST"):
                answer = await client.request(method, path, params=CALL, headers=headers)
                assert answer.status_code == 401
                assert answer.headers["www-authenticate"] == "Bearer"
        for refused in (await steps.ask(others.token, path), await steps.report(token=others.token, path=path)):
            assert refused.status_code == 403
            assert others.token not in refused.text
        assert (await steps.report(path=path)).status_code == 201
        for opened_by_keys in ("/runs", f"/runs/{steps.run.id}", "/", f"{steps.path}/x", f"/x{steps.path}"):
            answer = await client.get(opened_by_keys, headers={"Authorization": f"Bearer {steps.token}"})
            assert answer.status_code == 401, opened_by_keys


async def test_a_token_of_an_earlier_claim_and_of_a_run_that_has_ended_are_refused(
    steps: Steps, hands: Hands, database: Database
) -> None:
    await hands.fail(steps.run)
    for refused in (await steps.ask(), await steps.report()):
        assert refused.status_code == 409
        assert "is not good any more: the run is FAILED" in problem_in(refused)["detail"]
    await steps._client.post(f"/runs/{steps.run.id}/retry")
    [again] = await hands.take()
    newer = await database.write(give_token, again.id, again.fence)
    for refused in (await steps.ask(), await steps.report()):
        assert refused.status_code == 409
        assert "another attempt of the run is under way" in problem_in(refused)["detail"]
        assert steps.token not in refused.text
    assert (await steps.report(token=newer)).status_code == 201
    deleted = await steps.ask(newer, path="/runs/4711/reports")
    assert deleted.status_code == 403


async def test_another_question_under_the_same_key_is_a_conflict(steps: Steps) -> None:
    await steps.report()
    for refused in (await steps.ask(input_hash="2" * 64), await steps.report(REPORT | {"input_hash": "2" * 64})):
        assert refused.status_code == 409
        assert "recorded with another input" in problem_in(refused)["detail"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reply": None}, "either reply or failed must be given"),
        ({"failed": "both"}, "either reply or failed must be given"),
        ({"reply": None, "failed": "x" * 8001}, "failed: String should have at most 8000"),
        ({"seconds": -1}, "seconds: Input should be greater than or equal to 0"),
        ({"seconds": "1"}, "seconds: Input should be a valid number"),
        ({"input_hash": "x"}, "input_hash: String should match"),
        ({"token": "x"}, "token: Extra inputs are not permitted"),
        ({"model_calls": [PAID] * 1001}, "model_calls: it has "),
        ({"model_calls": [PAID | {"input_tokens": -1}]}, "model_calls.0.input_tokens: "),
        ({"model_calls": [PAID | {"output_tokens": 10**19}]}, "model_calls.0.output_tokens: "),
        ({"model_calls": [PAID | {"cost_usd": -0.5}]}, "model_calls.0.cost_usd: "),
        ({"model_calls": [PAID | {"fallback": "x" * 8001}]}, "model_calls.0.fallback: "),
    ],
)
async def test_a_report_that_is_none_is_refused(steps: Steps, changes: dict[str, Any], said: str) -> None:
    refused = await steps.report(REPORT | changes)
    assert refused.status_code == 422
    assert said in problem_in(refused)["detail"]
    assert (await steps.ask()).status_code == 404


@pytest.mark.parametrize("key", ["", "x" * 1001, "a\0b"])
async def test_a_key_that_is_none_is_refused(steps: Steps, key: str) -> None:
    for refused in (await steps.ask(key=key), await steps.report(key=key)):
        assert refused.status_code == 422
        assert problem_in(refused)["detail"].startswith("key: ")


async def test_a_report_that_is_too_large_is_refused(steps: Steps) -> None:
    for more in (LARGEST_BODY_BYTES, 10 * LARGEST_BODY_BYTES):
        refused = await steps.report(REPORT | {"reply": REPLY | {"text": "x" * more}})
        assert refused.status_code == 413
        assert f"at most {LARGEST_BODY_BYTES} bytes" in problem_in(refused)["detail"]
    assert (await steps.ask()).status_code == 404
    assert (await steps.report(REPORT | {"reply": REPLY | {"text": "x" * 600_000}})).status_code == 201


async def test_a_report_keeps_no_secret_of_the_api_and_no_token(keyed: FastAPI) -> None:
    async with client_of(keyed) as client:
        database: Database = keyed.state.services.database
        key, own = KEY["openai_api_key"], "the-key-of-alice"
        client.headers["Authorization"] = f"Bearer {own}"
        steps = await steps_of(client, database)
        client.headers.clear()
        said = REPLY | {"text": f"{key}, {own} and {steps.token}", "data": {steps.token: [key]}}
        told = await steps.report(REPORT | {"reply": said})
        failed = {"input_hash": "1" * 64, "failed": f"{key} {steps.token} sk-of-somebody-else-012345", "seconds": 1}
        also = await steps.report(failed, key="other")
    assert told.json()["report"]["reply"]["text"] == "***, *** and ***"
    assert told.json()["report"]["reply"]["data"] == {"***": ["***"]}
    assert also.json()["report"]["failed"] == "*** *** ***"


async def test_the_document_says_what_opens_and_what_is_refused(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert document["components"]["securitySchemes"]["runToken"]["scheme"] == "bearer"
    for method, statuses in (("get", {"200", "404"}), ("post", {"200", "201", "413", "415"})):
        operation = document["paths"]["/runs/{run_id}/reports"][method]
        assert operation["security"] == [{"runToken": []}]
        assert set(operation["responses"]) == {"401", "403", "409", "422"} | statuses
        assert "token" in operation["responses"]["401"]["description"]
