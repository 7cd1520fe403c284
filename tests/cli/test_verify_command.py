"""`agent-runner verify`: a line for each invariant, a sentence for each violation, a code for scripts."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent_runner.store.verify import INVARIANTS
from tests.cli.conftest import Cli, is_an_error


def test_a_sound_database_is_ok(cli: Cli, new_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", new_url)
    done = cli("verify")
    assert done.code == 0
    assert [line.split()[0] for line in done.out.splitlines()] == list(INVARIANTS)
    assert done.out.count("not asked") == 2
    assert cli("verify", "--idle").out.count("not asked") == 1
    assert cli("verify", "--json").data == {"invariants": dict(INVARIANTS), "violations": []}


def test_a_broken_invariant_is_one_sentence_and_code_1(cli: Cli, tmp_path: Path) -> None:
    cli("db", "migrate")
    now = "2026-01-01 00:00:00.000000"
    with closing(sqlite3.connect(tmp_path / "data" / "agent_runner.db")) as database, database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute("INSERT INTO events VALUES (7, 1, 'LOG', NULL, '{}', ?)", (now,))
        database.execute(
            "INSERT INTO steps (run_id, key, position, input_hash, output, fence, started_at, finished_at)"
            " VALUES (7, 'k', 1, 'h', '1', 1, ?, ?)",
            (now, now),
        )
    done = cli("verify")
    assert done.code == 1
    assert "I17  2 broken" in done.out
    assert "I8: run 7: its step 'k' was written under fence 1, which no claim had" in done.out
    broken = cli("verify", "--json")
    assert broken.code == 1
    assert [violation["invariant"] for violation in broken.data["violations"]] == ["I8", "I17", "I17"]
    assert broken.data["violations"][0]["run_id"] == 7


def test_a_database_that_is_not_there_is_code_7_and_is_not_made(cli: Cli, tmp_path: Path) -> None:
    assert is_an_error(cli("verify"), 7)
    assert list(tmp_path.iterdir()) == []
