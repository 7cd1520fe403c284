"""Which jobs ran, and when: read from the file that they append to."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from scripts.bench.peers.inside.protocol import MARK


class Marks:
    """When each job ran (monotonic, ns), by its number."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.touch()

    def count(self) -> int:
        return self._path.stat().st_size // MARK.size

    def of(self, numbers: Iterable[int]) -> Mapping[int, int]:
        """Raises ValueError when one of them did not run, or ran twice: a benchmark that loses work is no benchmark."""
        content = self._path.read_bytes()
        wanted = set(numbers)
        ran = [mark for mark in MARK.iter_unpack(content[: self.count() * MARK.size]) if mark[0] in wanted]
        found = dict(ran)
        if len(found) != len(wanted):
            raise ValueError(f"{len(found)} of {len(wanted)} jobs ran")
        if len(ran) != len(found):
            raise ValueError(f"{len(found)} jobs ran {len(ran)} times")
        return found
