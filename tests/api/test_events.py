"""Events over HTTP: pages, the long poll, and as text."""

import asyncio
import time

import httpx
import pytest

from agent_runner.api.deps import Services
from agent_runner.domain.events import AgentThinking, Log, PlanGenerated
from tests.api.conftest import Hands, problem_in, queued


async def ids(client: httpx.AsyncClient, path: str) -> list[int]:
    return [event["event_id"] for event in (await client.get(path)).json()["events"]]


async def test_events_are_numbered_and_have_the_documented_fields(client: httpx.AsyncClient, hands: Hands) -> None:
    run_id = await queued(client, goal="Say «hello»")
    (claimed,) = await hands.take()
    await hands.record(claimed, PlanGenerated(steps=['say "hi"', "line\nbreak"]))
    page = (await client.get(f"/runs/{run_id}/events")).json()
    assert page["total"] == 3
    assert [event["event_id"] for event in page["events"]] == [1, 2, 3]
    assert set(page["events"][0]) == {"event_id", "run_id", "timestamp", "agent_role", "event_type", "payload"}
    assert page["events"][0]["payload"] == {"agent": "simple", "goal": "Say «hello»", "forked_from": None}
    assert page["events"][2]["event_type"] == "PLAN_GENERATED"
    assert page["events"][2]["payload"] == {"steps": ['say "hi"', "line\nbreak"]}


async def test_a_cursor_gives_only_what_follows(client: httpx.AsyncClient, hands: Hands) -> None:
    run_id = await queued(client)
    (claimed,) = await hands.take()
    await hands.record(claimed, *(Log(message=str(number)) for number in range(8)))
    assert await ids(client, f"/runs/{run_id}/events?since_event_id=3&limit=4") == [4, 5, 6, 7]
    assert await ids(client, f"/runs/{run_id}/events?since_event_id=10") == []
    assert await ids(client, f"/runs/{run_id}/events?since_event_id=9223372036854775807") == []


async def test_a_long_poll_answers_when_something_happens(
    client: httpx.AsyncClient, hands: Hands, services: Services
) -> None:
    run_id = await queued(client)
    poll = asyncio.create_task(ids(client, f"/runs/{run_id}/events?since_event_id=1&wait=30"))
    while not services.streams.is_followed(run_id):
        await asyncio.sleep(0.005)
    assert not poll.done()
    began = time.monotonic()
    await hands.take()
    assert await poll == [2]
    assert time.monotonic() - began < 10


async def test_a_long_poll_answers_at_once_when_there_is_something(client: httpx.AsyncClient) -> None:
    run_id = await queued(client)
    began = time.monotonic()
    assert await ids(client, f"/runs/{run_id}/events?wait=30") == [1]
    assert time.monotonic() - began < 10


async def test_a_long_poll_of_a_run_that_has_ended_does_not_wait(client: httpx.AsyncClient) -> None:
    run_id = await queued(client)
    await client.post(f"/runs/{run_id}/cancel")
    began = time.monotonic()
    assert await ids(client, f"/runs/{run_id}/events?since_event_id=2&wait=30") == []
    assert time.monotonic() - began < 10


async def test_a_long_poll_that_is_over_is_an_empty_page(client: httpx.AsyncClient) -> None:
    run_id = await queued(client)
    answer = await client.get(f"/runs/{run_id}/events?since_event_id=1&wait=0.05")
    assert answer.json() == {"events": [], "total": 1}


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=-1",
        "limit=x",
        "limit=1e3",
        "since_event_id=-1",
        "since_event_id=9223372036854775808",
        "since_event_id=null",
        "wait=-1",
        "wait=61",
        "wait=nan",
        "wait=inf",
        "wait=x",
    ],
)
async def test_a_query_out_of_bounds_is_a_422_that_holds_the_value(client: httpx.AsyncClient, query: str) -> None:
    run_id = await queued(client)
    problem = problem_in(await client.get(f"/runs/{run_id}/events?{query}"))
    name, value = query.split("=")
    assert problem["status"] == 422
    assert problem["detail"].startswith(f"{name}: ")
    assert f"'{value}'" in problem["detail"]


async def test_the_log_is_one_safe_line_for_each_event(client: httpx.AsyncClient, hands: Hands) -> None:
    run_id = await queued(client)
    (claimed,) = await hands.take()
    await hands.record(claimed, AgentThinking(message="two\nlines \x1b[31mred\x1b[0m"), PlanGenerated(steps=["a", "b"]))
    await hands.record(claimed, *(Log(message=f"number {number}") for number in range(600)))
    answer = await client.get(f"/runs/{run_id}/logs")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    lines = answer.text.splitlines()
    assert len(lines) == 604
    assert lines[0].split(" ", 1)[1] == "1 RUN_CREATED: Say hello"
    assert lines[2].endswith("3 AGENT_THINKING: two\\nlines \\x1b[31mred\\x1b[0m")
    assert lines[3].endswith("4 PLAN_GENERATED: 2 steps: a; b")
    assert lines[-1].endswith("604 LOG: number 599")
