"""What a test puts into a database and finds there, whichever program has it open."""

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

from agent_runner.store.address import postgres_dsn, sqlite_path
from agent_runner.store.database import Database
from agent_runner.store.new_runs import create_runs
from agent_runner.store.run_queries import get_run
from tests.cli.conftest import Cli
from tests.databases import order
from tests.store.conftest import new_run


def queue(url: str, goal: str) -> int:
    async def create() -> int:
        database = await Database.open(url)
        try:
            return (await database.write_together(create_runs, new_run(goal=goal))).id
        finally:
            await database.close()

    return asyncio.run(create())


def goal_of(url: str, run_id: int) -> str:
    async def read() -> str:
        database = await Database.open(url)
        try:
            return (await database.read(get_run, run_id)).goal
        finally:
            await database.close()

    return asyncio.run(read())


def status(cli: Cli) -> dict[str, Any]:
    return cli("db", "status", "--json").data


def change(url: str, statement: str) -> None:
    if postgres_dsn(url) is not None:
        order(url, statement)
        return
    with closing(sqlite3.connect(sqlite_path(url), isolation_level=None)) as file:
        file.execute(statement)
