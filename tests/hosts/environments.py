"""An environment of a bundled host, installed once for all tests of a session."""

import fcntl
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUNDLED = ROOT / "agent_runner/hosts/bundled"


def interpreter_of(script: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of the script's locked environment."""
    shared = tmp_path_factory.getbasetemp()
    if shared.name.startswith("popen-"):
        shared = shared.parent  # the processes of pytest-xdist have a directory each below it
    place = shared / f"environment-of-{script.parent.name}"
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "ready").exists():
            install(script, place)
            (place / "ready").touch()
    return place / "bin/python"


def install(script: Path, place: Path) -> None:
    requirements = place.with_suffix(".txt")
    uv("export", "--quiet", "--locked", "--script", script, "--output-file", requirements)
    uv("venv", "--quiet", "--clear", "--python", ">=3.11,<3.14", place)
    uv("pip", "sync", "--quiet", "--python", place / "bin/python", requirements)


def uv(*arguments: str | Path) -> None:
    done = subprocess.run([ROOT / "scripts/uv.sh", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"uv {arguments[0]}: {done.stderr}"
