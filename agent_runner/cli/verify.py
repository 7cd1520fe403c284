"""`agent-runner verify`: whether what the database holds can be true."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from agent_runner.cli.command import Outcome, local_command
from agent_runner.cli.exit_codes import ExitCode
from agent_runner.cli.output import Printer

if TYPE_CHECKING:
    from agent_runner.store.verify import Violation

Idle = Annotated[bool, typer.Option("--idle", help="All workers are idle: nothing may be running or due.")]


@local_command
def verify(printer: Printer, idle: Idle = False) -> Outcome:
    """Check every invariant of the database. Changes nothing; ends in code 1 when one is broken."""
    from agent_runner.errors import NotFound  # noqa: PLC0415 - only what the command needs
    from agent_runner.settings import load_settings  # noqa: PLC0415
    from agent_runner.store.status import database_status  # noqa: PLC0415
    from agent_runner.store.verify import INVARIANTS  # noqa: PLC0415

    url = load_settings().store_url
    status = database_status(url)
    if not status.is_up_to_date:
        raise NotFound(
            f"there is no up-to-date database at {status.where}", next_step="see agent-runner db status and db migrate"
        )
    found = asyncio.run(_violations(url, idle=idle))
    if printer.as_json:
        printer.json({"invariants": dict(INVARIANTS), "violations": [asdict(violation) for violation in found]})
    else:
        _print(printer, found, idle=idle)
    return ExitCode.ERROR if found else ExitCode.OK


async def _violations(url: str, *, idle: bool) -> "Sequence[Violation]":
    from agent_runner.store.database import Database  # noqa: PLC0415 - only what the command needs
    from agent_runner.store.verify import verify as find_violations  # noqa: PLC0415

    database = await Database.open(url)
    try:
        return await database.read(find_violations, idle=idle)
    finally:
        await database.close()


def _print(printer: Printer, found: "Sequence[Violation]", *, idle: bool) -> None:
    from agent_runner.store.verify import INVARIANTS, MOST_LISTED  # noqa: PLC0415 - only what the command needs

    counted = Counter(violation.invariant for violation in found)
    not_asked = {"I16"} if idle else {"I6", "I16"}
    for name, sentence in INVARIANTS.items():
        number = counted[name]
        many = f"{number} or more" if number >= MOST_LISTED else str(number)
        verdict = f"{many} broken" if number else "not asked" if name in not_asked else "ok"
        printer.line(f"{name:<4} {verdict:<10} {sentence}")
    for violation in found:
        printer.line(f"{violation.invariant}: {violation.sentence}")
