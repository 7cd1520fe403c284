"""`agent-runner db …`: looking after the database."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from agent_runner.cli.command import Outcome, local_command
from agent_runner.cli.output import Printer, note

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
    """Where the database is, how large, and what is in it."""
    from agent_runner.settings import load_settings  # noqa: PLC0415 - only what the command needs
    from agent_runner.store.upkeep import database_status  # noqa: PLC0415

    found = database_status(load_settings().store_url)
    fields = asdict(found) | {"path": str(found.path), "is_up_to_date": found.is_up_to_date}
    if printer.as_json:
        printer.json(fields)
        return
    del fields["counts"]
    printer.fields(fields | found.counts)
    if not found.is_up_to_date:
        note("note: the tables are missing or old; agent-runner db migrate brings them up to date")


@app.command()
@local_command
def backup(
    printer: Printer, target: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")]
) -> Outcome:
    """Copy the database as it is at this moment, while everything goes on."""
    from agent_runner.settings import load_settings  # noqa: PLC0415 - only what the command needs
    from agent_runner.store.upkeep import back_up  # noqa: PLC0415

    size = back_up(load_settings().store_url, target)
    printer.done({"path": str(target.absolute()), "bytes": size}, f"{target.absolute()} holds a copy of {size} bytes")
