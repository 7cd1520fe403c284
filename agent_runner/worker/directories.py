"""The private directories of attempts and of runs: made at first use, removed at the end, or by the janitor after it.

The name of an attempt's holds run id and fence, so that a lost worker that still writes disturbs nobody.
"""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

from agent_runner.errors import FileRefused
from agent_runner.store.database import Database
from agent_runner.store.leases import not_ended, still_held
from agent_runner.workspace.worktree import remove

_NAME: Final = re.compile(r"run-([1-9][0-9]{0,18})(?:-([1-9][0-9]{0,18}))?")


def attempts_directory(run_directory: Path) -> Path:
    return run_directory / "attempts"


def attempt_directory(run_directory: Path, run_id: int, fence: int) -> Path:
    return attempts_directory(run_directory) / f"run-{run_id}-{fence}"


def lasting_directory(run_directory: Path, run_id: int) -> Path:
    """Of all attempts of the run."""
    return attempts_directory(run_directory) / f"run-{run_id}"


async def remove_attempt(path: Path) -> bool:
    """Whether it is gone. If not, somebody still writes in it or has mounted something there; try again later."""
    try:
        await remove(path)
    except (OSError, FileRefused):
        return False
    return True


class Leftovers:
    """The directories of attempts and runs that are over, on this host. Costs one system call while there is none."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self._directory: Final = attempts_directory(database.run_directory)

    async def remove(self) -> Collection[Path]:
        """Returns what it has removed."""
        found = self._found()
        if not found:
            return []
        attempts = [(run_id, fence) for run_id, fence in found if fence]
        runs = [run_id for run_id, fence in found if not fence]
        held = await self._database.read(still_held, attempts) if attempts else ()
        open_ = await self._database.read(not_ended, runs) if runs else ()
        needed = {*held, *((run_id, 0) for run_id in open_)}
        return [path for which, path in found.items() if which not in needed and await remove_attempt(path)]

    def _found(self) -> dict[tuple[int, int], Path]:
        """By run id and fence; the fence of a run's own is 0."""
        try:
            names = [path.name for path in self._directory.iterdir()]
        except FileNotFoundError:
            return {}
        matches = [match for name in names if (match := _NAME.fullmatch(name))]
        return {(int(match[1]), int(match[2] or 0)): self._directory / match[0] for match in matches}
