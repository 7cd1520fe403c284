"""New databases for tests: SQLite files, and databases of a real PostgreSQL.

The server is the one that AGENT_RUNNER_TEST_POSTGRES_URL names, else one that the tests start themselves.
"""

import asyncio
import os
import shutil
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest

from agent_runner.store.migrations import migrate
from scripts.postgres_server import running_postgres

SETTING: Final = "AGENT_RUNNER_TEST_POSTGRES_URL"
TEMPLATE: Final = "agent_runner_template"
NewUrl = Callable[[], str]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server's own database, on which others can be created."""
    if given := os.environ.get(SETTING):
        yield given
        return
    # Tests end before the machine could lose power, so they need not wait for its disk.
    with running_postgres(fsync="off", synchronous_commit="off", full_page_writes="off") as server:
        yield server.url()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """A database with all tables and nothing in it."""
    name = f"{TEMPLATE}_{uuid.uuid4().hex[:8]}"
    order(postgres_server, f'CREATE DATABASE "{name}"')
    migrate(beside(postgres_server, name))
    yield name
    order(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables and nothing in it, to be copied: making one takes longer than most tests."""
    path = tmp_path_factory.mktemp("new") / "runs.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty, migrated database of either kind."""
    if request.param == "sqlite":
        yield copy_of(request.getfixturevalue("sqlite_template"), request.getfixturevalue("tmp_path"))
        return
    with postgres_database(
        request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_template")
    ) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of either kind without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('tmp_path')}/bare.db"
        return
    with postgres_database(request.getfixturevalue("postgres_server"), "template0") as url:
        yield url


def copy_of(template: Path, folder: Path) -> str:
    return f"sqlite:///{shutil.copy(template, folder)}"


@contextmanager
def postgres_database(server: str, template: str) -> Generator[str]:
    """A copy of the template, dropped in the end."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    order(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    try:
        yield beside(server, name)
    finally:
        order(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def beside(server: str, name: str) -> str:
    """The URL of another database of the same server."""
    return f"{server.rpartition('/')[0]}/{name}"


def order(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Runs one statement outside any transaction of ours."""

    async def run() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return asyncio.run(run())
