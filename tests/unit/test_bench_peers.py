"""The comparison with other queues: its trials at a tiny size, what it refuses, and its table; no figure is judged."""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.bench.__main__ import Wanted, run
from scripts.bench.bench import Bench, Row
from scripts.bench.comparison import Comparison, Subject
from scripts.bench.figure import Figure
from scripts.bench.measure import Scale
from scripts.bench.peers.environment import NotAvailable, installed
from scripts.bench.peers.inside.protocol import IN_FLIGHT, MARK, call_for_each
from scripts.bench.peers.marks import Marks
from scripts.bench.peers.process import PeerFailed, Where, client
from scripts.bench.peers.servers import Postgres
from scripts.bench.peers.table import HUEY, OURS, OURS_OVER_HTTP, PEERS
from scripts.bench.place import ROOT, Place, temporary_place
from scripts.bench.report import BEGIN, END
from scripts.bench.rows.peers import IDLE, PICKUP_P99, UNITS, compare

TINY = Scale(name="tiny", repeats=1, share=0.001, time_share=0.02)
NO_WHEEL = "/nowhere/queue-1.0-py3-none-any.whl"
COLUMNS = {*UNITS, PICKUP_P99, IDLE}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with temporary_place(tmp_path / "data") as place:
        yield place
    assert list((tmp_path / "data").iterdir()) == []


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where environments are kept: none of an earlier run."""
    directory = tmp_path_factory.mktemp("cache")
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    return directory


@pytest.mark.processes
@pytest.mark.timeout(180)
@pytest.mark.usefixtures("cache")
async def test_a_peer_that_cannot_be_measured_says_why_and_costs_no_other(place: Place) -> None:
    absent = replace(OURS, name="Absent", requirements=(NO_WHEEL,))
    broken = replace(OURS, name="Broken", module="no_such_module")
    compared = await compare(Bench(place, TINY), [absent, OURS, broken, OURS_OVER_HTTP, HUEY])
    of = {subject.name: subject for subject in compared.subjects}
    assert [subject.name for subject in compared.subjects] == [
        "Absent, SQLite",
        "agent-runner, SQLite",
        "Broken, SQLite",
        "agent-runner, POST /runs, SQLite",
        "Huey, SQLite",
    ]
    assert of["Absent, SQLite"].missing.startswith("not measured: uv pip failed: ")
    assert "no_such_module" in of["Broken, SQLite"].missing
    assert not of["Absent, SQLite"].figures
    assert not of["Broken, SQLite"].figures
    check_measured(of["agent-runner, SQLite"])
    check_measured(of["agent-runner, POST /runs, SQLite"])
    if not of["Huey, SQLite"].missing.startswith("not measured: uv pip failed: "):  # no registry can be reached
        check_measured(of["Huey, SQLite"])
        assert [figure.what for figure in compared.figures] == [
            "drain: agent-runner, SQLite as a multiple of Huey, SQLite"
        ]


def check_measured(subject: Subject) -> None:
    assert subject.missing == ""
    assert set(subject.figures) == COLUMNS
    for column, figure in subject.figures.items():
        assert len(figure.values) == (1 if column == PICKUP_P99 else TINY.repeats), column
        assert figure.value >= 0, column
        assert figure.value > 0 or column == IDLE, column


def test_every_peer_is_pinned_to_a_version() -> None:
    requirements = [requirement for peer in PEERS for requirement in peer.requirements]
    assert len(requirements) > 10
    assert [requirement for requirement in requirements if "==" not in requirement] == []
    assert len({peer.title for peer in PEERS}) == len(PEERS)
    inside = Path(__file__).parents[2] / "scripts" / "bench" / "peers" / "inside"
    assert [peer.module for peer in PEERS if not (inside / f"{peer.module}.py").exists()] == []


def marks_of(path: Path, *numbers: int) -> Marks:
    marks = Marks(path)
    path.write_bytes(b"".join(MARK.pack(number, 1000 + number) for number in numbers))
    return marks


def test_jobs_that_were_lost_or_ran_twice_fail_the_trial(tmp_path: Path) -> None:
    marks = marks_of(tmp_path / "marks", 3, 1, 2, 9)
    assert marks.count() == 4
    assert marks.of(range(1, 4)) == {1: 1001, 2: 1002, 3: 1003}
    with pytest.raises(ValueError, match="3 of 4 jobs ran"):
        marks.of(range(1, 5))
    with pytest.raises(ValueError, match="2 jobs ran 3 times"):
        marks_of(tmp_path / "twice", 1, 2, 2).of(range(1, 3))


def test_a_half_written_mark_is_no_mark_yet(tmp_path: Path) -> None:
    marks = marks_of(tmp_path / "marks", 1)
    with (tmp_path / "marks").open("ab") as file:
        file.write(MARK.pack(2, 1)[:5])
    assert marks.count() == 1
    assert marks.of([1]) == {1: 1001}


async def test_each_number_is_called_once_by_as_many_callers_as_are_allowed() -> None:
    called: list[int] = []
    under_way: list[int] = []
    together = 0

    async def call(number: int) -> None:
        nonlocal together
        under_way.append(number)
        together = max(together, len(under_way))
        await asyncio.sleep(0)
        under_way.remove(number)
        called.append(number)

    await call_for_each(range(5, 205), call)
    assert sorted(called) == list(range(5, 205))
    assert together == IN_FLIGHT


def test_an_environment_that_failed_leaves_nothing_behind(cache: Path) -> None:
    with pytest.raises(NotAvailable, match="uv pip failed"):
        installed("absent", [NO_WHEEL])
    (directory,) = cache.iterdir()
    assert list(directory.iterdir()) == []


def test_a_cache_that_others_may_write_into_is_not_used(cache: Path) -> None:
    with pytest.raises(NotAvailable):
        installed("absent", [NO_WHEEL])
    (directory,) = cache.iterdir()
    directory.chmod(0o777)
    with pytest.raises(NotAvailable, match="others may write into it"):
        installed("absent", [NO_WHEEL])


async def test_a_client_that_ends_is_reported_with_its_last_words(tmp_path: Path) -> None:
    where = Where(python=Path(sys.executable), module="nothing_here", address="", directory=tmp_path)
    with pytest.raises(PeerFailed, match=r"its client ended with 1: .*No module named"):
        async with client(where):
            raise AssertionError("it was not ready")


@pytest.mark.processes
def test_a_server_ends_when_nobody_is_left_who_started_it(tmp_path: Path) -> None:
    started = """
