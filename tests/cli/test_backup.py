"""Status, backup and restore at the command line, on both databases, with PostgreSQL's own tools."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from agent_runner.store.address import postgres_dsn
from agent_runner.store.database import Database
from agent_runner.store.migrations import HEAD
from agent_runner.store.new_runs import create_runs
from scripts.postgres_server import find_binaries
from tests.cli.conftest import Cli, is_an_error
from tests.cli.rows import change, goal_of, queue, status
from tests.databases import beside, order, postgres_database
from tests.store.conftest import new_run


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(find_binaries()), prepend=os.pathsep)


@pytest.fixture
def url(new_url: str, tools: None, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DATABASE_URL", new_url)
    return new_url


@pytest.fixture
def postgres_url(
    postgres_server: str, postgres_template: str, tools: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    with postgres_database(postgres_server, postgres_template) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        yield url


def test_the_status_says_what_is_there(cli: Cli, url: str) -> None:
    queue(url, "one")
    found = status(cli)
    kind = "sqlite" if postgres_dsn(url) is None else "postgresql"
    assert (found["kind"], found["revision"], found["is_up_to_date"], found["exists"]) == (kind, HEAD, True, True)
    assert (found["counts"]["runs"], found["counts"]["events"], found["estimated"]) == (1, 1, [])
    assert found["bytes"] > 10_000
    assert (found["wal_bytes"] is None) is (kind == "postgresql")
    assert found["version"]
    assert found["warnings"] == []
    assert "version" in cli("db", "status").out


def test_a_password_is_not_shown(cli: Cli, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres_url.replace("postgres@", "postgres:planted-secret@"))
    assert status(cli)["where"] == postgres_url.replace("postgres@", "postgres:***@")
    monkeypatch.setenv("DATABASE_URL", f"{postgres_url}?password=planted-secret")
    assert status(cli)["where"] == postgres_url
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:planted-secret@127.0.0.1:1/nowhere")
    for verb in (["db", "status"], ["db", "backup", "x.dump"], ["doctor"]):
        done = cli(*verb)
        assert done.code == 1
        assert "planted-secret" not in done.out + done.err


def test_a_database_that_is_not_there_is_no_failure(
    cli: Cli, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", beside(postgres_server, "never_created"))
    found = status(cli)
    assert (found["exists"], found["revision"], found["is_up_to_date"]) == (False, None, False)
    assert "createdb" in found["warnings"][0]


def test_a_large_table_of_a_server_is_estimated_and_says_so(
    cli: Cli, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(postgres_url, "one")
    order(postgres_url, "ANALYZE runs")
    monkeypatch.setattr("agent_runner.store.status.LARGE_TABLE_ROWS", 0)
    assert status(cli)["estimated"] == ["runs"]
    assert "about 1" in cli("db", "status").out


def test_a_transaction_that_is_open_for_long_is_a_warning(
    cli: Cli, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent_runner.store.status.LONG_TRANSACTION_SECONDS", 0)
    program = [str(find_binaries() / "psql"), "--quiet", postgres_url]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin
        assert other.stdout
        other.stdin.write(b"BEGIN; SELECT 4711;\n")
        other.stdin.flush()
        while b"4711" not in other.stdout.readline():
            pass
        [warning] = status(cli)["warnings"]
        other.stdin.close()
    assert "vacuum" in warning


def test_a_backup_brings_everything_back(cli: Cli, url: str, tmp_path: Path) -> None:
    kept = queue(url, "before")
    taken = cli("db", "backup", "copy", "--json")
    assert taken.data["bytes"] == (tmp_path / "copy").stat().st_size
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
    lost = queue(url, "after")
    restored = cli("db", "restore", "copy", "--force", "--json").data
    assert (restored["revision"], restored["is_migrated"]) == (HEAD, False)
    assert goal_of(url, kept) == "before"
    assert status(cli)["counts"] == {"projects": 0, "tasks": 0, "runs": 1, "events": 1, "steps": 0, "workers": 0}
    assert queue(url, "again") == lost, "the numbers go on from the backup"
    assert not list(tmp_path.glob("*.unfinished"))


def test_a_backup_is_taken_in_the_middle_of_work(cli: Cli, url: str, tmp_path: Path) -> None:
    async def work() -> tuple[int, int]:
        database = await Database.open(url)
        stop = asyncio.Event()

        async def create() -> None:
            while not stop.is_set():
                await database.write_together(create_runs, new_run())

        await database.write_together(create_runs, new_run())
        creating = asyncio.create_task(create())
        codes = [(await asyncio.to_thread(cli, "db", "backup", f"copy-{number}")).code for number in range(3)]
        stop.set()
        await creating
        await database.close()
        return max(codes), len(codes)

    assert asyncio.run(work()) == (0, 3)
    assert cli("db", "restore", "copy-1", "--force").code == 0
    counts = status(cli)["counts"]
    assert counts["runs"] == counts["events"] > 0


def test_a_damaged_backup_changes_nothing(cli: Cli, url: str, tmp_path: Path) -> None:
    run_id = queue(url, "keep me " * 2000)
    for number in range(40):
        queue(url, f"{number} {os.urandom(4000).hex()}")
    cli("db", "backup", "copy")
    whole = (tmp_path / "copy").read_bytes()
    for name, damaged in {
        "cut": whole[: len(whole) // 2],
        "overwritten": whole[: len(whole) // 2] + b"\xff" * 9000 + whole[len(whole) // 2 + 9000 :],
        "text": b"Dear diary, " * 400,
        "empty": b"",
    }.items():
        (tmp_path / name).write_bytes(damaged)
        refused = cli("db", "restore", name, "--force")
        assert is_an_error(refused, 1), name
        assert name in refused.err
    assert goal_of(url, run_id).startswith("keep me")
    assert cli("db", "restore", "nothing").code == 7


def test_a_backup_of_the_other_kind_is_refused(cli: Cli, url: str, tmp_path: Path) -> None:
    other = b"PGDMP" if postgres_dsn(url) is None else b"SQLite format 3\0"
    (tmp_path / "other").write_bytes(other + b"\0" * 100)
    refused = cli("db", "restore", "other", "--force")
    assert is_an_error(refused, 1)
    assert "not a backup of" in refused.err


def test_a_backup_of_a_later_version_is_refused(cli: Cli, url: str) -> None:
    change(url, "UPDATE alembic_version SET version_num = '9999'")
    assert cli("db", "backup", "copy").code == 0
    change(url, f"UPDATE alembic_version SET version_num = '{HEAD}'")
    refused = cli("db", "restore", "copy", "--force")
    assert is_an_error(refused, 1)
    assert "revision 9999" in refused.err


# ---- PostgreSQL


def test_tables_with_something_in_them_are_dropped_by_force_only(cli: Cli, postgres_url: str) -> None:
    order(postgres_url, "CREATE TABLE of_others (id int)")
    cli("db", "backup", "copy")
    refused = cli("db", "restore", "copy")
    assert is_an_error(refused, 1)
    assert "has tables already" in refused.err
    assert "--force" in refused.err
    restored = cli("db", "restore", "copy", "--force", "--json").data
    assert restored["dropped"] == sorted({"alembic_version", *SQLModel.metadata.tables})
    assert order(postgres_url, "SELECT count(*) FROM of_others") == [(0,)]


def test_an_empty_database_takes_a_backup_of_another(
    cli: Cli, postgres_url: str, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = queue(postgres_url, "moved")
    cli("db", "backup", "copy")
    with postgres_database(postgres_server, "template0") as empty:
        monkeypatch.setenv("DATABASE_URL", empty)
        assert cli("db", "restore", "copy", "--json").data["dropped"] == []
        assert goal_of(empty, run_id) == "moved"
        assert queue(empty, "next") == run_id + 1


def test_a_restore_that_fails_half_way_leaves_all_as_it_was(cli: Cli, postgres_url: str) -> None:
    cli("db", "backup", "copy")
    run_id = queue(postgres_url, "still here")
    order(postgres_url, "CREATE VIEW in_the_way AS SELECT id FROM runs")
    before = status(cli)["counts"]
    refused = cli("db", "restore", "copy", "--force")
    assert is_an_error(refused, 1)
    assert "in_the_way" in refused.err
    assert goal_of(postgres_url, run_id) == "still here"
    assert status(cli)["counts"] == before


def test_a_server_database_in_use_is_not_replaced(cli: Cli, postgres_url: str) -> None:
    cli("db", "backup", "copy")

    async def try_it() -> str:
        database = await Database.open(postgres_url)
        try:
            await database.read(lambda session: session.now)
            return (await asyncio.to_thread(cli, "db", "restore", "copy", "--force")).err
        finally:
            await database.close()

    assert "in use by agent-runner" in asyncio.run(try_it())


def test_a_missing_or_old_tool_is_one_sentence(
    cli: Cli, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    done = cli("db", "backup", "copy")
    assert is_an_error(done, 1)
    assert "pg_dump is not in PATH" in done.err
    assert "postgresql-client" in done.err
    a_tool(tmp_path, "pg_dump", "echo 'pg_dump (PostgreSQL) 9.6.24'")
    done = cli("db", "backup", "copy")
    assert is_an_error(done, 1)
    assert "too old" in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin"]


def test_the_password_is_in_no_command_line(
    cli: Cli, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = find_binaries() / "pg_dump"
    a_tool(tmp_path, "pg_dump", f'echo "$*" >> {tmp_path}/seen; env > {tmp_path}/environment; exec {real} "$@"')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    monkeypatch.setenv("DATABASE_URL", postgres_url.replace("postgres@", "postgres:planted%2Fsecret@"))
    monkeypatch.setenv("OPENAI_API_KEY", "another-secret")
    assert cli("db", "backup", "copy").code == 0
    assert "--dbname=postgresql://postgres@127.0.0.1" in (tmp_path / "seen").read_text()
    assert "secret" not in (tmp_path / "seen").read_text()
    environment = (tmp_path / "environment").read_text()
    assert "PGPASSWORD=planted/secret\n" in environment
    assert "another-secret" not in environment


def a_tool(folder: Path, name: str, shell: str) -> None:
    (folder / "bin").mkdir(exist_ok=True)
    tool = folder / "bin" / name
    tool.write_text(f"#!/bin/sh\n{shell}\n")
    tool.chmod(0o755)
