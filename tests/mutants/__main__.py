"""`python -m tests.mutants [NAME …]`: breaks the product on purpose; the simulation must notice every time."""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from tests.mutants.asked import ARTIFACT_MUTANTS, COMMIT_MUTANTS, QUESTION_MUTANTS
from tests.mutants.held import HELD_MUTANTS
from tests.mutants.hunt import SEEDS, Catch, hunt, is_sound
from tests.mutants.mutant import Mutant
from tests.mutants.others import CHANGE_MUTANTS, LEASE_MUTANTS, MOVE_MUTANTS, WRITER_MUTANTS

MUTANTS: Final = (
    *(*HELD_MUTANTS, *LEASE_MUTANTS, *CHANGE_MUTANTS, *MOVE_MUTANTS, *WRITER_MUTANTS),
    *(*QUESTION_MUTANTS, *COMMIT_MUTANTS, *ARTIFACT_MUTANTS),
)
AT_A_TIME: Final = 2


def main() -> int:
    mutants = chosen(sys.argv[1:])
    with ThreadPoolExecutor(AT_A_TIME) as hunters:
        parts = [range(SEEDS // 2), range(SEEDS // 2, SEEDS)]
        if broken := [output for output in hunters.map(is_sound, parts) if output]:
            sys.stdout.write(f"the unchanged product does not pass:\n{broken[0]}\n")
            return 1
        sys.stdout.write(f"the unchanged product keeps every promise over {SEEDS} seeds\n")
        catches: list[Catch] = []
        for catch in hunters.map(hunt, mutants):
            say(catch)
            catches.append(catch)
    survivors = [catch for catch in catches if catch.by is None]
    sys.stdout.write(f"{len(catches) - len(survivors)} of {len(catches)} mutants were killed\n")
    return 1 if survivors else 0


def chosen(names: Sequence[str]) -> Sequence[Mutant]:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *(mutant.name for mutant in MUTANTS)], metavar="NAME")
    wanted: list[str] = parser.parse_args(names).names
    return [mutant for mutant in MUTANTS if not wanted or mutant.name in wanted]


def say(catch: Catch) -> None:
    mutant = catch.mutant
    verdict = f"killed by {catch.by}" if catch.by else "SURVIVED"
    sys.stdout.write(f"{mutant.name:<38} {verdict:<20} {catch.seconds:5.1f} s  {catch.how[:150]}\n")
    if catch.by is None:
        sys.stdout.write(f"{'':<38} it breaks the promise: {mutant.breaks}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
