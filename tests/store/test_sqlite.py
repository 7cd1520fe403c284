"""What SQLite must be told, and what happens when somebody holds its lock or its disk is full."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

from agent_runner.errors import StoreUnavailable
from agent_runner.store.database import Database
from agent_runner.store.new_runs import create_runs
from agent_runner.store.projects import create_project
from agent_runner.store.session import WriteSession
from agent_runner.store.sqlite import FairLock, is_safe_version, sqlite_library
from agent_runner.store.wakeup import Audience, socket_directory
from tests.databases import copy_of
from tests.store.conftest import Queue, new_run


@pytest.fixture
def url(sqlite_template: Path, tmp_path: Path) -> str:
    return copy_of(sqlite_template, tmp_path)


async def test_the_dead_leave_no_bells_behind(database: Database, queue: Queue) -> None:
    stop = database.doorbell.listen(Audience.API, lambda _ring: None)
    [bell] = socket_directory(database.run_directory).iterdir()
    stop()
    bell.touch()
    await queue()
    assert not bell.exists()


def test_the_migrations_make_exactly_the_tables_of_the_code(url: str) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        differences = compare_metadata(context, SQLModel.metadata)
        sql = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'runs_due'")).scalar_one()
    engine.dispose()
    # Alembic cannot compare an index with DESC in it, so that one is compared as text.
    assert [one for one in differences if getattr(one[1], "name", None) != "runs_due"] == []
    columns = "(priority DESC, available_at, id)"
    assert sql == f"CREATE INDEX runs_due ON runs {columns} WHERE status = 'QUEUED' AND is_due = 1"


async def test_the_bundled_sqlite_is_safe_and_every_commit_durable(database: Database) -> None:
    def pragmas(session: WriteSession) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in names}

    assert await database.write(pragmas) == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30000,
    }
    assert is_safe_version(sqlite_library().sqlite_version_info)


@pytest.mark.parametrize(
    ("version", "is_safe"),
    [((3, 40, 1), False), ((3, 44, 6), True), ((3, 50, 6), False), ((3, 50, 7), True), ((3, 51, 3), True)],
)
def test_versions_that_can_corrupt_a_database_are_known(version: tuple[int, ...], is_safe: bool) -> None:
    assert is_safe_version(version) is is_safe


async def test_a_full_disk_is_said_and_passes(database: Database) -> None:
    def shrink(session: WriteSession, pages: int) -> None:
        session.execute(text(f"PRAGMA max_page_count = {pages}"))

    await database.write(shrink, 1)

    async def fill() -> None:
        for _ in range(50):
            await database.write_together(create_runs, new_run(goal="g" * 60000))

    with pytest.raises(StoreUnavailable, match="no space left"):
        await fill()
    await database.write(shrink, 1_000_000)
    await database.write_together(create_runs, new_run(goal="g" * 60000))


async def test_a_lock_that_nobody_gives_back_is_said_and_passes(url: str) -> None:
    impatient = await Database.open(url, busy_timeout_seconds=0.1)
    other = sqlite_library().connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="lock"):
        await impatient.write(create_project, "name", "/")
    other.execute("ROLLBACK")
    other.close()
    assert (await impatient.write(create_project, "name", "/")).name == "name"
    await impatient.close()


async def test_a_stopped_process_that_holds_the_lock_does_not_hang_the_others(url: str) -> None:
    impatient = await Database.open(url, busy_timeout_seconds=0.1)
    holder = FairLock(impatient.run_directory)
    with holder.held():
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="another process holds its lock"):
                await impatient.write(create_project, "late", "/")
    holder.close()
    assert (await impatient.write(create_project, "name", "/")).name == "name"
    await impatient.close()
