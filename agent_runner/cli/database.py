"""`agent-runner db …`: looking after the database."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent_runner.cli.command import Outcome, local_command
from agent_runner.cli.output import Printer, note

if TYPE_CHECKING:
    from agent_runner.store.database import Database
    from agent_runner.store.retention import Removed

app = typer.Typer(help="Look after the database.", rich_markup_mode=None)


@app.command()
@local_command
def migrate(printer: Printer) -> Outcome:
    """Create or upgrade the tables. Every start does it as well."""
    from agent_runner.settings import load_settings  # noqa: PLC0415 - only what the command needs
    from agent_runner.store.migrations import HEAD  # noqa: PLC0415
    from agent_runner.store.migrations import migrate as bring_up_to_date  # noqa: PLC0415

    changed = bring_up_to_date(load_settings().store_url)
    done = f"the database is now at revision {HEAD}"
    printer.done({"revision": HEAD, "changed": changed}, done if changed else f"nothing to do: revision {HEAD}")


@app.command()
@local_command
def status(printer: Printer) -> Outcome:
    """Which database it is, how large, what is in it, and what to worry about."""
    from agent_runner.settings import load_settings  # noqa: PLC0415 - only what the command needs
    from agent_runner.store.status import database_status  # noqa: PLC0415

    found = database_status(load_settings().store_url)
    fields = asdict(found) | {"is_up_to_date": found.is_up_to_date}
    if printer.as_json:
        printer.json(fields)
        return
    for name in ("counts", "estimated", "warnings"):
        del fields[name]
    counts = {name: f"about {count}" if name in found.estimated else count for name, count in found.counts.items()}
    printer.fields(fields | counts)
    for warning in found.warnings:
        note(f"warning: {warning}")
    if not found.is_up_to_date:
        note("note: the tables are missing or old; agent-runner db migrate brings them up to date")


@app.command()
@local_command
def backup(
    printer: Printer, target: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")]
) -> Outcome:
    """Copy the database as it is at this moment, while everything goes on. PostgreSQL needs pg_dump in PATH."""
    from agent_runner.settings import environment_for_tools, load_settings  # noqa: PLC0415 - only what it needs
    from agent_runner.store.backup import back_up  # noqa: PLC0415

    size = back_up(load_settings().store_url, target, environment=environment_for_tools())
    printer.done({"path": str(target.absolute()), "bytes": size}, f"{target.absolute()} holds a copy of {size} bytes")


@app.command()
@local_command
def restore(
    printer: Printer,
    source: Annotated[Path, typer.Argument(help="A file that db backup has written.")],
    force: Annotated[bool, typer.Option("--force", help="PostgreSQL: drop the tables that are there.")] = False,
) -> Outcome:
    """Put a backup in the place of the database. Everything must be stopped; SQLite's old file is kept beside it."""
    from agent_runner.settings import environment_for_tools, load_settings  # noqa: PLC0415 - only what it needs
    from agent_runner.store.backup import restore as put_back  # noqa: PLC0415

    done = put_back(load_settings().store_url, source, environment=environment_for_tools(), force=force)
    sentence = f"{done.where} is restored, from revision {done.revision}"
    if done.kept:
        sentence += f"; the old one is {done.kept}"
    if done.dropped:
        sentence += f"; dropped before: {', '.join(done.dropped)}"
    printer.done(asdict(done), sentence)


@app.command()
@local_command
def prune(
    printer: Printer,
    days: Annotated[float | None, typer.Option(min=0, help="By default what RETENTION_DAYS says.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count; delete nothing.")] = False,
) -> Outcome:
    """Delete runs that ended more than so many days ago, with their events; never one of the last ten minutes."""
    from agent_runner.settings import load_settings  # noqa: PLC0415 - only what the command needs
    from agent_runner.store.migrations import migrate as bring_up_to_date  # noqa: PLC0415

    settings = load_settings()
    wanted = settings.retention_days or None if days is None else days
    if wanted is None:
        raise typer.BadParameter("say how many, because RETENTION_DAYS is not set", param_hint="--days")
    bring_up_to_date(settings.store_url)
    if dry_run:
        count = asyncio.run(_count_old(settings.store_url, wanted))
        printer.done({"runs": count, "dry_run": True}, f"{count} runs would be deleted")
        return
    removed = asyncio.run(_prune(settings.store_url, wanted))
    sentence = f"deleted {removed.runs} runs, and {removed.tasks} tasks that have none left"
    printer.done(asdict(removed) | {"dry_run": False}, sentence)


async def _count_old(url: str, days: float) -> int:
    from agent_runner.store.retention import old_runs  # noqa: PLC0415 - only what the command needs

    async with _opened(url) as database:
        return sum([len(batch) async for batch in old_runs(database, days)])


async def _prune(url: str, days: float) -> "Removed":
    from agent_runner.store.retention import prune as prune_all  # noqa: PLC0415 - only what the command needs

    async with _opened(url) as database:
        return await prune_all(database, days, lambda: asyncio.sleep(0.05))


@asynccontextmanager
async def _opened(url: str) -> "AsyncGenerator[Database]":
    from agent_runner.store.database import Database  # noqa: PLC0415 - only what the command needs

    database = await Database.open(url)
    try:
        yield database
    finally:
        await database.close()
