"""Deletes the database: asks first (FORCE=1 does not), and refuses while a process uses it. Behind `make db-reset`."""

import os
import shutil
import socket
import sys
from pathlib import Path

from agent_runner.errors import AgentRunnerError
from agent_runner.settings import load_settings
from agent_runner.store.address import run_directory_of, sqlite_path
from agent_runner.store.wakeup import socket_directory


def main() -> int:
    try:
        database = sqlite_path(load_settings().store_url)
    except AgentRunnerError as error:
        return refuse(error.message, error.next_step or "correct DATABASE_URL")
    if not database.exists():
        print(f"there is no {database}: nothing to delete")
        return 0
    if is_in_use(database):
        return refuse(f"{database} is in use", "make stop, and stop workers started otherwise")
    if os.environ.get("FORCE") != "1" and not agreed(database):
        return refuse(f"{database} was kept", "answer yes, or FORCE=1 make db-reset")
    delete(database)
    print(f"{database} is deleted; the next start makes a new one")
    return 0


def agreed(database: Path) -> bool:
    if not sys.stdin.isatty():
        return False
    return input(f"Delete {database} with all runs in it? [yes/no] ").strip().lower() in {"y", "yes"}


def is_in_use(database: Path) -> bool:
    """Every API and worker process listens for wake-ups beside its database; the socket of a dead one refuses."""
    bells = socket_directory(run_directory_of(database))
    return any(is_listening(path) for path in bells.glob("*"))


def is_listening(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as caller:
        try:
            caller.connect(str(path))
        except OSError:
            return False
    return True


def delete(database: Path) -> None:
    shutil.rmtree(socket_directory(run_directory_of(database)), ignore_errors=True)
    shutil.rmtree(run_directory_of(database), ignore_errors=True)
    for suffix in ("-wal", "-shm", "-journal", ""):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


def refuse(reason: str, next_step: str) -> int:
    print(f"error: {reason}\nnext: {next_step}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
