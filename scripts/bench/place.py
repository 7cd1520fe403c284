"""Where a benchmark works: a directory of its own on the disk of the data, with as many databases as it wants."""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from agent_runner.store.address import run_directory_of
from agent_runner.store.migrations import migrate
from agent_runner.store.wakeup import socket_directory

ROOT: Final = Path(__file__).parents[2]


class Place:
    """Databases are copies of one that was migrated once."""

    def __init__(self, directory: Path) -> None:
        self.directory: Final = directory
        self._count = 0
        self._model = directory / "empty.db"
        migrate(f"sqlite:///{self._model}")

    def new_database(self) -> Path:
        self._count += 1
        path = self.directory / f"{self._count}.db"
        shutil.copyfile(self._model, path)
        return path

    def forget(self, path: Path) -> None:
        """Removes a database that nobody uses any more, with all that lies beside it."""
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        run_directory = run_directory_of(path)
        if run_directory.exists():
            shutil.rmtree(socket_directory(run_directory), ignore_errors=True)
            shutil.rmtree(run_directory)

    def clean(self) -> None:
        for path in self.directory.glob("*.db"):
            self.forget(path)


@contextmanager
def temporary_place(parent: Path) -> Generator[Place]:
    """`parent` decides which disk is measured: many machines keep their temporary folder in memory."""
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=parent) as name:
        place = Place(Path(name).resolve())
        try:
            yield place
        finally:
            place.clean()


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"
