"""What a DATABASE_URL names."""

import pytest

from agent_runner.errors import ConfigurationError
from agent_runner.store.address import postgres_dsn, run_directory, shown, sqlite_path


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg"])
def test_postgresql_is_meant_whichever_driver_is_named(scheme: str) -> None:
    assert postgres_dsn(f"{scheme}://u:p@h:5/d?sslmode=require") == "postgresql://u:p@h:5/d?sslmode=require"
    assert postgres_dsn("sqlite:///x.db") is None


def test_everyone_on_one_database_meets_in_one_folder() -> None:
    ways = (
        "postgresql://h:5432/d",
        "postgres://u:secret@h:5432/d",
        "postgresql+asyncpg://o:other@h:5432/d?sslmode=require",
    )
    assert len({run_directory(way) for way in ways}) == 1
    assert run_directory("postgresql://h:5432/other") != run_directory(ways[0])
    assert run_directory("sqlite:////srv/runs.db").name == "runs.db.run"


@pytest.mark.parametrize("url", ["postgresql://u:secret@h/d", "postgresql://h/d?password=secret"])
def test_a_password_is_never_shown(url: str) -> None:
    assert "secret" not in shown(url)


def test_a_server_without_a_database_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="names no database"):
        postgres_dsn("postgresql://u:secret@h")


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="names mysql, which is not supported"):
        sqlite_path("mysql://h/d")
