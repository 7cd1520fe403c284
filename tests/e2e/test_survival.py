"""What is promised when processes die: nothing acknowledged is lost, nothing finished is paid twice."""

import asyncio
import json
import signal
import time
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Site, on_sqlite, until
from tests.scripted_model import calls_per_question, read_calls

pytestmark = pytest.mark.processes


@pytest.mark.parametrize("calls_before_death", [1, 2, 3, 4])
def test_a_run_whose_worker_is_killed_goes_on_without_repeating_a_finished_call(
    site: Site, calls_before_death: int
) -> None:
    site.start_model("--latency", "0.6")
    site.start_api()
    someone_waits = calls_before_death % 2 == 1
    for _ in range(1 + someone_waits):
        site.start_worker()
    run_id = site.queue()
    until(lambda: len(read_calls(site.calls_log)) == calls_before_death, "the call is under way")
    site.kill_worker_of(run_id)
    if not someone_waits:
        site.start_worker()
    run = site.wait(run_id)
    calls = calls_per_question(site.calls_log)
    repeated = [key for (_, key), times in calls.items() if times > 1]
    assert sorted(key for _, key in calls) == ["execute/1", "execute/2", "execute/3", "plan"]
    assert len(repeated) <= 1  # the one in flight, at most
    assert sum(calls.values()) <= 5
    assert run["attempt"] == 2
    types = site.types(run_id)
    assert types.count("RUN_STARTED") == 2
    assert types[types.index("RUN_LEASE_EXPIRED") + 1] == "RUN_STARTED"
    assert types[-1] == "RUN_COMPLETED"
    assert types.count("PLAN_GENERATED") == 1
    journal = site.get(f"/runs/{run_id}/steps")
    assert "execute/3" in json.dumps(journal)


def test_the_runs_of_a_killed_worker_go_on_at_once_not_when_its_lease_ends(site: Site) -> None:
    site.start_api()
    first = site.start_worker(DEMO_STEP_SECONDS="60", LEASE_SECONDS="600")
    ids = [site.queue() for _ in range(8)]
    for run_id in ids:
        site.wait(run_id, "RUNNING")
    site.start_worker(LEASE_SECONDS="600")
    assert [site.run(run_id)["status"] for run_id in ids] == ["RUNNING"] * 8  # all are the first one's
    first.kill()
    died_at = time.monotonic()
    for run_id in ids:
        assert site.wait(run_id)["attempt"] == 2
    assert time.monotonic() - died_at < 20  # the lease has ten minutes


def test_a_worker_that_slept_past_its_lease_writes_nothing_when_it_wakes(site: Site) -> None:
    site.start_model("--latency", "0.3")
    site.start_api()
    sleeper = site.start_worker(LEASE_SECONDS="2")
    run_id = site.queue()
    until(lambda: read_calls(site.calls_log), "the first call is under way")
    site.pause(sleeper)
    site.start_worker(LEASE_SECONDS="2")
    site.wait(run_id)
    before = site.events(run_id)
    sleeper.send_signal(signal.SIGCONT)
    sleeper.send_signal(signal.SIGTERM)
    assert sleeper.wait(30) == 0
    assert site.events(run_id) == before
    assert site.types(run_id).count("RUN_COMPLETED") == 1


def test_sigterm_releases_what_runs_uncharged_and_another_worker_goes_on(site: Site) -> None:
    site.start_model("--latency", "0.5")
    site.start_api()
    first = site.start_worker(DRAIN_SECONDS="0")
    run_id = site.queue()
    until(lambda: len(read_calls(site.calls_log)) == 2, "the second call is under way")
    first.terminate()
    assert first.wait(20) == 0
    run = site.run(run_id)
    assert (run["status"], run["attempt"]) == ("QUEUED", 0)
    assert "no worker is alive" in run["why_not_running"]
    site.start_worker()
    assert site.wait(run_id)["attempt"] == 1
    assert site.types(run_id).count("RUN_RELEASED") == 1
    assert calls_per_question(site.calls_log)["Say hello", "plan"] == 1


@on_sqlite
def test_sigterm_lets_running_work_end_in_its_time(site: Site) -> None:
    site.start_api()
    worker = site.start_worker(DEMO_STEP_SECONDS="0.2", DRAIN_SECONDS="20")
    run_id = site.queue()
    site.wait(run_id, "RUNNING")
    worker.terminate()
    assert worker.wait(20) == 0
    assert site.run(run_id)["status"] == "COMPLETED"
    assert site.workers() == []


def test_two_workers_execute_two_thousand_runs_once_each(site: Site) -> None:
    site.start_api()

    async def queue_all() -> None:
        async with httpx.AsyncClient(base_url=site.url, timeout=30) as client:
            for _ in range(20):
                answers = await asyncio.gather(*(client.post("/runs", json={"goal": "Count"}) for _ in range(100)))
                assert all(answer.status_code == 201 for answer in answers)

    site.start_worker()
    site.start_worker()
    asyncio.run(queue_all())
    until(
        lambda: site.get("/worker/status")["queue"] == {"queued": 0, "running": 0, "waiting": 0},
        "the queue is empty",
        60,
    )
    starts = site.rows("SELECT run_id, payload FROM events WHERE type = 'RUN_STARTED'")
    assert sorted(run_id for run_id, _ in starts) == list(range(1, 2001))
    assert len({json.loads(payload)["worker"] for _, payload in starts}) == 2
    assert site.rows("SELECT status, count(*) FROM runs GROUP BY status") == [("COMPLETED", 2000)]


