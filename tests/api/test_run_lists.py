"""GET /runs: what a table of runs needs, on both databases."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent_runner.api.routes import runs as routes
from agent_runner.settings import Settings
from tests.api.conftest import Hands, problem_in, queued, settings_at

DUEL = {"name": "duel", "config": {"type": "debate"}, "slots": {"debaters": ["ann", "bob"]}}


@pytest.fixture
def settings(tmp_path: Path, new_url: str) -> Settings:
    return settings_at(tmp_path, database_url=new_url)


async def page(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get("/runs", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def found(client: httpx.AsyncClient, **query: Any) -> list[int]:
    return [run["id"] for run in (await page(client, **query))["items"]]


async def test_several_statuses_are_one_filter(client: httpx.AsyncClient, hands: Hands) -> None:
    made = [await queued(client, priority=-number) for number in range(5)]
    done, failed, running = await hands.take(3)
    await hands.complete(done)
    await hands.fail(failed)
    await client.post(f"/runs/{made[4]}/cancel")
    assert await found(client, status=["QUEUED", "RUNNING"]) == [made[3], running.id]
    assert await found(client, status=["QUEUED", "RUNNING", "WAITING"], limit=1) == [made[3]]
    assert await found(client, status=["FAILED", "CANCELLED"]) == [made[4], failed.id]
    assert await found(client, status=["COMPLETED", "RUNNING"]) == [running.id, done.id]
    assert await found(client, status="WAITING") == []
    assert await found(client, status=["WAITING", "WAITING"]) == []
    assert problem_in(await client.get("/runs?status=QUEUED&status=DONE"))["status"] == 422


async def test_pages_of_several_statuses_go_on_at_their_cursor(client: httpx.AsyncClient, hands: Hands) -> None:
    made = [await queued(client) for _ in range(7)]
    await hands.take(3)
    seen: list[int] = []
    query: dict[str, Any] = {"status": ["QUEUED", "RUNNING"], "limit": 2}
    while query.get("cursor", "") is not None:
        part = await page(client, **query)
        seen += [run["id"] for run in part["items"]]
        query["cursor"] = part["next_cursor"]
    assert seen == made[::-1]


async def test_runs_are_found_by_when_they_were_made(client: httpx.AsyncClient) -> None:
    made = [await queued(client) for _ in range(5)]
    times = [(await client.get(f"/runs/{run_id}")).json()["created_at"] for run_id in made]
    assert await found(client, created_after=times[3]) == [made[4], made[3]]
    assert await found(client, created_before=times[2]) == [made[1], made[0]]
    assert await found(client, created_after=times[1], created_before=times[3]) == [made[2], made[1]]
    assert await found(client, created_after="2999-01-01T00:00:00Z") == []
    assert await found(client, created_before="1999-01-01T00:00:00+05:00") == []
    for wrong in ("2026-01-01T00:00:00", "yesterday", "5"):
        problem = problem_in(await client.get("/runs", params={"created_after": wrong}))
        assert (problem["status"], wrong in problem["detail"]) == (422, True)


async def test_runs_are_found_by_their_runner(client: httpx.AsyncClient) -> None:
    for name in ("ann", "bob"):
        await client.post("/agents", json={"name": name, "role": "critic"})
    assert (await client.post("/topologies", json=DUEL)).status_code == 201
    beside = await queued(client, agent="topology:duel", runner="async")
    local = await queued(client, agent="topology:duel")
    await queued(client)
    assert await found(client, runner="async") == [beside]
    assert await found(client, runner="local") == [local]
    assert await found(client, runner="local", agent="simple") == []


async def test_a_page_is_told_how_many_new_ones_match(client: httpx.AsyncClient) -> None:
    first = await queued(client, goal="Find this")
    assert (await page(client, newer_than=first, count=True))["total"] == 0
    await queued(client, goal="Other")
    newer = await queued(client, goal="find this, too")
    answer = await page(client, newer_than=first, text="find THIS", count=True, limit=1)
    assert (answer["total"], [run["id"] for run in answer["items"]]) == (1, [newer])
    assert await found(client, newer_than=0, limit=500) == [newer, newer - 1, first]


async def test_a_total_is_of_all_pages_and_has_its_bound(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MOST_COUNTED", 4)
    await asyncio.gather(*(queued(client, goal=f"run {number}") for number in range(5)))
    answer = await page(client, count=True, limit=1)
    assert (answer["total"], answer["has_more_than_total"], len(answer["items"])) == (4, True, 1)
    await client.delete(f"/runs/{answer['items'][0]['id']}")
    narrower = await page(client, count=True, text="run 1", cursor=1)
    assert (narrower["total"], narrower["has_more_than_total"], narrower["items"]) == (1, False, [])
    assert (await page(client))["total"] is None
