"""`agent-runner init`: makes a directory ready for work."""

from pathlib import Path
from typing import Final

from agent_runner.cli.command import Outcome, local_command
from agent_runner.cli.environment_file import environment_file
from agent_runner.cli.output import Printer

ENVIRONMENT_FILE: Final = Path(".env")


@local_command
def init(printer: Printer) -> Outcome:
    """Write .env if there is none, and make the database. Safe to do again."""
    from agent_runner.settings import load_settings  # noqa: PLC0415 - only what the command needs
    from agent_runner.store.migrations import migrate  # noqa: PLC0415
    from agent_runner.store.status import database_status  # noqa: PLC0415

    wrote = _write_environment_file()
    url = load_settings().store_url
    changed = migrate(url)
    database = database_status(url)
    if printer.as_json:
        printer.json(
            {"environment_file": str(ENVIRONMENT_FILE.absolute()), "written": wrote}
            | {"database": database.where, "revision": database.revision, "migrated": changed}
        )
        return
    printer.line(f"{'wrote' if wrote else 'kept'}      {ENVIRONMENT_FILE.absolute()}")
    printer.line(f"database   {database.where} at revision {database.revision}")
    printer.line("next       agent-runner up, then: agent-runner runs create 'Test execution' --watch")


def _write_environment_file() -> bool:
    """False when there is one already. Only its owner may read it: keys will stand in it."""
    try:
        with ENVIRONMENT_FILE.open("x") as file:
            ENVIRONMENT_FILE.chmod(0o600)
            file.write(environment_file())
    except FileExistsError:
        return False
    return True
