"""Row g: from the start of a worker process to its first claim, and its memory then."""

import asyncio
import subprocess
import sys
import time
from typing import Final

from agent_runner.store.address import run_directory_of
from scripts.bench import child
from scripts.bench.bench import Bench
from scripts.bench.figure import Figure
from scripts.bench.house import open_database, queue
from scripts.bench.measure import Contender, Sample, interleaved
from scripts.bench.place import url_of
from scripts.bench.process_figures import resident_megabytes

PYTHON: Final = "python that imports asyncio and sqlite3"
LIBRARIES: Final = "python that imports SQLAlchemy and pydantic"


async def measure(bench: Bench) -> list[Figure]:
    contenders: dict[str, Contender] = {
        "worker": _first_claim(bench),
        PYTHON: _imports("asyncio, sqlite3"),
        LIBRARIES: _imports("asyncio, sqlite3, sqlalchemy.ext.asyncio, pydantic"),
    }
    await contenders["worker"]()  # the first start compiles and reads everything from disk
    measured = await interleaved(contenders, bench.scale.repeats)
    return [
        Figure(
            what="start of `agent-runner worker` → first claim",
            unit="s",
            values=measured.values("worker", "seconds"),
            at_most=0.6,
            beside={name: measured.median(name, "seconds") for name in (PYTHON, LIBRARIES)},
        ),
        Figure(
            what="its resident memory then",
            unit="MB",
            values=measured.values("worker", "megabytes"),
            at_most=75,
            beside={name: measured.median(name, "megabytes") for name in (PYTHON, LIBRARIES)},
        ),
    ]


def _first_claim(bench: Bench) -> Contender:
    async def contender() -> Sample:
        path = bench.place.new_database()
        try:
            async with open_database(path) as database:
                (run_id,) = await queue(database, 1)
            async with child.rings(run_directory_of(path)) as heard:
                command = (*child.CLI, "worker", "--stop-with-stdin")
                began = time.monotonic_ns()
                async with child.running(command, path.parent, database_url=url_of(path), drain_seconds=0) as worker:
                    async with asyncio.timeout(child.PATIENCE_SECONDS):
                        claimed_at, ring = await heard.get()
                        while run_id not in ring.runs:
                            claimed_at, ring = await heard.get()
                    megabytes = resident_megabytes(worker.pid)
        finally:
            bench.place.forget(path)
        return {"seconds": (claimed_at - began) / 1e9, "megabytes": megabytes}

    return contender


def _imports(names: str) -> Contender:
    command = [sys.executable, "-c", f"import {names}\nprint(flush=True)\ninput()"]

    async def contender() -> Sample:
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdout is not None
        await process.stdout.readline()
        seconds = time.monotonic() - began
        megabytes = resident_megabytes(process.pid)
        await process.communicate(b"\n")
        return {"seconds": seconds, "megabytes": megabytes}

    return contender
