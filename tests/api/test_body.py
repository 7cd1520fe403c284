"""Request bodies that make no sense: each is a 4xx with a sentence, never a 500."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from agent_runner.api.body import LARGEST_BODY_BYTES, BodyGate
from tests.api.conftest import problem_in

JSON = {"Content-Type": "application/json"}


def nested(depth: int, kind: str = "list") -> str:
    opened, closed = ("[", "]") if kind == "list" else ('{"a":', "}")
    return opened * depth + "0" * (kind != "list") + closed * depth


NOT_JSON = {
    "empty": "",
    "spaces": "  ",
    "half": '{"goal":',
    "word": "goal",
    "single quotes": "{'goal':'x'}",
    "two values": '{"goal":"x"}{"goal":"y"}',
    "trailing comma": '{"goal":"x",}',
    "NaN": '{"goal":"x","priority":NaN}',
    "Infinity": '{"goal":"x","input":{"a":Infinity}}',
    "minus Infinity": '{"goal":"x","input":{"a":-Infinity}}',
    "a float beyond all": '{"goal":"x","input":{"a":1e999}}',
    "an int of 5000 digits": '{"goal":"x","input":{"a":' + "9" * 5000 + "}}",
    "a control character": '{"goal":"a\x01b"}',
    "a raw NUL": '{"goal":"a\x00b"}',
    "an escaped NUL": '{"goal":"a\\u0000b"}',
    "a NUL in a key": '{"goal":"x","input":{"a\\u0000":1}}',
    "a lone surrogate": '{"goal":"\\ud800"}',
    "a lone low surrogate": '{"goal":"a\\udc00b"}',
    "a surrogate in a key": '{"goal":"x","input":{"\\udfff":1}}',
    "a surrogate deep inside": '{"goal":"x","input":{"a":[{"b":["\\ud83d"]}]}}',
    "reversed surrogates": '{"goal":"\\udc00\\ud800"}',
    "a bad escape": '{"goal":"\\uZZZZ"}',
    "33 lists": '{"goal":"x","input":{"a":' + nested(31) + "}}",
    "33 objects": nested(33, "object"),
    "100000 lists": nested(100_000),
    "100000 objects": nested(100_000, "object"),
    "a byte order mark": '\ufeff{"goal":"x"}',
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
async def test_what_is_no_json_of_ours_is_a_422(client: httpx.AsyncClient, body: str) -> None:
    problem = problem_in(await client.post("/runs", content=body.encode(), headers=JSON))
    assert problem["status"] == 422
    assert len(problem["detail"]) < 700
    assert (await client.get("/runs")).json()["items"] == []


@pytest.mark.parametrize(
    "body", [b'{"goal":"\xff"}', b'{"goal":"\xed\xa0\x80"}', b"\xff\xfe{\x00}\x00", b'{"goal":"\xc0\x80"}', b"\x00"]
)
async def test_bytes_that_are_no_utf8_are_a_422(client: httpx.AsyncClient, body: bytes) -> None:
    assert problem_in(await client.post("/runs", content=body, headers=JSON))["status"] == 422


WRONG_RUNS: dict[str, Any] = {
    "null": None,
    "a list": [],
    "a string": "goal",
    "a number": 7,
    "nothing": {},
    "no goal": {"priority": 1},
    "goal null": {"goal": None},
    "goal number": {"goal": 5},
    "goal list": {"goal": ["x"]},
    "goal empty": {"goal": ""},
    "goal blank": {"goal": " \n\t "},
    "goal 64 KiB and one": {"goal": "x" * (64 * 1024 + 1)},
    "goal 64 KiB in UTF-8 and more": {"goal": "é" * (32 * 1024 + 1)},
    "unknown field": {"goal": "x", "gaol": "y"},
    "a field of ours": {"goal": "x", "status": "COMPLETED"},
    "project 0": {"goal": "x", "project_id": 0},
    "project -1": {"goal": "x", "project_id": -1},
    "project 2^63": {"goal": "x", "project_id": 2**63},
    "project 10^400": {"goal": "x", "project_id": 10**400},
    "project text": {"goal": "x", "project_id": "1"},
    "project true": {"goal": "x", "project_id": True},
    "project float": {"goal": "x", "project_id": 1.5},
    "task number": {"goal": "x", "task_id": 1},
    "task text": {"goal": "x", "task_id": "x"},
    "agent unknown": {"goal": "x", "agent": "nobody"},
    "agent list": {"goal": "x", "agent": ["simple"]},
    "input text": {"goal": "x", "input": "y"},
    "input list": {"goal": "x", "input": [1]},
    "priority text": {"goal": "x", "priority": "1"},
    "priority huge": {"goal": "x", "priority": 2**63},
    "priority float": {"goal": "x", "priority": 0.5},
    "time naive": {"goal": "x", "available_at": "2030-01-01T00:00:00"},
    "time word": {"goal": "x", "available_at": "tomorrow"},
    "time number": {"goal": "x", "available_at": 1893456000},
    "time year 1": {"goal": "x", "available_at": "0001-01-01T00:00:00+23:59"},
    "time year 9999": {"goal": "x", "available_at": "9999-12-31T23:59:59-23:59"},
    "time 30 February": {"goal": "x", "available_at": "2030-02-30T00:00:00Z"},
    "config unknown": {"goal": "x", "config": {"colour": "red"}},
    "config list": {"goal": "x", "config": []},
    "cache text": {"goal": "x", "config": {"cache": "yes"}},
    "revisions -1": {"goal": "x", "config": {"max_revision_rounds": -1}},
    "attempts 0": {"goal": "x", "config": {"max_attempts": 0}},
    "attempts 101": {"goal": "x", "config": {"max_attempts": 101}},
    "budget 0": {"goal": "x", "budget": {"seconds": 0}},
    "budget negative": {"goal": "x", "budget": {"seconds": -1}},
    "budget for ever": {"goal": "x", "budget": {"seconds": 1e300}},
    "budget unknown": {"goal": "x", "budget": {"gold": 1}},
}


@pytest.mark.parametrize("body", WRONG_RUNS.values(), ids=WRONG_RUNS.keys())
async def test_a_run_that_cannot_be_is_a_422(client: httpx.AsyncClient, body: Any) -> None:
    problem = problem_in(await client.post("/runs", json=body))
    assert problem["status"] == 422
    assert len(problem["detail"]) < 1000
    assert (await client.get("/runs")).json()["items"] == []


async def test_the_sentence_names_every_wrong_field_and_holds_its_value(client: httpx.AsyncClient) -> None:
    body = {"goal": "x" * 70_000, "priority": "soon", "config": {"max_attempts": 1000}}
    detail = problem_in(await client.post("/runs", json=body))["detail"]
    assert "goal: it is 70000 bytes long; at most 65536 are taken (got 'xxx" in detail
    assert "priority: " in detail
    assert "'soon'" in detail
    assert "config.max_attempts: " in detail
    assert "1000" in detail
    assert len(detail) < 900


@pytest.mark.parametrize(
    "goal", ["x" * 64 * 1024, "😀", "a\u2028b", "\u202eabc", "\\ud800", "<script>", "'; DROP TABLE runs;--", "\x7f"]
)
async def test_a_strange_goal_that_is_text_is_kept_as_it_is(client: httpx.AsyncClient, goal: str) -> None:
    answer = await client.post("/runs", json={"goal": goal})
    assert answer.status_code == 201, answer.text
    run_id = answer.json()["id"]
    assert (await client.get(f"/runs/{run_id}")).json()["goal"] == goal
    event = (await client.get(f"/runs/{run_id}/events")).json()["events"][0]
    assert event["payload"]["goal"] == goal[:500]


async def test_an_input_of_32_levels_with_large_numbers_is_kept_as_it_is(client: httpx.AsyncClient) -> None:
    sent = {"a": json.loads(nested(30)), "n": 10**300, "f": -1.5e-300, "pair": "\U0001f600"}
    run_id = (await client.post("/runs", json={"goal": "x", "input": sent})).json()["id"]
    assert (await client.get(f"/runs/{run_id}")).json()["input"] == sent


BAD_IDS = {
    "0": 422,
    "-1": 422,
    "9223372036854775808": 422,
    "9" * 400: 422,
    "abc": 422,
    "1.5": 422,
    "%00": 422,
    "1%00": 422,
    "%F0%9F": 422,
    "null": 422,
    "9223372036854775807": 404,
    "../1": 404,
}


@pytest.mark.parametrize(("given", "status"), BAD_IDS.items(), ids=[name[:20] for name in BAD_IDS])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/runs/{}"),
        ("PATCH", "/runs/{}"),
        ("DELETE", "/runs/{}"),
        ("GET", "/runs/{}/events"),
        ("GET", "/runs/{}/events/stream"),
        ("GET", "/runs/{}/logs"),
        ("GET", "/runs/{}/steps"),
        ("POST", "/runs/{}/cancel"),
        ("POST", "/runs/{}/retry"),
        ("GET", "/projects/{}"),
        ("DELETE", "/projects/{}"),
    ],
)
async def test_an_id_that_is_none_is_a_4xx(
    client: httpx.AsyncClient, method: str, path: str, given: str, status: int
) -> None:
    body = {"priority": 1} if method == "PATCH" else None
    problem = problem_in(await client.request(method, path.format(given), json=body))
    assert problem["status"] == status


@pytest.mark.parametrize(
    "query",
    [
        "status=BOGUS",
        "status=queued",
        "project_id=0",
        "project_id=9223372036854775808",
        "task_id=1",
        "agent=%00",
        "text=a%00b",
        "text=" + "x" * 501,
        "limit=0",
        "limit=501",
        "cursor=0",
        "cursor=x",
        "cursor=9223372036854775808",
    ],
)
async def test_a_filter_that_cannot_be_is_a_422(client: httpx.AsyncClient, query: str) -> None:
    assert problem_in(await client.get(f"/runs?{query}"))["status"] == 422


@pytest.mark.parametrize("query", ["text=%FF%FE", "text=%ED%A0%80", "agent=%25", "x=1&x=2", "%", "=", "&&", "text="])
async def test_a_strange_query_finds_nothing_or_all_but_never_fails(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"/runs?{query}")).status_code == 200


# ---- types and sizes


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "text/json",
        "application/json; charset=utf-16",
        "application/xml",
    ],
)
async def test_a_body_of_another_type_is_a_415(client: httpx.AsyncClient, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    problem = problem_in(await client.post("/runs", content=b'{"goal":"x"}', headers=headers))
    assert problem["status"] == 415
    assert "Content-Type: application/json" in problem["next_step"]


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=UTF-8", "Application/JSON", 'application/json;charset="utf-8"']
)
async def test_json_may_say_its_charset(client: httpx.AsyncClient, content_type: str) -> None:
    answer = await client.post("/runs", content=b'{"goal":"x"}', headers={"Content-Type": content_type})
    assert answer.status_code == 201


async def in_chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 65536 + 1):
        yield b"x" * 65536


async def test_a_goal_of_10_mb_is_a_413(client: httpx.AsyncClient) -> None:
    problem = problem_in(await client.post("/runs", json={"goal": "x" * 10_000_000}))
    assert (problem["status"], "10000011 bytes" in problem["detail"]) == (413, True)


async def test_a_chunked_body_beyond_the_limit_is_a_413(client: httpx.AsyncClient) -> None:
    answer = await client.post("/runs", content=in_chunks(2 * LARGEST_BODY_BYTES), headers=JSON)
    assert problem_in(answer)["status"] == 413


async def test_a_body_of_exactly_the_limit_is_read(client: httpx.AsyncClient) -> None:
    body = b'{"goal":"x"}'.ljust(LARGEST_BODY_BYTES)
    assert (await client.post("/runs", content=body, headers=JSON)).status_code == 201
    assert (await client.post("/runs", content=body + b" ", headers=JSON)).status_code == 413


async def test_a_post_without_a_body_needs_no_type(client: httpx.AsyncClient) -> None:
    run_id = (await client.post("/runs", json={"goal": "x"})).json()["id"]
    answer = await client.post(
        f"/runs/{run_id}/cancel", headers={"Content-Type": "application/x-www-form-urlencoded", "Content-Length": "0"}
    )
    assert answer.status_code == 202


# ---- the deadline


async def test_a_body_that_does_not_come_is_a_408() -> None:
    sent: list[Message] = []

    async def reached(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("a request without its body must not get through")

    async def receive() -> Message:
        if not sent:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": "POST", "path": "/runs", "headers": []}
    await BodyGate(reached, deadline_seconds=0.01)(scope, receive, send)
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]


async def test_a_client_that_goes_away_gets_no_answer() -> None:
    async def unreached(*_: object) -> None:
        raise AssertionError("nobody is there any more")

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope: Scope = {"type": "http", "method": "POST", "path": "/runs", "headers": []}
    await BodyGate(unreached)(scope, receive, unreached)
