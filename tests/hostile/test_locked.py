"""Another program holds the database's write lock: bounded waits, reads that go on, and nothing charged wrongly."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from agent_runner.errors import StoreUnavailable
from agent_runner.store.database import Database
from agent_runner.store.migrations import migrate
from agent_runner.store.projects import create_project
from tests.e2e.conftest import Site, until
from tests.hostile.conftest import broken_promises, locked_by_a_stranger, log_of, problem_in, until_idle


@pytest.fixture
def file(site: Site) -> Path:
    return site.directory / "runs.db"


def for_seconds(seconds: float, look: Callable[[], object]) -> None:
    until_then = time.monotonic() + seconds
    while time.monotonic() < until_then:
        look()
        time.sleep(0.1)


@pytest.mark.processes
def test_a_lock_shorter_than_the_lease_is_waited_out(site: Site, file: Path) -> None:
    site.start_api()
    site.start_worker(DEMO_STEP_SECONDS="0.4")
    run_id = site.queue()
    site.wait(run_id, "RUNNING")
    with ThreadPoolExecutor() as pool, locked_by_a_stranger(file):
        late = pool.submit(site.client.post, "/runs", json={"goal": "Patience"})
        for_seconds(3, lambda: site.run(run_id))
        assert not late.done()
        assert site.run(run_id)["status"] == "RUNNING"
    assert late.result(10).status_code == 201
    assert site.wait(run_id)["attempt"] == 1
    assert site.wait(late.result().json()["id"])["attempt"] == 1
    assert site.types(run_id).count("RUN_STARTED") == 1
    assert broken_promises(file) == []


@pytest.mark.processes
def test_a_lock_longer_than_the_lease_costs_one_attempt_and_no_finished_step(site: Site, file: Path) -> None:
    site.start_api()
    site.start_worker(DEMO_STEP_SECONDS="0.7", LEASE_SECONDS="2")
    run_id = site.queue()
    until(lambda: site.get(f"/runs/{run_id}/steps")["steps"], "the first step is done")
    with locked_by_a_stranger(file):
        done = [step["key"] for step in site.get(f"/runs/{run_id}/steps")["steps"]]
        for_seconds(4, lambda: site.run(run_id))
        until(lambda: "Lease lost" in log_of(site, "worker"), "the worker has given the run up")
    assert site.wait(run_id)["attempt"] == 2
    types = site.types(run_id)
    assert types.count("RUN_LEASE_EXPIRED") == 1
    assert done
    assert types.count("PLAN_GENERATED") == 1
    assert broken_promises(file) == []


async def test_whoever_waits_behind_a_write_that_got_no_lock_hears_it_too(tmp_path: Path) -> None:
    file = tmp_path / "runs.db"
    migrate(f"sqlite:///{file}")
    impatient = await Database.open(f"sqlite:///{file}", busy_timeout_seconds=1)
    try:
        with locked_by_a_stranger(file):
            first = asyncio.create_task(impatient.write(create_project, "first", "/"))
            until_busy = asyncio.create_task(asyncio.sleep(0))
            while not until_busy.done() or impatient._writer._waiting:
                await asyncio.sleep(0)
            behind = [asyncio.create_task(impatient.write(create_project, name, "/")) for name in "abc"]
            with pytest.raises(StoreUnavailable, match="locked"):
                await first
            _, waiting = await asyncio.wait(behind, timeout=0.5)
            assert not waiting
            assert {type(one.exception()) for one in behind} == {StoreUnavailable}
    finally:
        await impatient.close()


@pytest.mark.processes
@pytest.mark.timeout(120)
def test_a_lock_of_half_a_minute_is_a_503_in_time_and_everything_recovers(site: Site, file: Path) -> None:
    site.start_api()
    site.start_worker(DEMO_STEP_SECONDS="0.3")
    begun = [site.queue() for _ in range(4)]
    for run_id in begun:
        site.wait(run_id, "RUNNING")
    patience = httpx.Timeout(20)
    with ThreadPoolExecutor() as pool, locked_by_a_stranger(file):
        began = time.monotonic()
        posts = [pool.submit(site.client.post, "/runs", json={"goal": "Now"}, timeout=patience) for _ in range(3)]
        for_seconds(28, lambda: site.get("/runs"))
        assert [post.result(0).status_code for post in posts] == [503] * 3
        problem = problem_in(posts[0].result())
        assert "lock" in problem["detail"]
        assert problem["next_step"]
        assert site.client.get("/health/ready").status_code == 503
        for_seconds(began + 30 - time.monotonic(), lambda: site.get("/runs"))
    until(site.is_ready, "the API is ready again")
    after = site.queue("After it")
    until_idle(site)
    runs = {run["id"]: run for run in site.get("/runs")["items"]}
    assert {run["status"] for run in runs.values()} == {"COMPLETED"}
    assert {*begun, after} <= runs.keys()
    assert all(runs[run_id]["attempt"] <= 2 for run_id in begun)
    assert runs[after]["attempt"] == 1
    assert broken_promises(file) == []
