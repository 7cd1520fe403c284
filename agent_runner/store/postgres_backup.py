"""Backup and restore of our tables in PostgreSQL, by its own pg_dump and pg_restore."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from agent_runner.errors import ConfigurationError, Conflict, InvalidInput, NotFound, StoreUnavailable
from agent_runner.store.address import shown
from agent_runner.store.backup import Restored, refuse_unknown_revision
from agent_runner.store.database import in_our_words
from agent_runner.store.migrations import ADVISORY_LOCK
from agent_runner.store.postgres import new_engine
from agent_runner.store.tables import runs

VERSIONS: Final = "alembic_version"
OURS: Final = (VERSIONS, *sorted(runs.metadata.tables))
BUSY_SECONDS: Final = 30.0
_LISTED_TABLE: Final = re.compile(r"^\d+; \d+ \d+ TABLE (?!DATA )\S+ (\S+) ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Tools:
    """PostgreSQL's programs, for one database. The password is seen in their environment only, by nobody else."""

    dsn: str
    environment: Mapping[str, str]

    def run(self, program: str, *arguments: str, connects: bool = True) -> str:
        """What it said. Raises StoreUnavailable with its complaint when it fails."""
        address, secret = _without_password(self.dsn)
        target = [f"--dbname={address}"] if connects else []
        done = subprocess.run(  # noqa: S603 - arguments of ours, without a shell
            [self._path_of(program), *target, *arguments],
            env={**self.environment, **secret, "LC_ALL": "C", "PGAPPNAME": "agent-runner backup"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            said = " ".join(done.stderr.decode(errors="replace").split())
            raise StoreUnavailable(f"{program} failed: {said}", next_step="see agent-runner db status")
        return done.stdout.decode(errors="replace")

    def refuse_older_than(self, server: int) -> None:
        """Raises ConfigurationError when pg_dump cannot read so new a server (its major version)."""
        said = self.run("pg_dump", "--version", connects=False)
        found = re.search(r"(\d+)", said)
        if found is None or int(found[1]) < server:
            raise ConfigurationError(
                f"{self._path_of('pg_dump')} is too old for PostgreSQL {server}: {said.strip()}",
                next_step=f"install the package postgresql-client-{server}, and put its bin folder first in PATH",
            )

    def _path_of(self, program: str) -> str:
        found = shutil.which(program, path=self.environment.get("PATH", ""))
        if found is None:
            raise ConfigurationError(
                f"{program} is not in PATH",
                next_step="install PostgreSQL's client programs (the package postgresql-client), and try again",
            )
        return found


def dump_database(dsn: str, target: Path, environment: Mapping[str, str]) -> None:
    """Writes one moment of our tables into the file, and reads all of it back."""
    tools = Tools(dsn, environment)
    server, tables = asyncio.run(_look_at(dsn))
    tools.refuse_older_than(server)
    if VERSIONS not in tables:
        raise NotFound(f"{shown(dsn)} has no tables of agent-runner", next_step="see agent-runner db status")
    chosen = [f"--table={schema_and_name}" for schema_and_name in tables.values()]
    tools.run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}", *chosen)
    revision_of_dump(tools, target)


def restore_database(dsn: str, source: Path, environment: Mapping[str, str], *, force: bool) -> Restored:
    """In one transaction. Raises Conflict when somebody is connected, or there are tables and no `force`."""
    tools = Tools(dsn, environment)
    revision = refuse_unknown_revision(source, revision_of_dump(tools, source))
    brought = set(_LISTED_TABLE.findall(tools.run("pg_restore", "--list", str(source), connects=False)))
    dropped = asyncio.run(_restore(tools, source, brought, force=force))
    return Restored(where=shown(dsn), revision=revision, is_migrated=False, kept=None, dropped=dropped)


def revision_of_dump(tools: Tools, dump: Path) -> str | None:
    """Reads all of it, so that a damaged one is found out. Raises InvalidInput for what is no sound dump."""
    try:
        tools.run("pg_restore", "--file=/dev/null", str(dump), connects=False)
        rows = tools.run(
            "pg_restore", "--data-only", f"--table={VERSIONS}", "--file=-", str(dump), connects=False
        ).splitlines()
    except StoreUnavailable as error:
        raise InvalidInput(f"{dump} cannot be read as a backup: {error.message}", next_step="use another") from error
    head = next((place for place, row in enumerate(rows) if row.startswith("COPY ")), None)
    return None if head is None else rows[head + 1].strip()


async def _restore(tools: Tools, source: Path, brought: set[str], *, force: bool) -> tuple[str, ...]:
    """Returns the names of the tables that had to go."""
    async with _connected(tools.dsn) as connection:
        await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": ADVISORY_LOCK})  # nobody migrates
        await _refuse_while_in_use(connection)
        dropped = tuple(sorted(brought & set(await _tables(connection))))
        if dropped and not force:
            raise Conflict(
                f"{shown(tools.dsn)} has tables already: {', '.join(dropped)}",
                next_step="name an empty database, or say --force, which drops exactly these tables with all they hold",
            )
        clean = ["--clean", "--if-exists"] if dropped else []
        options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", *clean]
        await asyncio.to_thread(tools.run, "pg_restore", *options, str(source))
        for name in sorted(brought):
            await connection.execute(text(f'ANALYZE "{name}"'))
        return dropped


async def _refuse_while_in_use(connection: AsyncConnection) -> None:
    others = await connection.execute(
        text(
            "SELECT pid, coalesce(host(client_addr), 'this machine') AS place FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'agent-runner' AND pid <> pg_backend_pid()"
        )
    )
    if found := [f"{row.pid} from {row.place}" for row in others]:
        raise Conflict(
            f"the database is in use by agent-runner (connections {', '.join(found)})",
            next_step="stop every API and every worker, and try again",
        )


async def _look_at(dsn: str) -> tuple[int, dict[str, str]]:
    """The server's major version, and our tables."""
    async with _connected(dsn) as connection:
        number = (await connection.execute(text("SHOW server_version_num"))).scalar_one()
        return int(number) // 10_000, await _tables(connection, OURS)


async def _tables(connection: AsyncConnection, names: tuple[str, ...] | None = None) -> dict[str, str]:
    """Each table of the schema in use, with how pg_dump wants it named."""
    rows = await connection.execute(
        text(
            "SELECT tablename AS name, quote_ident(schemaname) || '.' || quote_ident(tablename) AS quoted"
            " FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
        )
    )
    return {row.name: row.quoted for row in rows if names is None or row.name in names}


@asynccontextmanager
async def _connected(dsn: str) -> AsyncGenerator[AsyncConnection]:
    """Outside any transaction: one that is idle for long is ended by the server."""
    engine = new_engine(dsn, connections=1, busy_timeout_seconds=BUSY_SECONDS, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise in_our_words(error) from error
    finally:
        await engine.dispose()


def _without_password(dsn: str) -> tuple[str, dict[str, str]]:
    """The address as anybody may read it in the list of processes, and the password as the environment has it."""
    url = make_url(dsn)
    secret = str(url.password or url.query.get("password") or "")
    address = URL.create(
        url.drivername, username=url.username, host=url.host, port=url.port, database=url.database, query=url.query
    ).difference_update_query(["password"])
    return address.render_as_string(), {"PGPASSWORD": secret} if secret else {}
