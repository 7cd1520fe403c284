"""The environment of the company, and a run of it that several tests look at."""

from pathlib import Path

import pytest

from tests.hosts.environments import interpreter_of
from tests.hosts.metagpt.parent import BUNDLED, Outcome, run_host


@pytest.fixture(scope="session")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return interpreter_of(BUNDLED / "host.py", tmp_path_factory)


@pytest.fixture(scope="session")
def todo(interpreter: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return run_host(interpreter, tmp_path_factory.mktemp("todo"), goal="Create a todo application")
