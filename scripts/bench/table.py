"""All rows, in the order of the table."""

from typing import Final

from scripts.bench.bench import Row
from scripts.bench.rows import claim, drain, step

ROWS: Final = (
    Row(
        "c",
        "Runs end to end",
        "One worker drains a full queue of runs whose agent emits four events and ends.",
        drain.measure,
    ),
    Row(
        "e", "A long history", "One claim at a time, with few and with many finished runs in the table.", claim.measure
    ),
    Row(
        "i",
        "A journaled step",
        "16 runs at once do steps, fail, and replay them in their second attempt.",
        step.measure,
    ),
)
