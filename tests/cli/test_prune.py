"""`db prune`: one go by hand."""

from pathlib import Path

import pytest

from agent_runner.store.address import postgres_dsn
from tests.cli.conftest import Cli, is_an_error
from tests.cli.rows import change, queue, status


@pytest.fixture
def url(new_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """One run that was cancelled long ago, and one that waits."""
    monkeypatch.setenv("DATABASE_URL", new_url)
    queue(new_url, "old")
    then = "'2020-01-01 00:00:00.000000'" if postgres_dsn(new_url) is None else "'2020-01-01'"
    change(new_url, f"UPDATE runs SET status = 'CANCELLED', created_at = {then}, completed_at = {then}")
    queue(new_url, "waits")
    return new_url


@pytest.mark.usefixtures("url")
def test_what_is_old_is_counted_and_then_deleted(cli: Cli) -> None:
    assert cli("db", "prune", "--days", 9, "--dry-run", "--json").data == {"runs": 1, "dry_run": True}
    assert status(cli)["counts"]["runs"] == 2
    assert cli("db", "prune", "--days", 9, "--json").data == {"runs": 1, "tasks": 0, "dry_run": False}
    assert status(cli)["counts"] == {"projects": 0, "tasks": 0, "runs": 1, "events": 1, "steps": 0, "workers": 0}
    assert "deleted 0 runs" in cli("db", "prune", "--days", 0).out


@pytest.mark.usefixtures("url")
def test_the_days_come_from_the_setting_or_must_be_said(cli: Cli, tmp_path: Path) -> None:
    refused = cli("db", "prune")
    assert is_an_error(refused, 2)
    assert "RETENTION_DAYS" in refused.err
    (tmp_path / ".env").write_text("RETENTION_DAYS=36500\n")
    assert cli("db", "prune", "--json").data["runs"] == 0
    (tmp_path / ".env").write_text("RETENTION_DAYS=0.5\n")
    assert cli("db", "prune", "--json").data["runs"] == 1
