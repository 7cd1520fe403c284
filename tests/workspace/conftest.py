"""A project with a few files, and a trap for whatever runs a program."""

from pathlib import Path

import pytest

from agent_runner.workspace.worktree import Workspace
from tests.workspace.hostile import Trap, new_repository

BRANCH = "agent/run-1"
FILES: dict[str, str | bytes] = {
    "README.md": "# Hello\n",
    "src/main.py": "def main():\n    return 1\n",
    "src/data.bin": bytes(range(256)),
    "empty.txt": "",
    ".gitignore": "*.log\nbuild/\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return new_repository(tmp_path / "project", FILES)


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    return Trap(tmp_path / "trap")


@pytest.fixture
async def workspace(project: Path, tmp_path: Path) -> Workspace:
    return await Workspace.open(project, tmp_path / "attempt", BRANCH)
