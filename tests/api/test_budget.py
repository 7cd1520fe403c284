"""Limits of runs over HTTP: set, asked for, granted, and raised for a retry."""

from typing import Any

import httpx
import pytest

from agent_runner.api.budget import own_budget
from agent_runner.domain.approval import question_text
from agent_runner.domain.budget import OnBudget, Reached, RunBudget
from agent_runner.domain.events import RunFailed, new_event
from agent_runner.domain.run import FAIL, SUSPEND
from agent_runner.settings import Settings
from agent_runner.store.approvals import Asked
from agent_runner.store.held import Ending, Usage
from tests.api.conftest import Hands, problem_in, queued


async def test_a_run_that_asks_shows_its_limit_and_the_one_that_was_granted(
    client: httpx.AsyncClient, hands: Hands
) -> None:
    run_id = await queued(client, budget={"tokens": 100, "seconds": 60}, on_budget="ask")
    [run] = await hands.take(1)
    question = Reached("tokens", 100, 130, adds=100).question(60.0)
    asks = Asked("budget/1", question, question_text("budget/1", question))
    await hands.record(run, ending=Ending(move=SUSPEND, event=asks.event(0), asks=asks))
    shown = (await client.get(f"/runs/{run_id}")).json()
    assert (shown["status"], shown["on_budget"], shown["budget"]["tokens"]) == ("WAITING", "ask", 100)
    assert shown["approval"]["question"]["detail"] == {"budget": "tokens", "limit": 100, "used": 130, "adds": 100}
    assert problem_in(await client.post(f"/runs/{run_id}/input", json={"text": "200"}))["status"] == 409
    for _ in range(2):  # the same answer again grants no more
        assert (await client.post(f"/runs/{run_id}/approve", json={})).json()["status"] == "GRANTED"
        shown = (await client.get(f"/runs/{run_id}")).json()
        assert (shown["status"], shown["budget"]["tokens"]) == ("QUEUED", 230)


@pytest.fixture
async def spent(client: httpx.AsyncClient, hands: Hands) -> int:
    """A run that has failed with 5 model calls of 5."""
    run_id = await queued(client, budget={"model_calls": 5, "tokens": 900})
    [run] = await hands.take(1)
    failed = Ending(move=FAIL, event=new_event(RunFailed(error="no more", attempt=1)), error="no more")
    await hands.record(run, usage=Usage(model_calls=5), ending=failed)
    return run_id


async def test_a_retry_may_name_larger_limits(client: httpx.AsyncClient, spent: int) -> None:
    answer = await client.post(f"/runs/{spent}/retry", json={"budget": {"model_calls": 9, "seconds": 77}})
    assert answer.status_code == 202
    again = answer.json()
    assert (again["status"], again["time_limit_seconds"]) == ("QUEUED", 77)
    assert again["budget"] == {"cost_usd": None, "tokens": 900, "model_calls": 9, "seconds": 77}


async def test_a_retry_with_a_limit_that_is_reached_already_is_refused(client: httpx.AsyncClient, spent: int) -> None:
    refused = problem_in(await client.post(f"/runs/{spent}/retry", json={"budget": {"model_calls": 5}}))
    assert (refused["status"], refused["detail"]) == (
        422,
        f"run {spent} has used 5 model_calls, so that a budget of 5 allows no further model call",
    )
    assert (await client.get(f"/runs/{spent}")).json()["status"] == "FAILED"
    assert (await client.post(f"/runs/{spent}/retry")).status_code == 202, "without a budget nothing is checked"


@pytest.mark.parametrize("body", [{"on_budget": "beg"}, {"on_budget": None}, {"on_budget": 1}])
async def test_what_else_a_run_might_do_at_a_limit_is_refused(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert problem_in(await client.post("/runs", json={"goal": "x"} | body))["status"] == 422


@pytest.mark.parametrize(("seconds", "kept"), [(3600.0, 3600.0), (0.0, None)])
def test_how_long_a_run_asks_is_a_setting(seconds: float, kept: float | None) -> None:
    settings = Settings(_env_file=None, run_budget_ask_seconds=seconds)  # pyright: ignore[reportCallIssue]
    assert RunBudget.read(own_budget(None, OnBudget.ASK, settings)).ask_seconds == kept
    assert own_budget(None, OnBudget.STOP, settings) is None


@pytest.mark.parametrize("settings", [{"run_budget_tokens": 700}], indirect=True)
async def test_the_limits_of_the_settings_hold_for_the_runs_of_tasks_as_well(client: httpx.AsyncClient) -> None:
    task = (await client.post("/tasks", json={"title": "t", "input_prompt": "p"})).json()
    accepted = (await client.post(f"/tasks/{task['id']}/run")).json()
    assert (await client.get(f"/runs/{accepted['run_id']}")).json()["budget"]["tokens"] == 700
