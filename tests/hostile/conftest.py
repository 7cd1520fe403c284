"""Hostile surroundings: what the machine, the clock and the clients may do to a running house."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent_runner.store.database import Database
from agent_runner.store.sqlite import sqlite_library
from agent_runner.store.verify import verify
from tests.api.conftest import server, settings
from tests.databases import copy_of
from tests.e2e.conftest import Site, site, until
from tests.worker.conftest import house

__all__ = ["house", "server", "settings", "site"]


@pytest.fixture
def bare_url(tmp_path: Path) -> str:
    """What is hostile here is hostile to a file."""
    return f"sqlite:///{tmp_path}/runs.db"


@pytest.fixture
def new_url(sqlite_template: Path, tmp_path: Path) -> str:
    return copy_of(sqlite_template, tmp_path)


@contextmanager
def locked_by_a_stranger(database: Path) -> Generator[None]:
    """Another program's write lock, which knows nothing of our turnstile."""
    stranger = sqlite_library().connect(str(database), isolation_level=None, timeout=30)
    stranger.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        stranger.execute("ROLLBACK")
        stranger.close()


def problem_in(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert "Traceback" not in answer.text
    return answer.json()


def log_of(site: Site, name: str) -> str:
    return "".join(path.read_text() for path in sorted(site.directory.glob(f"*-{name}.log")))


def until_idle(site: Site, seconds: float = 40) -> None:
    quiet = {"queued": 0, "running": 0, "waiting": 0}
    until(lambda: site.get("/worker/status")["queue"] == quiet, "the queue is empty", seconds)


def broken_promises(database: Path) -> list[str]:
    """What `verify` says of the tables."""

    async def look() -> list[str]:
        opened = await Database.open(f"sqlite:///{database}")
        try:
            return [f"{violation.invariant}: {violation.sentence}" for violation in await opened.read(verify)]
        finally:
            await opened.close()

    return asyncio.run(look())
