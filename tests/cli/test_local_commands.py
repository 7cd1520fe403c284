"""The commands that work on this machine: set-up, database, settings, examination."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from agent_runner import __version__
from agent_runner.cli.environment_file import environment_file
from agent_runner.settings import Settings
from tests.cli.conftest import Cli, is_an_error

ROOT = Path(__file__).parents[2]


def test_without_a_verb_the_help_is_shown(cli: Cli) -> None:
    assert cli().out == cli("--help").out
    assert "Queue, watch and change runs" in cli().out


def test_the_version_is_printed(cli: Cli) -> None:
    assert cli("--version").out == f"agent-runner {__version__}\n"


def test_init_makes_a_directory_ready_and_keeps_what_is_there(cli: Cli, tmp_path: Path) -> None:
    assert cli("init").code == 0
    written = tmp_path / ".env"
    assert written.read_text() == environment_file()
    assert written.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "data" / "agent_runner.db").exists()
    written.write_text("API_PORT=8123\n")
    again = cli("init", "--json").data
    assert (again["written"], again["migrated"], written.read_text()) == (False, False, "API_PORT=8123\n")


def test_the_environment_file_sets_every_setting_to_its_default(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(environment_file())
    assert Settings() == Settings(_env_file=None)  # pyright: ignore[reportCallIssue] - pydantic-settings' own argument
    assert environment_file() == (ROOT / ".env.example").read_text()


def test_a_setting_that_cannot_be_used_is_one_sentence(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("API_PORT=eight\n")
    done = cli("config", "show")
    assert is_an_error(done, 1)
    assert "API_PORT is 'eight'" in done.err


def test_the_settings_are_shown_without_secrets(cli: Cli, tmp_path: Path) -> None:
    secrets = ["first-secret", "second-secret", "sk-third-secret"]
    (tmp_path / ".env").write_text(
        f"API_KEYS=me:{secrets[0]},{secrets[1]}\nOPENAI_API_KEY={secrets[2]}\nAPI_PORT=8123\n"
        "OPENAI_BASE_URL=http://someone:fourth-secret@127.0.0.1:9000/v1\n"
    )
    shown = cli("config", "show").out
    assert "API_PORT=8123\n" in shown
    assert "API_KEYS=********,********\n" in shown
    assert "OPENAI_API_KEY=********\n" in shown
    assert "OPENAI_BASE_URL=http://someone:********@127.0.0.1:9000/v1\n" in shown
    as_json = cli("config", "show", "--json")
    assert as_json.data["API_PORT"] == 8123
    assert as_json.data.keys() == {name.upper() for name in Settings.model_fields}
    assert "secret" not in shown + as_json.out


def test_the_database_is_migrated_once_and_described(cli: Cli, tmp_path: Path) -> None:
    before = cli("db", "status", "--json").data
    assert (before["exists"], before["revision"], before["counts"]) == (False, None, {})
    assert list(tmp_path.iterdir()) == []
    assert cli("db", "migrate", "--json").data["changed"]
    assert not cli("db", "migrate", "--json").data["changed"]
    after = cli("db", "status", "--json").data
    assert after["is_up_to_date"]
    assert (after["where"], after["counts"]["runs"]) == (str(tmp_path / "data" / "agent_runner.db"), 0)


def test_a_backup_is_a_whole_database_and_overwrites_nothing(cli: Cli, tmp_path: Path) -> None:
    cli("db", "migrate")
    with closing(sqlite3.connect(tmp_path / "data" / "agent_runner.db")) as database, database:
        database.execute(
            "INSERT INTO projects (name, local_path, policy, created_at)"
            " VALUES ('a', '/a', '{}', '2026-11-20 21:00:00')"
        )
        assert cli("db", "backup", "copy.db").code == 0  # while somebody is writing
    assert cli("db", "backup", "later.db", "--json").data["bytes"] == (tmp_path / "later.db").stat().st_size
    for copy, count in (("copy.db", 0), ("later.db", 1)):
        with closing(sqlite3.connect(tmp_path / copy)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert database.execute("SELECT count(*) FROM projects").fetchone() == (count,)
    refused = cli("db", "backup", "later.db")
    assert is_an_error(refused, 1)
    assert "later.db exists already" in refused.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "data", "later.db"]


def test_a_backup_of_nothing_is_code_7(cli: Cli) -> None:
    done = cli("db", "backup", "copy.db")
    assert is_an_error(done, 7)
    assert "there is no database" in done.err


def test_a_file_that_is_no_database_is_one_sentence(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "agent_runner.db").write_text("Dear diary, today I was taken for a database. " * 40)
    for verb in (["db", "status"], ["db", "backup", "copy.db"], ["doctor"]):
        assert "file is not a database" in cli(*verb).err + cli(*verb).out


def test_a_directory_that_cannot_be_written_is_one_sentence(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a directory")
    assert is_an_error(cli("db", "migrate"), 1)


def test_json_is_one_document(cli: Cli) -> None:
    for verb in (["db", "status"], ["config", "show"]):
        assert json.loads(cli("--json", *verb).out) == cli(*verb, "--json").data
    subjects = [
        [finding["subject"] for finding in cli(*order).data] for order in (["--json", "doctor"], ["doctor", "--json"])
    ]
    assert subjects[0] == subjects[1]
