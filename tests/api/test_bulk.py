"""Many runs in one request, on both databases: what became of each, and that it is no more than each alone could."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from agent_runner.api.routes import bulk
from agent_runner.settings import Settings
from agent_runner.store.database import Database
from agent_runner.store.held import begin_commit
from tests.api.conftest import Hands, problem_in, queued, settings_at


@pytest.fixture
def settings(tmp_path: Path, new_url: str) -> Settings:
    return settings_at(tmp_path, database_url=new_url)


async def change(client: httpx.AsyncClient, verb: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(f"/runs/{verb}", json=body)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def statuses(client: httpx.AsyncClient, *run_ids: int) -> list[str]:
    return [(await client.get(f"/runs/{run_id}")).json()["status"] for run_id in run_ids]


async def last_event(client: httpx.AsyncClient, run_id: int) -> dict[str, Any]:
    return (await client.get(f"/runs/{run_id}/events")).json()["events"][-1]


async def test_named_runs_are_cancelled_and_each_that_cannot_be_says_why(
    client: httpx.AsyncClient, hands: Hands, database: Database
) -> None:
    made = [await queued(client, priority=-number) for number in range(4)]
    done, running, committing = await hands.take(3)
    await hands.complete(done)
    await database.write(begin_commit, committing.id, committing.fence)
    answer = await change(client, "cancel", ids=[*made, 999, made[3]], reason="enough")
    assert answer == {
        "changed": [running.id, made[3]],
        "skipped": [
            {
                "id": done.id,
                "reason": f"run {done.id} is COMPLETED; only a run that is QUEUED, RUNNING or WAITING can be cancelled",
            },
            {"id": committing.id, "reason": f"too late: run {committing.id} is committing"},
            {"id": 999, "reason": "run 999 does not exist"},
        ],
        "more": False,
    }
    assert await statuses(client, *made) == ["COMPLETED", "RUNNING", "RUNNING", "CANCELLED"]
    for run_id, kind in ((running.id, "RUN_CANCEL_REQUESTED"), (made[3], "RUN_CANCELLED")):
        event = await last_event(client, run_id)
        assert (event["event_type"], event["payload"]) == (kind, {"reason": "enough"})
    assert (await last_event(client, done.id))["event_type"] == "RUN_COMPLETED"
    await hands.complete(running)
    assert await statuses(client, running.id) == ["CANCELLED"]


async def test_the_same_request_again_changes_nothing(client: httpx.AsyncClient, hands: Hands) -> None:
    made = [await queued(client) for _ in range(2)]
    (running,) = await hands.take()
    assert (await change(client, "cancel", ids=made))["changed"] == made
    events = [(await client.get(f"/runs/{run_id}/events")).json()["total"] for run_id in made]
    again = await change(client, "cancel", ids=made)
    assert again["changed"] == []
    assert again["skipped"][0] == {"id": running.id, "reason": f"run {running.id} is asked to stop already"}
    assert events == [(await client.get(f"/runs/{run_id}/events")).json()["total"] for run_id in made]
    assert await change(client, "cancel", filter={"status": ["RUNNING"]}) == {
        "changed": [],
        "skipped": [],
        "more": False,
    }


async def test_a_filter_means_only_runs_that_can_be_changed(client: httpx.AsyncClient, hands: Hands) -> None:
    kept = await queued(client, goal="keep this")
    made = [await queued(client, goal=f"drop {number}", priority=5 - number) for number in range(3)]
    done, running = await hands.take(2)
    await hands.complete(done)
    nobody = {"changed": [], "skipped": [], "more": False}
    assert await change(client, "cancel", filter={"text": "DROP", "status": ["COMPLETED"]}) == nobody
    answer = await change(client, "cancel", filter={"text": "DROP"})
    assert answer == {"changed": [made[2], running.id], "skipped": [], "more": False}
    assert await statuses(client, kept, done.id, running.id, made[2]) == ["QUEUED", "COMPLETED", "RUNNING", "CANCELLED"]


async def test_failed_and_cancelled_runs_are_queued_again(client: httpx.AsyncClient, hands: Hands) -> None:
    made = [await queued(client, priority=-number, config={"max_attempts": 2}) for number in range(4)]
    failed, done = await hands.take(2)
    await hands.fail(failed)
    await hands.complete(done)
    await client.post(f"/runs/{made[2]}/cancel")
    answer = await change(client, "retry", filter={"agent": "simple"})
    assert answer == {"changed": [made[2], failed.id], "skipped": [], "more": False}
    assert await statuses(client, *made) == ["QUEUED", "COMPLETED", "QUEUED", "QUEUED"]
    assert (await last_event(client, failed.id))["event_type"] == "RUN_RETRIED"
    assert (await client.get(f"/runs/{failed.id}")).json()["max_attempts"] == 3
    assert await change(client, "retry", filter={"agent": "simple"}) == {"changed": [], "skipped": [], "more": False}
    answer = await change(client, "retry", ids=made[1:2])
    assert answer["skipped"] == [
        {"id": done.id, "reason": f"run {done.id} is COMPLETED; only a run that is FAILED or CANCELLED can be retried"}
    ]


async def test_a_task_does_not_get_a_second_run_this_way(client: httpx.AsyncClient) -> None:
    task = (await client.post("/tasks", json={"title": "t", "input_prompt": "p"})).json()["id"]
    first = await queued(client, task_id=task)
    await client.post(f"/runs/{first}/cancel")
    second = await queued(client, task_id=task)
    await client.post(f"/runs/{second}/cancel")
    answer = await change(client, "retry", filter={"task_id": task})
    assert answer["changed"] == [second] or answer["changed"] == [first]
    assert len(answer["skipped"]) == 1
    assert "already has run" in answer["skipped"][0]["reason"]


async def test_what_is_more_than_one_request_changes_is_for_the_next(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST_RUNS", 5)
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    made = [await queued(client) for _ in range(12)]
    changed: list[int] = []
    mores: list[bool] = []
    for _ in range(3):
        answer = await change(client, "cancel", filter={"status": ["QUEUED"]})
        changed += answer["changed"]
        mores.append(answer["more"])
    assert (changed, mores) == (made[::-1], [True, True, False])
    assert set(await statuses(client, *made)) == {"CANCELLED"}


async def test_a_run_that_has_moved_on_since_it_was_found_is_left_alone(
    client: httpx.AsyncClient, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = await queued(client)
    await hands.take()

    def found_a_moment_ago(*_: object) -> list[int]:
        return [run_id]

    monkeypatch.setattr(bulk, "run_ids", found_a_moment_ago)
    answer = await change(client, "cancel", filter={"status": ["QUEUED"]})
    reason = f"run {run_id} is RUNNING by now, and no longer one of those that the filter means"
    assert answer == {"changed": [], "skipped": [{"id": run_id, "reason": reason}], "more": False}
    assert (await client.get(f"/runs/{run_id}")).json()["cancel_requested"] is False


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "name the runs, either by ids or by a filter"),
        ({"ids": [1], "filter": {"agent": "simple"}}, "name the runs, either by ids or by a filter"),
        ({"ids": []}, "ids"),
        ({"ids": [0]}, "ids.0"),
        ({"ids": list(range(1, 1002))}, "at most 1000"),
        ({"filter": {}}, "name at least one of status, project_id"),
        ({"filter": {"status": []}}, "name at least one of status, project_id"),
        ({"filter": {"text": ""}}, "name at least one of status, project_id"),
        ({"filter": {"status": ["DONE"]}}, "filter.status.0"),
        ({"filter": {"colour": "red"}}, "filter.colour"),
        ({"ids": ["1"]}, "ids.0"),
    ],
)
@pytest.mark.parametrize("verb", ["cancel", "retry"])
async def test_a_request_that_does_not_say_which_is_a_422(
    client: httpx.AsyncClient, verb: str, body: dict[str, Any], said: str
) -> None:
    run_id = await queued(client)
    problem = problem_in(await client.post(f"/runs/{verb}", json=body))
    assert (problem["status"], said in problem["detail"]) == (422, True), problem["detail"]
    assert await statuses(client, run_id) == ["QUEUED"]
