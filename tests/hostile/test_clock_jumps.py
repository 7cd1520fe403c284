"""A worker's wall clock jumps by an hour: attempts may be delayed or doubled, but no promise breaks."""

from pathlib import Path

import pytest

from tests.e2e.conftest import Site, until
from tests.hostile.conftest import broken_promises, until_idle

pytestmark = pytest.mark.processes

HOUR = 3600


class Jumper:
    """The offset of one worker's clock."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set(0)

    def set(self, seconds: float) -> None:
        new = self.file.with_suffix(".new")
        new.write_text(str(seconds))
        new.rename(self.file)


@pytest.fixture
def jumper(site: Site) -> Jumper:
    return Jumper(site.directory / "clock")


def start_jumping_worker(site: Site, jumper: Jumper, **settings: str) -> int:
    worker = site.start("-m", "tests.hostile.jumping_worker", "worker", CLOCK_OFFSET=str(jumper.file), **settings)
    until(lambda: str(worker.pid) in {pid for (pid,) in site.rows("SELECT CAST(pid AS TEXT) FROM workers")}, "it works")
    return worker.pid


@pytest.mark.parametrize("jumps", [(-HOUR, 0), (HOUR, -HOUR, HOUR)], ids=["back", "wild"])
def test_two_workers_of_which_one_has_a_jumping_clock(site: Site, jumper: Jumper, jumps: tuple[float, ...]) -> None:
    lives = {"DEMO_STEP_SECONDS": "0.25", "WORKER_CHECK_INTERVAL": "0.3", "LEASE_SECONDS": "3"}
    site.start_api()
    start_jumping_worker(site, jumper, **lives)
    site.start_worker(**lives)
    ids = [site.queue(f"Number {number}", config={"max_attempts": 50}) for number in range(12)]
    for jump in jumps:
        jumper.set(jump)
        ids += [site.queue("Queued meanwhile", config={"max_attempts": 50}) for _ in range(4)]
        newest = ids[-1]
        until(lambda newest=newest: site.run(newest)["attempt"], "the newest was claimed")
    jumper.set(2 * HOUR)  # what was queued again while the clock was ahead is due by now
    until_idle(site)
    assert {run["id"]: run["status"] for run in site.get("/runs")["items"]} == dict.fromkeys(ids, "COMPLETED")
    assert but_times(broken_promises(site.directory / "runs.db")) == []
    for run_id in ids:
        steps = [step["key"] for step in site.get(f"/runs/{run_id}/steps")["steps"]]
        assert len(steps) == len(set(steps))
        assert site.types(run_id).count("RUN_COMPLETED") == 1


def test_a_clock_that_is_set_back_does_not_stop_a_lonely_worker(site: Site, jumper: Jumper) -> None:
    """The API stamps the new run with a time that is still to come for the worker: it waits until then."""
    site.start_api()
    start_jumping_worker(site, jumper, DEMO_STEP_SECONDS="0.3", WORKER_CHECK_INTERVAL="0.3")
    running = site.queue()
    site.wait(running, "RUNNING")
    jumper.set(-HOUR)
    assert site.wait(running)["attempt"] == 1
    waiting = site.queue()
    jumper.set(0)
    assert site.wait(waiting)["attempt"] == 1
    assert but_times(broken_promises(site.directory / "runs.db")) == []


def but_times(broken: list[str]) -> list[str]:
    """A clock that is set back puts times out of order, and may do nothing else."""
    return [sentence for sentence in broken if not sentence.startswith("C2:")]
