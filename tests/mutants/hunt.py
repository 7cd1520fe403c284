"""Puts a mutant into a copy of the product and lets the simulation hunt it."""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.mutants.mutant import Mutant

ROOT: Final = Path(__file__).parents[2]
SEEDS: Final = 200
PATIENCE_SECONDS: Final = 240.0
BROKEN: Final = re.compile(r"^seed (\d+): (\w+): (.+)$", re.MULTILINE)
KEPT: Final = re.compile(r"^\d+ seeds kept every promise", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Catch:
    """`by` is None when the mutant survived; then `how` tells what came out."""

    mutant: Mutant
    by: str | None
    how: str
    seconds: float


def hunt(mutant: Mutant) -> Catch:
    began = time.monotonic()
    with copy_of_the_product() as root:
        for edit in mutant.edits:
            edit.apply(root)
        by, how = _by_test(root, mutant.killed_by) if mutant.killed_by else _by_simulation(root)
    return Catch(mutant, by, how, time.monotonic() - began)


def is_sound(seeds: range) -> str | None:
    """Why the unchanged product does not pass, or None: else every mutant would seem to be killed."""
    with copy_of_the_product() as root:
        output, code = _simulate(root, seeds)
    return None if code == 0 and KEPT.search(output) else output


def _by_simulation(root: Path) -> tuple[str | None, str]:
    """Only a broken promise counts: a copy that cannot be imported is no catch."""
    output, code = _simulate(root, range(SEEDS))
    found = BROKEN.search(output)
    if code != 1 or found is None:
        return None, output.strip()[-300:]
    return f"seed {found[1]}", f"{found[2]}: {found[3]}"


def _simulate(root: Path, seeds: range) -> tuple[str, int]:
    return _run(root, ["tests.simulation", "--alone", "--seeds", f"{seeds.start}:{seeds.stop}"])


def _by_test(root: Path, file: str) -> tuple[str | None, str]:
    output, code = _run(root, ["pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", file])
    failed = re.search(r"^FAILED (\S+)", output, re.MULTILINE)
    return (file, failed[1]) if code == 1 and failed else (None, output.strip()[-300:])


def _run(root: Path, module: Sequence[str]) -> tuple[str, int]:
    command = [sys.executable, "-m", *module]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        return f"no answer in {PATIENCE_SECONDS:g} s", -1
    return done.stdout + done.stderr, done.returncode


@contextmanager
def copy_of_the_product() -> Generator[Path]:
    """With its compiled files: Python compiles again what was changed."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as directory:
        root = Path(directory)
        for folder in ("agent_runner", "tests"):
            shutil.copytree(ROOT / folder, root / folder)
        shutil.copy(ROOT / "pyproject.toml", root)
        yield root
