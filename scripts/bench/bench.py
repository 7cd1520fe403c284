"""What a row is given, and what a row is."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from agent_runner.store.database import Database
from scripts.bench.comparison import Comparison
from scripts.bench.figure import Figure
from scripts.bench.house import open_database
from scripts.bench.measure import Scale
from scripts.bench.place import Place


@dataclass(frozen=True, slots=True)
class Bench:
    """Where and how much to measure."""

    place: Place
    scale: Scale

    @asynccontextmanager
    async def database(self) -> AsyncGenerator[tuple[Path, Database]]:
        """A new database, gone afterwards."""
        path = self.place.new_database()
        try:
            async with open_database(path) as database:
                yield path, database
        finally:
            self.place.forget(path)

    def with_new_file(self, work: Callable[[Path], float]) -> float:
        """Does blocking work on a new database."""
        path = self.place.new_database()
        try:
            return work(path)
        finally:
            self.place.forget(path)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: `explanation` says in a line what is done."""

    key: str
    title: str
    explanation: str
    measure: Callable[[Bench], Awaitable[list[Figure] | Comparison]]
