"""Overwritten pages: a clear sentence for clients and operators, no traceback to either, and nobody runs in circles."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from agent_runner.store.migrations import migrate
from agent_runner.store.sqlite import sqlite_library
from tests.e2e.conftest import Site, until
from tests.hostile.conftest import log_of, problem_in

pytestmark = pytest.mark.processes

PAGE = 4096


def command(site: Site, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{site.directory}/runs.db", "API_PORT": str(site.port)}
    return subprocess.run(
        [sys.executable, "-m", "agent_runner.cli.main", *arguments],
        env={**environment, **site.settings},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def pages_of(file: Path, table: str) -> list[int]:
    """The root pages of a table and its indexes."""
    connection = sqlite_library().connect(str(file))
    rows = connection.execute("SELECT rootpage FROM sqlite_schema WHERE tbl_name = ? AND rootpage > 0", (table,))
    pages = [row[0] for row in rows]
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return pages


def overwrite(file: Path, pages: list[int]) -> None:
    with file.open("r+b") as opened:
        for page in pages:
            opened.seek((page - 1) * PAGE)
            opened.write(b"\xa5" * PAGE)


def test_an_open_database_with_damaged_pages_is_a_503_that_says_what_to_do(site: Site) -> None:
    site.start_api()
    site.start_worker(WORKER_CHECK_INTERVAL="0.2")
    site.wait(site.queue())
    file = site.directory / "runs.db"
    overwrite(file, pages_of(file, "runs"))
    for method, path in (("GET", "/runs"), ("POST", "/runs"), ("GET", "/runs/1/events")):
        answer = site.client.request(method, path, json={"goal": "x"} if method == "POST" else None)
        assert answer.status_code == 503, answer.text
        problem = problem_in(answer)
        assert problem["detail"].startswith("the database file is damaged")
        assert "backup" in problem["next_step"]
    site.client.get("/health/live").raise_for_status()
    until(lambda: "damaged" in log_of(site, "worker"), "the worker says so")
    before, began = len(log_of(site, "worker").splitlines()), time.monotonic()
    until(lambda: time.monotonic() - began > 2, "two seconds of the worker's log")
    assert len(log_of(site, "worker").splitlines()) - before < 40
    assert "Traceback" not in log_of(site, "serve") + log_of(site, "worker")


def test_readiness_looks_deep_enough_to_see_it(site: Site) -> None:
    site.start_api()
    file = site.directory / "runs.db"
    site.queue()
    overwrite(file, pages_of(file, "runs"))
    until(lambda: site.client.get("/health/ready").status_code == 503, "it is not ready", 10)
    assert "damaged" in problem_in(site.client.get("/health/ready"))["detail"]


COMMANDS = {
    "pages": (("serve",), ("worker",), ("db", "migrate")),
    "header": (("serve",), ("db", "status"), ("db", "backup", "copy.db")),
}


@pytest.mark.parametrize("what", COMMANDS)
def test_a_closed_database_that_is_damaged_is_a_sentence_at_every_command(site: Site, what: str) -> None:
    file = site.directory / "runs.db"
    migrate(f"sqlite:///{file}")
    overwrite(file, [*pages_of(file, "runs"), *pages_of(file, "alembic_version")] if what == "pages" else [1])
    for arguments in COMMANDS[what]:
        done = command(site, *arguments)
        assert done.returncode != 0, arguments
        assert "is damaged" in done.stderr, (arguments, done.stderr)
        assert "agent-runner db restore" in done.stderr, arguments
        assert "Traceback" not in done.stderr, arguments
    doctor: list[dict[str, Any]] = json.loads(command(site, "doctor", "--json").stdout)
    (found,) = [finding for finding in doctor if finding["subject"] == "database"]
    assert found["verdict"] == "fail"
    assert "damaged" in found["sentence"]
    assert "agent-runner db restore" in found["next_step"]
