"""A backup takes the place of a SQLite database: who is in the way, what is kept, and what is not left behind."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, is_an_error
from tests.cli.rows import goal_of, queue, status


@pytest.fixture
def sqlite_file(cli: Cli, tmp_path: Path) -> Path:
    cli("db", "migrate")
    return tmp_path / "data" / "agent_runner.db"


def nobody_seen(_path: Path, _directory: Path) -> Iterator[int]:
    return iter(())


def test_the_old_file_is_kept_whole_and_nothing_else_stays(cli: Cli, sqlite_file: Path) -> None:
    url = f"sqlite:///{sqlite_file}"
    cli("db", "backup", "copy")
    run_id = queue(url, "only in the old one")
    # What a crash leaves behind: the last commits stand in the log alone.
    crashed = subprocess.run([sys.executable, "-c", CRASH, str(sqlite_file)], check=False)
    assert crashed.returncode == -signal.SIGKILL
    assert sqlite_file.with_name(sqlite_file.name + "-wal").stat().st_size > 0
    kept = Path(cli("db", "restore", "copy", "--json").data["kept"])
    assert {path.name for path in sqlite_file.parent.iterdir()} == {
        sqlite_file.name,
        f"{sqlite_file.name}.run",
        kept.name,
    }
    assert status(cli)["counts"]["runs"] == 0
    assert goal_of(f"sqlite:///{kept}", run_id) == "changed in the log"
    assert sqlite_file.stat().st_mode & 0o777 == 0o600


CRASH = """
import os, signal, sqlite3, sys
file = sqlite3.connect(sys.argv[1], isolation_level=None)
file.execute("UPDATE runs SET goal = 'changed in the log'")
os.kill(os.getpid(), signal.SIGKILL)
"""

HOLD = """
import sqlite3, sys
file = sqlite3.connect(sys.argv[1])
file.execute("SELECT count(*) FROM runs").fetchone()
print("open", flush=True)
sys.stdin.read()
"""


def test_a_database_in_use_is_not_replaced(cli: Cli, sqlite_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("db", "backup", "copy")
    before = sqlite_file.stat().st_ino
    program = [sys.executable, "-c", HOLD, str(sqlite_file)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
        assert reader.stdout
        assert reader.stdin
        assert reader.stdout.readline()
        refused = cli("db", "restore", "copy")
        assert is_an_error(refused, 1)
        assert f"in use by process {reader.pid}" in refused.err
        # Where the list of processes tells nothing, SQLite's own lock still does.
        monkeypatch.setattr("agent_runner.store.sqlite_restore.users_of", nobody_seen)
        refused = cli("db", "restore", "copy")
        assert is_an_error(refused, 1)
        assert "in use by another process" in refused.err
        assert sqlite_file.stat().st_ino == before
        reader.stdin.close()
    assert cli("db", "restore", "copy").code == 0
    assert sqlite_file.stat().st_ino != before


def test_an_api_without_any_request_counts_as_a_user(cli: Cli, sqlite_file: Path) -> None:
    """It has opened nothing but its locks yet, and would serve the old file and the new one."""
    cli("db", "backup", "copy")
    idle = """
import asyncio, sys
from agent_runner.store.database import Database
async def main():
    database = await Database.open(sys.argv[1])
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await database.close()
asyncio.run(main())
"""
    program = [sys.executable, "-c", idle, f"sqlite:///{sqlite_file}"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as api:
        assert api.stdout
        assert api.stdin
        assert api.stdout.readline()
        assert f"in use by process {api.pid}" in cli("db", "restore", "copy").err
        api.stdin.close()


def test_a_damaged_database_is_replaced_and_kept_for_later(cli: Cli, sqlite_file: Path) -> None:
    queue(f"sqlite:///{sqlite_file}", "saved")
    cli("db", "backup", "copy")
    sqlite_file.write_bytes(b"Dear diary, today I was overwritten. " * 500)
    assert cli("db", "status").code == 1
    kept = Path(cli("db", "restore", "copy", "--json").data["kept"])
    assert kept.read_bytes().startswith(b"Dear diary")
    assert goal_of(f"sqlite:///{sqlite_file}", 1) == "saved"


def test_a_database_that_is_gone_is_restored(cli: Cli, sqlite_file: Path) -> None:
    cli("db", "backup", "copy")
    sqlite_file.unlink()
    assert cli("db", "restore", "copy", "--json").data["kept"] is None
    assert status(cli)["is_up_to_date"]
