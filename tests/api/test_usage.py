"""GET /runs/{id}/usage, on both databases: its parts sum up to what the run has consumed."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent_runner.domain.events import Message, ModelCall
from agent_runner.settings import Settings
from agent_runner.store.held import Usage
from tests.api.conftest import Hands, problem_in, queued, settings_at


@pytest.fixture
def settings(tmp_path: Path, new_url: str) -> Settings:
    return settings_at(tmp_path, database_url=new_url)


def call(model: str, tokens: int, cost: float | None = None, **more: Any) -> ModelCall:
    return ModelCall(
        model=model, input_tokens=tokens, output_tokens=tokens * 2, cost_usd=cost, duration_ms=tokens * 100.0, **more
    )


def used(*calls: ModelCall) -> Usage:
    return Usage(
        model_calls=len(calls),
        estimated_calls=sum(each.estimated for each in calls),
        input_tokens=sum(each.input_tokens for each in calls),
        output_tokens=sum(each.output_tokens for each in calls),
        cost_usd=sum(each.cost_usd or 0.0 for each in calls),
    )


async def usage(client: httpx.AsyncClient, run_id: int) -> dict[str, Any]:
    answer = await client.get(f"/runs/{run_id}/usage")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["total"] == (await client.get(f"/runs/{run_id}")).json()["usage"]
    for parts in (found["by_agent"], found["by_model"]):
        for field in fields(Usage):
            assert sum(part[field.name] for part in parts) == pytest.approx(found["total"][field.name]), field.name
    return found


async def test_calls_are_counted_by_who_asked_and_by_who_answered(client: httpx.AsyncClient, hands: Hands) -> None:
    other, run_id = await queued(client), await queued(client)
    beside, run = await hands.take(2)
    assert (beside.id, run.id) == (other, run_id)
    await hands.record(beside, call("big", 999), agent_role="writer", usage=used(call("big", 999)))
    first, second, third = call("big", 10, 0.1), call("small", 3, estimated=True), call("big", 0, 0.0, cached=True)
    await hands.record(run, first, Message(content="hm"), agent_role="writer", usage=used(first))
    await hands.record(run, second, agent_role="writer", usage=used(second))
    await hands.record(run, third, agent_role="critic", usage=used(third))
    last = call("small", 1, 0.2)
    await hands.record(run, last, usage=used(last))
    found = await usage(client, run_id)
    writer, critic, nobody = found["by_agent"]
    assert writer == {
        "name": "writer",
        "model_calls": 2,
        "estimated_calls": 1,
        "cached_calls": 0,
        "input_tokens": 13,
        "output_tokens": 26,
        "cost_usd": 0.1,
        "seconds": pytest.approx(1.3),
    }
    assert (critic["name"], critic["model_calls"], critic["cached_calls"]) == ("critic", 1, 1)
    assert (nobody["name"], nobody["input_tokens"], nobody["cost_usd"]) == (None, 1, 0.2)
    assert [(part["name"], part["model_calls"], part["input_tokens"]) for part in found["by_model"]] == [
        ("big", 2, 10),
        ("small", 2, 4),
    ]


async def test_what_no_event_tells_is_of_nobody(client: httpx.AsyncClient, hands: Hands) -> None:
    run_id = await queued(client)
    (run,) = await hands.take()
    told = call("big", 10, 0.1)
    await hands.record(run, told, agent_role="writer", usage=used(told, call("big", 5, 0.3)))
    found = await usage(client, run_id)
    for parts in (found["by_agent"], found["by_model"]):
        assert [part["name"] for part in parts][1:] == [None]
        assert (parts[1]["model_calls"], parts[1]["input_tokens"]) == (1, 5)


async def test_a_sum_of_fractions_leaves_no_rest(client: httpx.AsyncClient, hands: Hands) -> None:
    run_id = await queued(client)
    (run,) = await hands.take()
    for _ in range(30):
        await hands.record(run, call("big", 1, 0.1), agent_role="writer", usage=used(call("big", 1, 0.1)))
    found = await usage(client, run_id)
    assert [part["name"] for part in found["by_agent"]] == ["writer"]
    assert json.dumps(found["by_model"]).count("null") == 0


async def test_a_run_without_calls_has_no_parts(client: httpx.AsyncClient) -> None:
    found = await usage(client, await queued(client))
    assert (found["by_agent"], found["by_model"], found["total"]["model_calls"]) == ([], [], 0)
    assert problem_in(await client.get("/runs/77/usage"))["status"] == 404