async def post_until_answered(client: httpx.AsyncClient, key: str) -> int:
    """As a careful client does: the same key until there is an answer. Returns the run's id."""
    for _ in range(500):
        try:
            answer = await client.post("/runs", json={"goal": f"goal {key}"}, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            await asyncio.sleep(0.05)
            continue
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]
    raise AssertionError(f"no answer for {key}")


def test_an_api_killed_during_a_thousand_posts_has_lost_none_it_answered(site: Site) -> None:
    api = site.start_api()
    acknowledged: dict[str, int] = {}
    keys = iter([f"key-{number}" for number in range(1000)])

    async def post_in_turn(client: httpx.AsyncClient) -> None:
        for key in keys:
            acknowledged[key] = await post_until_answered(client, key)

    async def kill_and_restart() -> None:
        while len(acknowledged) < 300:
            await asyncio.sleep(0.001)
        api.kill()
        await asyncio.to_thread(site.start_api)

    async def post_all() -> None:
        async with httpx.AsyncClient(base_url=site.url, timeout=5) as client, asyncio.TaskGroup() as group:
            for _ in range(32):
                group.create_task(post_in_turn(client))
            group.create_task(kill_and_restart())

    asyncio.run(post_all())
    assert len(acknowledged) == len(set(acknowledged.values())) == 1000
    stored = site.rows("SELECT idempotency_key, id, goal FROM runs")
    assert sorted(stored) == sorted((key, run_id, f"goal {key}") for key, run_id in acknowledged.items())


def test_a_running_run_is_cancelled_without_waiting_for_its_model_call(site: Site) -> None:
    site.start_model("--latency", "20")
    site.start_api()
    site.start_worker()
    run_id = site.queue()
    until(lambda: read_calls(site.calls_log), "the call is under way")
    asked_at = time.monotonic()
    site.post(f"/runs/{run_id}/cancel")
    site.wait(run_id, "CANCELLED")
    assert time.monotonic() - asked_at < 5
    assert site.types(run_id)[-2:] == ["RUN_CANCEL_REQUESTED", "RUN_CANCELLED"]


@on_sqlite
def test_worker_process_works_with_and_without_a_live_worker(site: Site) -> None:
    site.start_api()
    run_id = site.queue()
    answer = site.post("/worker/process")
    assert answer["mode"] == "started"
    site.wait(run_id)
    until(lambda: not site.workers(), "the worker that drains has ended")
    site.start_worker()
    run_id = site.queue()
    assert site.post("/worker/process")["mode"] == "woken"
    site.wait(run_id)


@on_sqlite
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"kind": "rate_limit", "times": 99, "value": "0"}, "429"),
        ({"kind": "status", "times": 99, "value": "500"}, "500"),
        ({"kind": "cut", "times": 99}, "scripted"),
    ],
)
def test_a_model_that_keeps_failing_ends_in_retries_and_a_clear_failure(
    site: Site, fault: dict[str, Any], sentence: str
) -> None:
    site.start_model("--fault", json.dumps(fault))
    site.start_api()
    site.start_worker(RETRY_BASE_SECONDS="0.05", LLM_MAX_RETRIES="1")
    run_id = site.queue(config={"max_attempts": 2})
    run = site.wait(run_id, "FAILED")
    assert sentence in run["error"]
    assert site.types(run_id).count("RUN_RETRY_SCHEDULED") == 1
    assert len(read_calls(site.calls_log)) == 4


@on_sqlite
def test_an_ollama_that_answers_is_found_and_used_without_any_setting(site: Site) -> None:
    site.start_model()
    base_url = site.settings.pop("OPENAI_BASE_URL").removesuffix("/v1")
    site.settings |= {"LLM_MODEL": "", "OLLAMA_BASE_URL": base_url}
    site.start_api()
    site.start_worker()
    run = site.wait(site.queue())
    assert site.events(run["id"])[1]["payload"]["model"] == "ollama:scripted:latest"
    assert run["result"]["model"] == "ollama:scripted:latest"
    assert "note" not in run["result"]
    assert [call["key"] for call in read_calls(site.calls_log)] == ["plan", "execute/1", "execute/2", "execute/3"]


@on_sqlite
def test_a_model_server_that_is_not_there_is_a_clear_failure(site: Site) -> None:
    site.settings |= {"LLM_MODEL": "openai:any", "OPENAI_BASE_URL": f"http://127.0.0.1:{site.port + 1}/v1"}
    site.start_api()
    site.start_worker(RETRY_BASE_SECONDS="0.05", LLM_MAX_RETRIES="0")
    run = site.wait(site.queue(config={"max_attempts": 2}), "FAILED")
    assert "openai:any" in run["error"]
