"""A stage for hosts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_runner.store.database import Database
from agent_runner.store.verify import verify
from tests.databases import copy_of
from tests.hosts.stage import Stage
from tests.sandboxes import tried_sandboxes
from tests.worker.conftest import House


@pytest.fixture
def new_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Hosts are told from the database by the context, which has tests on both."""
    return copy_of(sqlite_template, tmp_path)


@pytest.fixture
async def stage(new_url: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    database = await Database.open(new_url)
    sandboxes = await tried_sandboxes(tmp_path_factory.getbasetemp())
    yield Stage(House(new_url, database), tmp_path / "hosts", sandboxes)
    assert [violation.sentence for violation in await database.read(verify, idle=False)] == []
    await database.close()
