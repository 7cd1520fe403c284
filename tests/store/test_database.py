"""Group commit, durability, wake-ups and migrations, on either database."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import select, text

from agent_runner.errors import ConfigurationError, StoreUnavailable
from agent_runner.store import migrations
from agent_runner.store.database import Database
from agent_runner.store.migrations import HEAD, migrate
from agent_runner.store.projects import create_project, list_projects
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.tables import runs
from agent_runner.store.wakeup import Audience, Ring


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
    while not (ring := await heard.get()).runs:
        pass  # one that has just begun to listen is told to look at everything
    stop()
    assert await child.wait() == 0
    assert (ring.work, ring.runs) == (True, {1})


async def test_a_ring_names_runs_until_there_are_too_many() -> None:
    assert Ring.decode(Ring(work=True, runs={1, 22}).encode()) == Ring(work=True, runs={1, 22})
    many = Ring.decode(Ring(cancel=True, runs=set(range(5000))).encode())
    assert (many.cancel, many.all_runs, many.runs) == (True, True, set())


def test_head_names_the_newest_migration() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert scripts.get_current_head() == HEAD


@pytest.mark.parametrize("url", ["nonsense", "sqlite://", "sqlite:///:memory:", "mysql://localhost/x"])
async def test_a_database_that_cannot_be_used_is_a_clear_sentence(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        await Database.open(url)
    assert refused.value.next_step


async def test_a_reading_function_cannot_write(database: Database) -> None:
    def sneak(session: ReadSession) -> None:
        session.rows(text("INSERT INTO projects(name, local_path, created_at) VALUES ('x', '/', CURRENT_TIMESTAMP)"))  # pyright: ignore[reportArgumentType]

    with pytest.raises(StoreUnavailable, match=r"read-?only"):
        await database.read(sneak)


TWO_AT_ONCE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from agent_runner.store.migrations import migrate

urls = [f"sqlite:///{sys.argv[1]}/{number}.db" for number in range(8)]
with ThreadPoolExecutor(8) as pool:
    print(sorted(set(pool.map(migrate, urls))))
"""


def test_threads_migrate_databases_of_their_own_at_once(tmp_path: Path) -> None:
    """In a process of its own: where they mix up their connections, it crashes."""
    command = [sys.executable, "-c", TWO_AT_ONCE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "[True]\n"), done.stderr


def test_processes_that_start_together_migrate_once(bare_url: str) -> None:
    with ProcessPoolExecutor(4) as pool:
        assert sorted(pool.map(migrate, [bare_url] * 4)) == [False, False, False, True]


async def test_a_database_of_a_newer_version_is_left_alone(url: str, database: Database) -> None:
    def age(session: WriteSession) -> None:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    await database.write(age)
    with pytest.raises(ConfigurationError, match="made by another version"):
        await asyncio.to_thread(migrate, url)


async def test_what_was_answered_survives_kill_9(url: str) -> None:
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
    acknowledged = await asyncio.to_thread(acknowledged_until_killed, script)
    database = await Database.open(url)

    def ids_of_all(session: ReadSession) -> set[int]:
        if session.dialect == "sqlite":
            assert session.rows(text("PRAGMA integrity_check")) == [("ok",)]  # pyright: ignore[reportArgumentType]
        return {row.id for row in session.rows(select(runs.c.id))}

    stored = await database.read(ids_of_all)
    await database.close()
    assert set(acknowledged) <= stored


def acknowledged_until_killed(script: str) -> list[int]:
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        acknowledged = [int(next(child.stdout)) for _ in range(200)]
        os.kill(child.pid, 9)
        return acknowledged + [int(line) for line in child.stdout if line.strip().isdecimal() and line.endswith("\n")]
