"""What doctor asks a PostgreSQL server beyond the state of the database. Blocking."""

import asyncio
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from agent_runner.domain.clock import utc_now
from agent_runner.errors import ConfigurationError
from agent_runner.store.address import postgres_dsn, shown
from agent_runner.store.database import in_our_words
from agent_runner.store.postgres import READERS, new_engine

BUSY_SECONDS: Final = 10.0
CONNECTIONS_OF_A_WORKER: Final = READERS + 4
"""Its writer, its heartbeat, its doorbell and that of the heartbeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """`connections` are those that are not kept back for administrators."""

    user: str
    may_create_tables: bool
    clock_difference_seconds: float
    connections: int
    connections_in_use: int


def examine_server(url: str) -> ServerFacts:
    """Changes nothing."""
    dsn = postgres_dsn(url)
    if dsn is None:
        raise ConfigurationError(f"{shown(url)} names no server", next_step="see agent-runner db status")
    return asyncio.run(_examine(dsn))


async def _examine(dsn: str) -> ServerFacts:
    engine = new_engine(dsn, connections=1, busy_timeout_seconds=BUSY_SECONDS, read_only=True)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_facts)
    except SQLAlchemyError as error:
        raise in_our_words(error) from error
    finally:
        await engine.dispose()


def _facts(connection: Connection) -> ServerFacts:
    row = connection.execute(
        text(
            "SELECT current_user AS name,"
            " coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create,"
            " current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most,"
            " (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') - 1 AS used"
        )
    ).one()
    asked = utc_now()
    theirs = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    middle = asked + (utc_now() - asked) / 2
    return ServerFacts(
        user=row.name,
        may_create_tables=row.may_create,
        clock_difference_seconds=(theirs - middle).total_seconds(),
        connections=row.most,
        connections_in_use=row.used,
    )
