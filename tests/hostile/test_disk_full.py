"""No room for the database: said with a 507, waited out, and gone when there is room again."""

import os
import resource
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from tests.e2e.conftest import Site, until
from tests.hostile.conftest import broken_promises, log_of, problem_in, until_idle

pytestmark = pytest.mark.processes


class Shortage(Protocol):
    statuses: frozenset[int]

    def begin(self, site: Site) -> None: ...

    def end(self) -> None: ...


class SmallDisk:
    """A file system of 16 MB with a ballast."""

    statuses = frozenset({507})

    def __init__(self, disk: Path) -> None:
        self._ballast = disk / "ballast"

    def begin(self, site: Site) -> None:
        with self._ballast.open("wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(bytes(4096))
            except OSError:
                return

    def end(self) -> None:
        self._ballast.unlink()


class FileLimit:
    """No file may grow any more: what a quota does, for anyone who is not root. SQLite calls it an I/O error."""

    statuses = frozenset({503, 507})

    def __init__(self, disk: Path) -> None:
        self._disk = disk
        self._pids: list[int] = []

    def begin(self, site: Site) -> None:
        self._pids = [process.pid for process in site._processes]
        self._limit(max(file.stat().st_size for file in self._disk.glob("runs.db*") if file.is_file()))

    def end(self) -> None:
        self._limit(resource.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        for pid in self._pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.fixture(params=["disk", "limit"] if os.geteuid() == 0 else ["limit"])
def shortage(request: pytest.FixtureRequest, site: Site) -> Iterator[Shortage]:
    disk = site.directory / "disk"
    disk.mkdir()
    site.settings |= {"DATABASE_URL": f"sqlite:///{disk}/runs.db"}
    if request.param == "limit":
        yield FileLimit(disk)
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", disk], check=True)
    try:
        yield SmallDisk(disk)
    finally:
        site.kill_all()
        subprocess.run(["umount", disk], check=True)


def post_until_refused(site: Site, goal: str) -> tuple[list[int], httpx.Response]:
    taken: list[int] = []
    while (answer := site.client.post("/runs", json={"goal": goal})).status_code == 201:
        taken.append(answer.json()["id"])
    return taken, answer


def test_a_full_disk_is_said_and_loses_nothing_and_passes(site: Site, shortage: Shortage) -> None:
    site.start_api()
    site.start_worker(DEMO_STEP_SECONDS="1.5", WORKER_CHECK_INTERVAL="0.5", WORKER_CONCURRENCY="8")
    begun = [site.queue("Begun before the disk was full") for _ in range(4)]
    for run_id in begun:
        site.wait(run_id, "RUNNING")
    soon = datetime.now(UTC) + timedelta(seconds=1)
    due_meanwhile = site.queue("Due while it is full", available_at=soon.isoformat())
    shortage.begin(site)
    acknowledged = [*begun, due_meanwhile]
    for goal in ("g" * 60_000, "g" * 4_000, "g", "g"):
        taken, refused = post_until_refused(site, goal)
        acknowledged += taken
        assert refused.status_code in shortage.statuses
        problem = problem_in(refused)
        assert problem["detail"].startswith("the database")
        assert problem["next_step"]
    not_ready = site.client.get("/health/ready")
    assert not_ready.status_code == 503
    assert problem_in(not_ready)["detail"]
    assert site.client.get("/health/live").status_code == 200
    until(lambda: "Claim failed" in log_of(site, "worker"), "the worker cannot claim", 15)
    full_since = time.monotonic()
    until(lambda: time.monotonic() - full_since > 3, "two steps of those that run")
    assert site.run(due_meanwhile)["status"] == "QUEUED"
    assert len(site.get("/runs", limit=500)["items"]) == len(acknowledged)
    shortage.end()
    until(site.is_ready, "the API is ready again")
    acknowledged.append(site.queue("After it"))
    until_idle(site)
    ended = {run["id"]: (run["status"], run["attempt"]) for run in site.get("/runs", limit=500)["items"]}
    assert ended == dict.fromkeys(acknowledged, ("COMPLETED", 1))
    assert broken_promises(site.directory / "disk" / "runs.db") == []
    assert "Traceback" not in log_of(site, "serve") + log_of(site, "worker")
