"""The whole of it under chaos: a sound build keeps every promise, and a broken one is found out."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

import agent_runner
from scripts.postgres_server import running_postgres
from tests.e2e.conftest import until

pytestmark = pytest.mark.processes

PACKAGE: Final = Path(agent_runner.__file__).parent
CHAOS: Final = (sys.executable, "-m", "agent_runner.cli.main", "chaos")


def start(directory: Path, *arguments: str, imported_from: Path = PACKAGE.parent) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*CHAOS, *arguments, "--keep", str(directory / f"kept-{len(list(directory.glob('kept-*')))}")],
        cwd=directory,
        env=os.environ | {"PYTHONPATH": str(imported_from)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def report_of(chaos: subprocess.Popen[str]) -> tuple[int, dict[str, Any]]:
    out, err = chaos.communicate()
    assert out, err
    return chaos.returncode, json.loads(out)


def processes_of(directory: Path) -> list[str]:
    """The state, one letter, of every process that works in a directory."""
    found: list[str] = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and (entry / "cwd").readlink() == directory:
                found.append((entry / "stat").read_text().rpartition(") ")[2][0])
        except OSError:
            continue  # it has ended, or belongs to somebody else
    return found


def wait_for_a_paused_worker(chaos: subprocess.Popen[str], directory: Path) -> None:
    until(lambda: "T" in processes_of(directory) or chaos.poll() is not None, "a worker is paused")
    assert chaos.poll() is None, chaos.communicate()


MUST_HAPPEN: Final = frozenset(
    {
        "runs created",
        "runs completed",
        "runs cancelled",
        "attempts lost",
        "worker kills",
        "worker pauses",
        "worker drains",
        "api kills",
        "api restarts",
        "cancels acknowledged",
        "readers resumed",
    }
)


def check(chaos: subprocess.Popen[str], must_happen: frozenset[str]) -> None:
    """Nothing broke, and it was hurt in every way."""
    code, report = report_of(chaos)
    assert (report["violations"], report["findings"], code) == ([], [], 0)
    figures: Mapping[str, int] = report["figures"]
    assert [name for name in sorted(must_happen) if not figures[name]] == []
    assert figures["runs completed"] > figures["runs created"] / 3


@pytest.mark.timeout(240)
def test_a_minute_of_chaos_breaks_no_promise(tmp_path: Path) -> None:
    check(start(tmp_path, "--seconds", "60", "--json"), MUST_HAPPEN | {"lock holds"})
    assert processes_of(tmp_path) == []


@pytest.mark.timeout(240)
def test_a_minute_of_chaos_breaks_no_promise_on_postgresql(tmp_path: Path) -> None:
    """Its server crashes and recovers meanwhile."""
    with running_postgres() as server:
        server.come_back()
        options = ("--database", server.url(), "--restart-database", server.crash_command)
        check(start(tmp_path, "--seconds", "60", "--json", *options), MUST_HAPPEN | {"database restarts"})
    assert processes_of(tmp_path) == []


@dataclass(frozen=True, slots=True)
class Sabotage:
    """Lines of the product, made wrong: file, what is right, what is wrong."""

    edits: tuple[tuple[str, str, str], ...]
    found_as: frozenset[str]
    """Invariants of which at least one must be seen broken."""


IMPATIENT: Final = ("chaos/round.py", "IDLE_SECONDS: Final = 90.0\n", "IDLE_SECONDS: Final = 20.0\n")
"""A build that repeats its steps may never come to rest."""
ROUNDS: Final = 3
"""On a busy machine a zombie may not meet its successor in the first round."""
SABOTAGES: Final = {
    "a zombie overwrites": Sabotage(
        (
            (
                "store/held.py",
                ", runs.c.fence == row.fence, runs.c.write_number == row.number - 1]\n",
                "]\n    may_start = has_status = lambda *_: runs.c.id > 0\n",
            ),
            ("worker/loop.py", "if held.safe_until <= now:", "if held.safe_until < 0:"),
            (
                "worker/loop.py",
                "                held.execution.stop(Stop.LEASE_LOST)\n                continue\n",
                "                continue\n",
            ),
        ),
        frozenset({"I1", "I2", "I5", "I7", "I8"}),
    ),
    "finished steps are repeated": Sabotage(
        (("worker/context.py", "recorded = self._journal.get(key)\n", "recorded = None\n"),),
        frozenset({"I7", "I8"}),
    ),
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", SABOTAGES)
def test_a_sabotaged_build_is_found_out(tmp_path: Path, name: str) -> None:
    sabotage = SABOTAGES[name]
    shutil.copytree(PACKAGE, tmp_path / "agent_runner", ignore=shutil.ignore_patterns("__pycache__"))
    for path, right, wrong in (IMPATIENT, *sabotage.edits):
        file = tmp_path / "agent_runner" / path
        assert file.read_text().count(right) == 1
        file.write_text(file.read_text().replace(right, wrong))
    reports: list[dict[str, Any]] = []
    for seed in range(1, ROUNDS + 1):
        arguments = ("--seconds", "15", "--seed", str(seed), "--json")
        code, report = report_of(start(tmp_path, *arguments, imported_from=tmp_path))
        broken = {violation["invariant"] for violation in report["violations"]}
        if broken & sabotage.found_as:
            assert code == 1
            return
        reports.append(report)
    pytest.fail(f"not found out in {ROUNDS} rounds: {reports}")


@pytest.mark.timeout(60)
def test_ctrl_c_ends_chaos_and_leaves_no_process(tmp_path: Path) -> None:
    chaos = start(tmp_path, "--seconds", "60")
    wait_for_a_paused_worker(chaos, tmp_path)
    chaos.send_signal(signal.SIGINT)
    rest = chaos.communicate()[1]
    assert (chaos.returncode, processes_of(tmp_path)) == (130, [])
    assert rest.endswith("interrupted; nothing was judged\n")


@pytest.mark.timeout(60)
def test_what_chaos_has_started_dies_with_it_even_when_it_is_paused(tmp_path: Path) -> None:
    chaos = start(tmp_path, "--seconds", "60")
    wait_for_a_paused_worker(chaos, tmp_path)
    chaos.kill()
    chaos.communicate()
    until(lambda: not processes_of(tmp_path), "everything has ended")


def test_a_database_that_has_runs_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/used.db"
    environment = os.environ | {"DATABASE_URL": url}
    queue_one = """
import asyncio
from agent_runner.store.database import Database
from agent_runner.store.migrations import migrate
from agent_runner.store.new_runs import NewRun, create_runs
async def main():
    database = await Database.open(URL)
    run = NewRun(goal="x", agent="simple", input="{}", config="{}", max_attempts=1, time_limit_seconds=1.0)
    await database.write_together(create_runs, run)
    await database.close()
migrate(URL)
asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", f"URL = {url!r}{queue_one}"], env=environment, check=True)
    chaos = start(tmp_path, "--seconds", "1", "--database", url)
    err = chaos.communicate()[1]
    assert chaos.returncode == 1
    assert "error: the database has runs already" in err
