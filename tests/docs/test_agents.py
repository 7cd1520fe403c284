"""Executes every example in Python of docs/agents.md, in one directory, as people would type them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent_runner.domain.mixin import Hook
from tests.docs.blocks import ROOT, blocks_of

DOCUMENT = ROOT / "docs" / "agents.md"
TEAM, MODULE, LINE = [block.text for block in blocks_of(DOCUMENT) if block.language == "python"]
MODULE_NAME = MODULE.partition("\n")[0].removeprefix("# ")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / MODULE_NAME).write_text(MODULE)
    return tmp_path


def said_by(place: Path, *command: str, **settings: str) -> str:
    done = subprocess.run(
        command,
        cwd=place,
        env=os.environ | {"LLM_MODEL": "demo", "DEMO_STEP_SECONDS": "0"} | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.processes
def test_the_team_comes_to_an_answer(place: Path) -> None:
    said = said_by(place, sys.executable, "-W", "error", "-c", TEAM)
    assert said.startswith("COMPLETED [demo] ")


@pytest.mark.processes
def test_a_mixin_and_a_tool_of_ones_own_take_part(place: Path) -> None:
    said = said_by(place, sys.executable, "-W", "error", "-c", LINE)
    assert said.startswith("[demo] No model was used to answer: How wide is a wren?")
    assert said.endswith("\n\n— the wrens\n")


@pytest.mark.processes
def test_a_worker_imports_them(place: Path) -> None:
    worker = str(Path(sys.executable).with_name("agent-runner"))
    name = MODULE_NAME.removesuffix(".py")
    assert f"EXTENSIONS={name} agent-runner worker" in DOCUMENT.read_text()
    database = f"sqlite:///{place}/runs.db"
    assert "worker stopped" in said_by(place, worker, "worker", "--drain", EXTENSIONS=name, DATABASE_URL=database)


def test_every_hook_is_explained() -> None:
    text = DOCUMENT.read_text()
    assert [hook for hook in Hook if f"| `{hook}` |" not in text] == []
