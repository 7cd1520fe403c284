"""The private directories of attempts: made at first use, removed when the attempt ends, or by the janitor after it.

The name holds run id and fence, so that a lost worker that still writes disturbs nobody.
"""

import asyncio
import os
import re
import shutil
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Final

from agent_runner.store.database import Database
from agent_runner.store.leases import still_held

_NAME: Final = re.compile(r"run-([1-9][0-9]{0,18})-([1-9][0-9]{0,18})")


def attempts_directory(run_directory: Path) -> Path:
    return run_directory / "attempts"


def attempt_directory(run_directory: Path, run_id: int, fence: int) -> Path:
    return attempts_directory(run_directory) / f"run-{run_id}-{fence}"


async def remove_directory(path: Path) -> None:
    await asyncio.to_thread(_remove, path)


def _remove(path: Path) -> None:
    """With all that is in it, also what is write-protected; symbolic links are not followed."""
    if not path.is_symlink():
        for folder, _, _ in os.walk(path):
            Path(folder).chmod(0o700)
    shutil.rmtree(path, onerror=_leave)


def _leave(_function: Callable[..., Any], _path: str, _error: object) -> None:
    """Somebody else removes it too, or a process still writes there: the next round takes the rest."""


class Leftovers:
    """The directories of attempts that are over, on this host. Costs one system call while there is none."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self._directory: Final = attempts_directory(database.run_directory)

    async def remove(self) -> Collection[Path]:
        """Returns what it has removed."""
        found = self._found()
        if not found:
            return []
        held = await self._database.read(still_held, list(found))
        over = [path for claim, path in found.items() if claim not in held]
        for path in over:
            await remove_directory(path)
        return over

    def _found(self) -> dict[tuple[int, int], Path]:
        try:
            names = [path.name for path in self._directory.iterdir()]
        except FileNotFoundError:
            return {}
        matches = [match for name in names if (match := _NAME.fullmatch(name))]
        return {(int(match[1]), int(match[2])): self._directory / match[0] for match in matches}
