"""`python -m scripts.bench [ROW …] [--quick] [--json FILE] [--force]`: measures and reports."""

import argparse
import asyncio
import signal
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

from agent_runner.entry.worker import fastest_loop
from scripts.bench.bench import Bench, Row
from scripts.bench.machine import Moment, conditions, why_disturbed, why_not_quiet
from scripts.bench.measure import FULL, QUICK, Scale
from scripts.bench.place import ROOT, temporary_place
from scripts.bench.report import Result, merged, result_of, terminal_part, write_into_document, write_json
from scripts.bench.table import ROWS

ENVIRONMENT: Final = (
    "BENCH_POSTGRES_URL names a PostgreSQL server for row p, whose user may create databases; else one is started."
)


@dataclass(frozen=True, slots=True)
class Wanted:
    rows: Sequence[Row]
    scale: Scale
    json: Path | None
    directory: Path
    force: bool


def main(arguments: Sequence[str]) -> int:
    wanted = _parse(arguments)
    signal.signal(signal.SIGTERM, _end_as_after_ctrl_c)
    with asyncio.Runner(loop_factory=fastest_loop) as runner:
        return runner.run(run(wanted))


def _end_as_after_ctrl_c(signal_number: int, frame: FrameType | None) -> None:
    """Nothing is left behind: no process, no database."""
    del signal_number, frame
    signal.raise_signal(signal.SIGINT)


def _parse(arguments: Sequence[str]) -> Wanted:
    known = {row.key: row for row in ROWS}
    parser = argparse.ArgumentParser(
        prog="python -m scripts.bench",
        description="Measures agent-runner beside the raw limits of this machine, in the same run.",
        epilog="\n".join([*(f"  {row.key:<4}{row.title}: {row.explanation}" for row in ROWS), "", ENVIRONMENT]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("rows", metavar="ROW", nargs="*", help="what to measure; without any, everything")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size, 3 repeats: to try, not to quote")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="keep the results; also in the table of FILE's namesake .md"
    )
    parser.add_argument("--force", action="store_true", help="report also when others use the machine, and say so")
    parser.add_argument(
        "--directory", type=Path, default=ROOT / "data", help="which disk to measure (by default that of the data)"
    )
    given = parser.parse_args(arguments)
    if unknown := [key for key in given.rows if key not in known]:
        parser.error(f"there is no row {', '.join(unknown)}; there are: {', '.join(known)}")
    rows = [row for row in ROWS if not given.rows or row.key in given.rows]
    return Wanted(rows, QUICK if given.quick else FULL, given.json, given.directory, given.force)


async def run(wanted: Wanted) -> int:
    """Returns the exit code: 0 when every row was measured and may be reported."""
    disturbed = await why_not_quiet()
    if disturbed and not wanted.force:
        return _complain([disturbed])
    results: dict[str, Result] = {}
    complaints: list[str] = []
    with temporary_place(wanted.directory) as place:
        for row in wanted.rows:
            try:
                result = await _measured(row, Bench(place, wanted.scale), disturbed)
            except Exception as error:  # noqa: BLE001 - the boundary: one row that fails must not cost hours of others
                traceback.print_exc()
                complaints.append(f"row {row.key} failed: {error!r:.300}")
                continue
            if (notes := result["conditions"]["notes"]) and not wanted.force:
                complaints.append(f"row {row.key} is not reported: {' '.join(notes)}")
                continue
            results[row.key] = result
            print(terminal_part(row.key, result), flush=True)
    if wanted.json and results:
        _keep(wanted.json, results)
    return _complain(complaints) if complaints else 0


async def _measured(row: Row, bench: Bench, disturbed: str | None) -> Result:
    found: dict[str, Any] = conditions()
    before = Moment.now()
    measured = await row.measure(bench)
    foreign = Moment.now().foreign_share_since(before)
    notes = [note for note in (disturbed, why_disturbed(foreign)) if note]
    found |= {"scale": bench.scale.name, "repeats": bench.scale.repeats, "foreign_share": round(foreign, 3)}
    return result_of(row, measured, found | {"notes": notes})


def _keep(path: Path, results: dict[str, Result]) -> None:
    everything = merged(path, results, [row.key for row in ROWS])
    write_json(path, everything)
    document = path.with_suffix(".md")
    if document.exists():
        write_into_document(document, everything)


def _complain(reasons: Sequence[str]) -> int:
    for reason in reasons:
        print(f"error: {reason}", file=sys.stderr)
    print("next: try again when nothing else runs, or report all the same with --force", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
