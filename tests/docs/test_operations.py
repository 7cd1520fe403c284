"""The commands that the page on operations shows for the database, carried out in its order."""

from pathlib import Path

import pytest

from agent_runner.cli.main import run
from tests.docs.blocks import ROOT, blocks_of

SHOWN = [
    line.split()[1:]
    for block in blocks_of(ROOT / "docs" / "operations.md")
    for line in block.text.splitlines()
    if line.startswith("agent-runner db ")
]


def test_the_commands_for_the_database_work_as_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert [command[1] for command in SHOWN] == ["status", "migrate", "backup", "restore", "prune"]
    for command in SHOWN:
        assert run(command) == 0, (command, capsys.readouterr().err)
