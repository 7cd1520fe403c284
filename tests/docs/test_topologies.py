"""Executes what docs/topologies.md says of running one: on the command line, over HTTP, and from Python."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, blocks_of
from tests.e2e.conftest import Site

DOCUMENT = ROOT / "docs" / "topologies.md"
COMMANDS, CURL = [block.text for block in blocks_of(DOCUMENT) if block.language == "sh"]
PROGRAM, OWN_RUNNER = [block.text for block in blocks_of(DOCUMENT) if block.language == "python"]

pytestmark = pytest.mark.processes


def said_by(live: Site, directory: Path, *command: str) -> str:
    done = subprocess.run(
        command,
        cwd=directory,
        env=os.environ
        | {"DATABASE_URL": f"sqlite:///{live.directory}/runs.db", "API_PORT": str(live.port), "LLM_MODEL": "demo"}
        | {"DEMO_STEP_SECONDS": "0", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_commands_and_the_request_queue_runs_that_complete(live: Site, tmp_path: Path) -> None:
    said = said_by(live, tmp_path, "bash", "-euo", "pipefail", "-c", COMMANDS)
    assert "RUN_COMPLETED" in said
    queued = said_by(live, tmp_path, "bash", "-euo", "pipefail", "-c", CURL.replace("8000", str(live.port)))
    assert '"agent":"topology:my-debate"' in queued
    newest = live.get("/runs", limit=1)["items"][0]
    assert live.wait(newest["id"])["result"]["type"] == "debate"


def test_a_program_carries_one_out_itself(live: Site, tmp_path: Path) -> None:
    said = said_by(live, tmp_path, sys.executable, "-W", "error", "-c", PROGRAM)
    assert said.startswith("COMPLETED ")
    assert said.endswith("['ann', 'bob']\n")


def test_a_runner_of_ones_own_is_found(live: Site, tmp_path: Path) -> None:
    program = PROGRAM.replace("LocalRunner(", "ToldRunner(").replace("import asyncio\n", "import asyncio\nimport own\n")
    (tmp_path / "own.py").write_text(OWN_RUNNER)
    said = said_by(live, tmp_path, sys.executable, "-c", program.replace("ToldRunner(", "own.ToldRunner("))
    assert said.startswith("COMPLETED ")
    newest = live.get("/runs", limit=1)["items"][0]
    assert newest["runner"] == "told"
    assert "LOG" in live.types(newest["id"])
