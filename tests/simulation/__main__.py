"""`python -m tests.simulation`: simulates seeds, and names the first that breaks a promise."""

import argparse
import sys
import time

from tests.simulation.place import MEMORY, place_at
from tests.simulation.seeds import OPERATIONS, Wanted, simulate, simulate_on_all_cores
from tests.simulation.world import Outcome, run_seed


def main() -> int:
    arguments = read_arguments()
    first, last = arguments.seeds
    wanted = Wanted(seeds=range(first, last), url=arguments.database, operations=arguments.operations)
    began = time.monotonic()
    if arguments.trace:
        broken = show(wanted)
    elif arguments.alone:
        broken = simulate(wanted)
    else:
        broken = simulate_on_all_cores(wanted, SayNowAndThen(len(wanted.seeds)))
    if broken is None:
        sys.stdout.write(f"{len(wanted.seeds)} seeds kept every promise, {time.monotonic() - began:.1f} s\n")
        return 0
    sys.stdout.write(f"seed {broken.seed}: {broken.broken}\nreplay: {wanted.replay(broken.seed)}\n")
    return 1


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=seeds, default=(0, 2000), help="FIRST:LAST, without the last")
    parser.add_argument("--database", default=MEMORY, help="where: sqlite:// is in memory")
    parser.add_argument("--operations", type=int, default=OPERATIONS, help="how much happens in each world")
    parser.add_argument("--trace", action="store_true", help="print what happens, in this process")
    parser.add_argument("--alone", action="store_true", help="in this process only")
    return parser.parse_args()


def seeds(text: str) -> tuple[int, int]:
    first, _, last = text.partition(":")
    return int(first), int(last) if last else int(first) + 1


def show(wanted: Wanted) -> Outcome | None:
    place = place_at(wanted.url)
    for seed in wanted.seeds:
        outcome = run_seed(place, seed, wanted.operations)
        sys.stdout.write("\n".join([f"seed {seed}", *outcome.trace, ""]))
        if outcome.broken:
            return outcome
    return None


class SayNowAndThen:
    """A line for every tenth of the way."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._tenths = 0

    def __call__(self, done: int) -> None:
        if done * 10 // self._number > self._tenths:
            self._tenths = done * 10 // self._number
            sys.stdout.write(f"{done} of {self._number} seeds\n")
            sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
