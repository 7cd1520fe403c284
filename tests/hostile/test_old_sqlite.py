"""A SQLite that can corrupt a database when two processes checkpoint: said everywhere, and only the janitor does it."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent_runner.store.sqlite import LARGEST_LOG_BYTES, is_safe_version

WITHOUT_PYSQLITE3 = """
import runpy, sqlite3, sys
sys.modules["pysqlite3"] = None
if len(sys.argv) > 1 and sys.argv[1] == "old":
    del sys.argv[1]
    sqlite3.sqlite_version, sqlite3.sqlite_version_info = "3.40.1", (3, 40, 1)
"""
AS_COMMAND = "\nrunpy.run_module('agent_runner.cli.main', run_name='__main__')\n"
WRITE_AND_TIDY = """
import asyncio, os
from agent_runner.store import sqlite
from agent_runner.store.database import Database
from agent_runner.store.migrations import migrate
from agent_runner.store.projects import create_project
async def main(url):
    migrate(url)
    library = sqlite.sqlite_library()
    database, other = await Database.open(url), await Database.open(url)
    log = url.removeprefix("sqlite:///") + "-wal"
    sizes = []
    for _ in range(40):
        for one in (database, other):
            await one.write(create_project, "x" * 200_000, "/")
        sizes.append(os.stat(log).st_size)
    sqlite.LARGEST_LOG_BYTES = sizes[-1] - 1
    await other.tidy()
    print(library.sqlite_version, sizes[-1], os.stat(log).st_size)
    await database.close()
    await other.close()
asyncio.run(main(sys.argv[1]))
"""


def python(code: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """In a process that has only the standard library's SQLite. Where that is a safe one, it claims to be old."""
    old = [] if not is_safe_version(sqlite3.sqlite_version_info) else ["old"]
    command = [sys.executable, "-c", WITHOUT_PYSQLITE3 + code, *old, *arguments]
    environment = {**os.environ, "LLM_MODEL": "demo", "DEMO_STEP_SECONDS": "0", **settings}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=50, check=False)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/runs.db"


def test_only_the_janitor_empties_the_log(database_url: str) -> None:
    done = python(WRITE_AND_TIDY, database_url)
    assert done.returncode == 0, done.stderr
    _, grown, emptied = done.stdout.split()
    assert int(grown) > 80 * 200_000  # by itself SQLite would begin anew after 4 MB
    assert int(emptied) == 0
    assert LARGEST_LOG_BYTES == 32 * 1024 * 1024


def test_a_worker_warns_and_doctor_says_it(database_url: str) -> None:
    worker = python(AS_COMMAND, "worker", "--drain", DATABASE_URL=database_url)
    assert worker.returncode == 0, worker.stderr
    assert "can corrupt a database" in worker.stderr
    doctor = python(AS_COMMAND, "doctor", "--json", DATABASE_URL=database_url, API_PORT="9")
    findings: list[dict[str, Any]] = json.loads(doctor.stdout)
    found = {finding["subject"]: finding for finding in findings}
    assert found["sqlite"]["verdict"] == "warn"
    assert "can corrupt a database" in found["sqlite"]["sentence"]
