"""Some worlds keep every promise; the same seed is the same world. `make prove` simulates two thousand."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import postgres_database
from tests.simulation.seeds import Wanted, simulate

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(200)
def test_worlds_keep_every_promise() -> None:
    wanted = Wanted(seeds=range(60))
    broken = simulate(wanted)
    assert broken is None, f"seed {broken.seed}: {broken.broken}\nreplay: {wanted.replay(broken.seed)}"


@pytest.mark.timeout(300)
def test_worlds_on_postgresql_keep_every_promise(postgres_server: str, postgres_template: str) -> None:
    with postgres_database(postgres_server, postgres_template) as url:
        command = [sys.executable, "-m", "tests.simulation", "--alone", "--seeds", "0:40", "--database", url]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def trace_of(hash_seed: str) -> str:
    command = [sys.executable, "-m", "tests.simulation", "--seeds", "7:10", "--trace"]
    done = subprocess.run(
        command, cwd=ROOT, env={"PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, check=True
    )
    return done.stdout.rpartition("\n3 seeds")[0]


def test_the_same_seed_is_the_same_world() -> None:
    first = trace_of("1")
    assert first.count("\n") > 300
    assert trace_of("2") == first


def test_a_broken_promise_ends_in_its_seed_and_the_command_that_replays_it() -> None:
    command = [sys.executable, "-c", BROKEN, "--seeds", "0:5"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    first, second = done.stdout.splitlines()
    assert first.startswith("seed ")
    assert "I4" in first
    assert second.startswith("replay: python -m tests.simulation --seeds ")
    assert done.returncode == 1


BROKEN = """
import sys
from agent_runner.store import held
real = held._statement
def _refuses_all(dialect, move):
    return real(dialect, move).where(False)
held._statement = _refuses_all
sys.argv.append("--alone")
from tests.simulation.__main__ import main
sys.exit(main())
"""
