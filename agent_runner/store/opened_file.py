"""The files of a SQLite database that this process has open, and whether they are still those under their names.

Whoever deletes or replaces the file of a running database leaves its processes with a file that has no name. They could
go on writing into it, and everything they acknowledge would be gone with the last of them.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from agent_runner.errors import StoreUnavailable

RESTORE: Final = (
    "stop the API and all workers, then agent-runner db restore BACKUP, and start again; without a backup "
    "move the file away, with its -wal and -shm"
)

_Identity = tuple[int, int]


class OpenedFile:
    """Device and inode of the file, its log and its index, as this process first saw them."""

    def __init__(self, database: Path) -> None:
        resolved = database.resolve()
        self._files: Final = tuple(f"{resolved}{suffix}" for suffix in ("", "-wal", "-shm"))
        self._known = _identities(self._files[:1])

    def learn(self) -> None:
        """Within a transaction: all three are there, and stay as long as this process has them open."""
        if len(self._known) < len(self._files):
            self._known = _identities(self._files) | self._known

    def check(self) -> None:
        """Raises StoreUnavailable when what is open is not what has the name any more. Costs 2 µs for each file."""
        for file, known in self._known.items():
            found = _identity(file)
            if found != known:
                fate = "deleted" if found is None else "replaced"
                raise StoreUnavailable(
                    f"the database file {Path(file).name} was {fate} while in use", next_step=RESTORE
                )


def _identities(files: Iterable[str]) -> dict[str, _Identity]:
    return {file: identity for file in files if (identity := _identity(file)) is not None}


def _identity(file: str) -> _Identity | None:
    try:
        found = os.stat(file)  # noqa: PTH116 - for every commit: a Path takes longer
    except OSError:
        return None
    return found.st_dev, found.st_ino
