"""Group commit, durability, migrations, and what SQLite must be told."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

from agent_runner.errors import ConfigurationError, StoreUnavailable
from agent_runner.store import migrations
from agent_runner.store.database import Database
from agent_runner.store.migrations import HEAD, migrate
from agent_runner.store.new_runs import create_runs
from agent_runner.store.projects import create_project, list_projects
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.sqlite import FairLock, is_safe_version, sqlite_library
from agent_runner.store.wakeup import Audience, Ring, socket_directory
from tests.store.conftest import Queue, new_run


def fail_after_writing(session: WriteSession, name: str) -> None:
    create_project(session, name, "/")
    raise ValueError(name)


async def test_a_failing_write_is_undone_alone(database: Database) -> None:
    results = await asyncio.gather(
        database.write(create_project, "first", "/"),
        database.write(fail_after_writing, "bad"),
        database.write(create_project, "second", "/"),
        return_exceptions=True,
    )
    assert isinstance(results[1], ValueError)
    names = {project.name for project in await database.read(list_projects, after_id=None, limit=9)}
    assert names == {"first", "second"}


async def test_writes_that_wait_are_committed_together(database: Database) -> None:
    seen: list[int] = []

    def note(_session: WriteSession, items: Sequence[int]) -> Sequence[int]:
        seen.append(len(items))
        return items

    answers = await asyncio.gather(*(database.write_together(note, number) for number in range(50)))
    assert list(answers) == list(range(50))
    assert seen == [50]


async def test_a_cancelled_caller_does_not_hinder_the_others(database: Database) -> None:
    first = asyncio.create_task(database.write(create_project, "first", "/"))
    second = asyncio.create_task(database.write(create_project, "second", "/"))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).name == "second"


async def test_a_reading_function_cannot_write(database: Database) -> None:
    def sneak(session: ReadSession) -> None:
        session.rows(text("INSERT INTO projects(name, local_path, created_at) VALUES ('x', '/', '2026')"))  # pyright: ignore[reportArgumentType]

    with pytest.raises(StoreUnavailable, match="readonly"):
        await database.read(sneak)


async def test_a_commit_wakes_those_who_listen_in_another_process(url: str, database: Database) -> None:
    heard: asyncio.Queue[Ring] = asyncio.Queue()
    stop = database.doorbell.listen(Audience.API, heard.put_nowait)
    script = (
        "import asyncio\n"
        "from tests.store.conftest import new_run\n"
        "from agent_runner.store.database import Database\n"
        "from agent_runner.store.new_runs import create_runs\n"
        "async def main():\n"
        f"    database = await Database.open({url!r})\n"
        "    await database.write_together(create_runs, new_run())\n"
        "    await database.close()\n"
        "asyncio.run(main())\n"
    )
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
    ring = await heard.get()
    stop()
    assert await child.wait() == 0
    assert (ring.work, ring.runs) == (True, {1})


async def test_the_dead_leave_no_bells_behind(database: Database, queue: Queue) -> None:
    stop = database.doorbell.listen(Audience.API, lambda _ring: None)
    [bell] = socket_directory(database.run_directory).iterdir()
    stop()
    bell.touch()
    await queue()
    assert not bell.exists()


async def test_a_ring_names_runs_until_there_are_too_many() -> None:
    assert Ring.decode(Ring(work=True, runs={1, 22}).encode()) == Ring(work=True, runs={1, 22})
    many = Ring.decode(Ring(cancel=True, runs=set(range(5000))).encode())
    assert (many.cancel, many.all_runs, many.runs) == (True, True, set())


def test_the_migrations_make_exactly_the_tables_of_the_code(url: str) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        differences = compare_metadata(context, SQLModel.metadata)
        sql = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'runs_queued'")).scalar_one()
    engine.dispose()
    # Alembic cannot compare an index with DESC in it, so that one is compared as text.
    assert [one for one in differences if getattr(one[1], "name", None) != "runs_queued"] == []
    assert sql == "CREATE INDEX runs_queued ON runs (priority DESC, available_at, id) WHERE status = 'QUEUED'"


def test_head_names_the_newest_migration() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert scripts.get_current_head() == HEAD


def test_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/runs.db"
    with ProcessPoolExecutor(4) as pool:
        assert sorted(pool.map(migrate, [url] * 4)) == [False, False, False, True]


def test_a_database_of_a_newer_version_is_left_alone(url: str) -> None:
    with sqlite_library().connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(ConfigurationError, match="made by another version"):
        migrate(url)


@pytest.mark.parametrize("url", ["nonsense", "sqlite://", "sqlite:///:memory:", "mysql://localhost/x"])
async def test_a_database_that_cannot_be_used_is_a_clear_sentence(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        await Database.open(url)
    assert refused.value.next_step


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


def test_what_was_answered_survives_kill_9(url: str) -> None:
    script = (
        "import asyncio, sys\n"
        "from tests.store.conftest import new_run\n"
        "from agent_runner.store.database import Database\n"
        "from agent_runner.store.new_runs import create_runs\n"
        "async def one(database):\n"
        "    while True:\n"
        "        run = await database.write_together(create_runs, new_run())\n"
        "        print(run.id, flush=True)\n"
        "async def main():\n"
        f"    database = await Database.open({url!r})\n"
        "    await asyncio.gather(*(one(database) for _ in range(8)))\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        acknowledged = [int(next(child.stdout)) for _ in range(200)]
        os.kill(child.pid, 9)
        acknowledged += [int(line) for line in child.stdout if line.strip().isdecimal() and line.endswith("\n")]
    with sqlite_library().connect(url.removeprefix("sqlite:///")) as connection:
        stored = {row[0] for row in connection.execute("SELECT id FROM runs")}
        intact = connection.execute("PRAGMA integrity_check").fetchone()[0]
    connection.close()
    assert set(acknowledged) <= stored
    assert intact == "ok"


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
