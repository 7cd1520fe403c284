"""Many seeds, on all cores, until the first that breaks a promise."""

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Final

from tests.simulation.place import MEMORY, place_at
from tests.simulation.world import Outcome, run_seed

SHARE: Final = 40
"""So many seeds a process is given at a time."""
OPERATIONS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to simulate, and how to say so on the command line."""

    seeds: range
    url: str = MEMORY
    operations: int = OPERATIONS

    def shares(self) -> list["Wanted"]:
        return [
            Wanted(seeds=self.seeds[start : start + SHARE], url=self.url, operations=self.operations)
            for start in range(0, len(self.seeds), SHARE)
        ]

    def replay(self, seed: int) -> str:
        database = "" if self.url == MEMORY else f" --database {self.url}"
        return f"python -m tests.simulation --seeds {seed}:{seed + 1} --operations {self.operations}{database} --trace"


def simulate(wanted: Wanted) -> Outcome | None:
    """In this process. The first seed that breaks a promise, or None."""
    place = place_at(wanted.url)
    try:
        for seed in wanted.seeds:
            outcome = run_seed(place, seed, wanted.operations)
            if outcome.broken:
                return outcome
    finally:
        place.close()
    return None


def simulate_on_all_cores(wanted: Wanted, done: Callable[[int], None] = lambda _: None) -> Outcome | None:
    """The same over processes; `done` is told how many seeds were done."""
    context = multiprocessing.get_context("spawn")
    number = 0
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as processes:
        shares = {processes.submit(simulate, share): share for share in wanted.shares()}
        for future in as_completed(shares):
            if outcome := future.result():
                processes.shutdown(wait=False, cancel_futures=True)
                return outcome
            number += len(shares[future].seeds)
            done(number)
    return None
