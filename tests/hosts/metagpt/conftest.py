"""The environment of the host, as its lock file names it: made once for all tests and all their processes."""

import fcntl
import os
import subprocess
from pathlib import Path

import pytest

from tests.hosts.metagpt.parent import BUNDLED, Outcome, run_host

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    place = shared / "metagpt-environment"
    with (shared / "metagpt-environment.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "made").exists():
            make_environment(place)
            (place / "made").touch()
    return place / "bin" / "python"


def make_environment(place: Path) -> None:
    locked = place.with_suffix(".txt")
    uv("export", "--script", str(BUNDLED / "host.py"), "--frozen", "--output-file", str(locked))
    uv("venv", "--clear", str(place))
    uv("pip", "sync", "--python", str(place / "bin" / "python"), "--require-hashes", str(locked))


def uv(*arguments: str) -> None:
    done = subprocess.run(
        [str(ROOT / "scripts" / "uv.sh"), "--quiet", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def todo(interpreter: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return run_host(interpreter, tmp_path_factory.mktemp("todo"), goal="Create a todo application")