import sys
from pathlib import Path
from scripts.bench.peers.servers import start_until_the_end
server = start_until_the_end([sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(60)"],
                             Path(sys.argv[1]), None)
sys.stdin.read()
"""
    log = tmp_path / "log"
    driver = subprocess.Popen([sys.executable, "-c", started, log], cwd=ROOT, stdin=subprocess.PIPE)
    with driver:
        until(lambda: log.exists() and log.read_text().strip())
        pid = int(log.read_text())
        driver.kill()
    until(lambda: not Path(f"/proc/{pid}").exists())


def until(condition: Callable[[], object]) -> None:
    while not condition():  # the time limit of the test ends it
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("postgresql://me@host:1/postgres", "postgresql://me@host:1/mine"),
        ("postgresql://me:word@host/postgres?sslmode=disable", "postgresql://me:word@host/mine?sslmode=disable"),
        ("postgresql://host", "postgresql://host/mine"),
    ],
)
def test_a_database_of_its_own_is_on_the_same_server(url: str, own: str) -> None:
    assert Postgres(url, Path(), "").url_of("mine") == own


async def test_a_comparison_is_kept_as_a_table_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def measure(bench: Bench) -> Comparison:
        drain = Figure(what="drain", unit="/s", values=(3000.0, 5000.0, 4000.0))
        ratio = Figure(what="drain: ours as a multiple of theirs", unit="times", values=(2.0,), at_least=1)
        assert bench.scale is TINY
        return Comparison(
            subjects=[
                Subject(name="ours", durable="yes", how="32 slots", figures={"drain": drain}),
                Subject(name="theirs", durable="no", how="as it comes", missing="not measured: a|b\nc"),
            ],
            figures=[ratio],
        )

    document = tmp_path / "benchmarks.md"
    document.write_text(f"# Benchmarks\n\n{BEGIN}\nold\n{END}\n")
    row = Row("p", "Peers", "They work.", measure)
    assert await run(Wanted([row], TINY, tmp_path / "benchmarks.json", tmp_path / "data", force=True)) == 0
    kept = json.loads((tmp_path / "benchmarks.json").read_text())["rows"]["p"]
    assert kept["subjects"][0]["figures"]["drain"]["median"] == 4000
    assert kept["subjects"][1]["missing"] == "not measured: a|b\nc"
    text = document.read_text()
    assert "|  | drain, /s |\n|---|---:|\n| ours | 4,000 |\n| theirs | - |" in text
    assert "| theirs | no | as it comes; **not measured: a/b c** |" in text
    assert "| drain: ours as a multiple of theirs (2 to 2) | **2 times** | reached: ≥ 1 times |  |" in text
    said = capsys.readouterr().out
    assert "theirs: not measured: a|b\nc" in said
    assert "ours     4,000" in said
