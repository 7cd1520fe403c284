"""The benchmark's arithmetic, its report, and every row at a tiny size; no figure is judged here."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.bench.__main__ import Wanted, run
from scripts.bench.bench import Bench, Row
from scripts.bench.figure import Figure, spelled
from scripts.bench.machine import Moment, why_disturbed
from scripts.bench.measure import Measured, Sample, Scale, interleaved, percentile
from scripts.bench.place import Place, temporary_place
from scripts.bench.report import BEGIN, END, write_into_document
from scripts.bench.table import ROWS

TINY = Scale(name="tiny", repeats=1, share=0.001, time_share=0.02)
OF_KEY = {row.key: row for row in ROWS}
IN_PROCESS = ("c", "e", "i", "k", "q", "t")
COMPARED = ("p",)  # tried in test_bench_peers.py
WITH_PROCESSES = ("a", "a2", "b", "d", "f", "g", "h", "l")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with temporary_place(tmp_path) as place:
        yield place
    assert list(tmp_path.iterdir()) == []


def figure(*values: float, at_least: float | None = None, at_most: float | None = None) -> Figure:
    return Figure(what="runs", unit="/s", values=values, at_least=at_least, at_most=at_most, beside={"sqlite3": 4000.0})


@pytest.mark.parametrize(("percent", "value"), [(50, 5), (99, 10), (100, 10), (90, 9), (91, 10), (0, 1)])
def test_a_percentile_is_a_measured_value(percent: float, value: int) -> None:
    assert percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], percent) == value


async def test_contenders_take_turns_and_each_round_begins_with_another_one() -> None:
    order: list[str] = []

    def contender(name: str, value: float) -> "asyncio.Future[Sample]":
        order.append(name)
        answer: asyncio.Future[Sample] = asyncio.get_running_loop().create_future()
        answer.set_result({"ms": value * len(order)})
        return answer

    measured = await interleaved({"one": lambda: contender("one", 1), "two": lambda: contender("two", 10)}, 3)
    assert order == ["one", "two", "two", "one", "one", "two"]
    assert measured.values("one", "ms") == (1, 4, 5)
    assert measured.median("two", "ms") == 30


def test_a_ratio_compares_what_was_measured_in_the_same_repeat() -> None:
    measured = Measured({"ours": [{"x": 10}, {"x": 30}], "raw": [{"x": 20}, {"x": 40}]})
    assert measured.ratios("x", "ours", "raw") == (0.5, 0.75)


def test_a_figure_is_the_median_and_says_whether_it_reaches_its_target() -> None:
    assert figure(3, 1, 2).value == 2
    assert (figure(3, 1, 2).target, figure(3, 1, 2).is_met) == ("", None)
    assert figure(6000, at_least=5000).is_met
    assert not figure(4000, at_least=5000).is_met
    assert (figure(10, at_most=10).target, figure(10, at_most=10).is_met) == ("≤ 10 /s", True)
    assert not figure(10.1, at_most=10).is_met


@pytest.mark.parametrize(
    ("value", "text"), [(12345.6, "12,346"), (123.4, "123"), (5, "5"), (1.234, "1.23"), (0.01234, "0.0123")]
)
def test_figures_are_spelled_with_three_digits(value: float, text: str) -> None:
    assert spelled(value) == text


def test_what_others_used_is_what_we_did_not_use() -> None:
    cores = os.cpu_count() or 1
    before = Moment(at=100, busy_seconds=50, own_seconds=5)
    after = Moment(at=110, busy_seconds=50 + 4 * cores, own_seconds=5 + 3 * cores)
    assert after.foreign_share_since(before) == pytest.approx(0.1)
    assert Moment(at=110, busy_seconds=51, own_seconds=9).foreign_share_since(before) == 0.0
    assert why_disturbed(0.34) == "other processes used 34% of the cores, more than 10%"
    assert why_disturbed(0.02) is None


def test_a_document_without_markers_is_left_alone(tmp_path: Path) -> None:
    document = tmp_path / "benchmarks.md"
    document.write_text("# Benchmarks\n")
    with pytest.raises(ValueError, match="measured: begin"):
        write_into_document(document, {})
    assert document.read_text() == "# Benchmarks\n"


def wanted_of(tmp_path: Path, row: Row) -> Wanted:
    return Wanted([row], TINY, tmp_path / "benchmarks.json", tmp_path / "data", force=True)


async def test_results_are_kept_as_json_and_as_a_table_in_the_document(tmp_path: Path) -> None:
    async def measure(bench: Bench) -> list[Figure]:
        assert bench.scale is TINY
        return [figure(4000, 6000, at_least=5000)]

    document = tmp_path / "benchmarks.md"
    document.write_text(f"# Benchmarks\n\n{BEGIN}\nold\n{END}\n\nThe end.\n")
    for key in ("c", "a"):
        assert await run(wanted_of(tmp_path, Row(key, "Runs", "It runs.", measure))) == 0
    rows = json.loads((tmp_path / "benchmarks.json").read_text())["rows"]
    assert list(rows) == ["a", "c"]
    assert rows["c"]["figures"][0]["median"] == 5000
    assert rows["c"]["conditions"]["cores"] == os.cpu_count()
    text = document.read_text()
    assert "### c: Runs\n\nIt runs. Load average" in text
    assert "| runs (4,000 to 6,000) | **5,000 /s** | reached: ≥ 5,000 /s | sqlite3: 4,000 /s |" in text
    assert "old" not in text
    assert text.endswith(f"{END}\n\nThe end.\n")


async def test_a_row_that_fails_costs_no_other_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def fail(bench: Bench) -> list[Figure]:
        raise RuntimeError(f"9 of {bench.scale.repeats}0 runs ended")

    async def measure(bench: Bench) -> list[Figure]:
        return [figure(float(bench.scale.repeats))]

    rows = [Row("a", "Broken", "It fails.", fail), Row("c", "Runs", "It runs.", measure)]
    assert await run(Wanted(rows, TINY, tmp_path / "some.json", tmp_path / "data", force=True)) == 1
    assert list(json.loads((tmp_path / "some.json").read_text())["rows"]) == ["c"]
    assert "error: row a failed: RuntimeError('9 of 10 runs ended')" in capsys.readouterr().err


@pytest.mark.parametrize("key", IN_PROCESS)
async def test_a_row_measures_something(key: str, place: Place) -> None:
    await check_row(key, place)


@pytest.mark.processes
@pytest.mark.timeout(120)
@pytest.mark.parametrize("key", WITH_PROCESSES)
async def test_a_row_with_processes_measures_something(key: str, place: Place) -> None:
    await check_row(key, place)


async def check_row(key: str, place: Place) -> None:
    figures = await OF_KEY[key].measure(Bench(place, TINY))
    assert isinstance(figures, list)
    assert figures
    for found in figures:
        assert len(found.values) == TINY.repeats, found.what
        assert found.value >= 0, found.what
        assert all(limit >= 0 for limit in found.beside.values()), found.what


def test_every_row_is_tried() -> None:
    assert sorted(OF_KEY) == sorted(IN_PROCESS + WITH_PROCESSES + COMPARED)
