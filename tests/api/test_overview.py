"""GET /overview, on both databases."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from agent_runner.domain.clock import to_wire, utc_now
from agent_runner.domain.events import RunFailed, new_event
from agent_runner.domain.run import FAIL
from agent_runner.settings import Settings
from agent_runner.store.held import Ending
from tests.api.conftest import Hands, problem_in, queued, settings_at


@pytest.fixture
def settings(tmp_path: Path, new_url: str) -> Settings:
    return settings_at(tmp_path, database_url=new_url)


async def overview(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get("/overview", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_it_tells_how_all_runs_stand(client: httpx.AsyncClient, hands: Hands) -> None:
    await hands.sign_on(slots=5)
    for number in range(4):
        await queued(client, goal=f"run {number}", priority=-number)
    done, failed, held = await hands.take(3)
    await hands.complete(done)
    error = "\n\nno\x1b way\nTraceback: long"
    ending = Ending(move=FAIL, event=new_event(RunFailed(error=error, attempt=1)), error=error)
    await hands.record(failed, ending=ending)
    await queued(client, available_at=to_wire(utc_now().replace(year=2999)))
    await client.post(f"/runs/{await queued(client)}/cancel")
    found = await overview(client, hours=1, buckets=2)
    assert found["runs"] == {"queued": 2, "running": 1, "waiting": 0, "completed": 1, "failed": 1, "cancelled": 1}
    assert found["workers"] == {"alive": 1, "slots": 5, "busy": 1}
    assert (found["due"], found["open_approvals"]) == (1, 0)
    assert 0 <= found["oldest_due_seconds"] < 60
    assert found["failures"] == [
        {
            "id": failed.id,
            "goal": "run 1",
            "agent": "simple",
            "error": "no\\x1b way",
            "completed_at": (await client.get(f"/runs/{failed.id}")).json()["completed_at"],
        }
    ]
    assert found["bucket_seconds"] == 1800
    assert len(found["buckets"]) == 2
    for name, count in {"created": 6, "started": 3, "completed": 1, "failed": 1, "cancelled": 1}.items():
        assert sum(bucket[name] for bucket in found["buckets"]) == count, name
    assert (found["buckets"][-1]["queued"], found["buckets"][-1]["running"]) == (1, 1)
    assert found["buckets"][-1]["begins_at"] <= found["now"]
    assert held.id


async def test_only_the_latest_ten_failures_are_told_and_long_goals_are_cut(
    client: httpx.AsyncClient, hands: Hands
) -> None:
    made = [await queued(client, goal="é" * 600) for _ in range(12)]
    for run in await hands.take(12):
        await hands.fail(run)
    failures = (await overview(client))["failures"]
    assert [failure["id"] for failure in failures] == made[:1:-1]
    assert {failure["goal"] for failure in failures} == {"é" * 500}


@pytest.mark.parametrize("query", [{"hours": 0}, {"hours": 745}, {"buckets": 0}, {"buckets": 501}, {"hours": "x"}])
async def test_a_window_that_makes_no_sense_is_a_422(client: httpx.AsyncClient, query: dict[str, Any]) -> None:
    assert problem_in(await client.get("/overview", params=query))["status"] == 422
