"""Row h: from kill -9 of a worker to the claim of its run by another worker on the same host."""

import asyncio
import time
from pathlib import Path
from typing import Final

from agent_runner.store.address import run_directory_of
from agent_runner.store.run_queries import get_run
from scripts.bench import child
from scripts.bench.bench import Bench
from scripts.bench.figure import Figure
from scripts.bench.house import open_database, queue
from scripts.bench.measure import Contender, Sample, interleaved
from scripts.bench.place import url_of
from scripts.bench.raw_commit import connect
from scripts.bench.raw_wakeup import seconds_until_a_lock_is_free

LOCK: Final = "the kernel passes a file's lock on"


async def measure(bench: Bench) -> list[Figure]:
    contenders: dict[str, Contender] = {"crash": _crash(bench), LOCK: _lock(bench)}
    measured = await interleaved(contenders, bench.scale.repeats)
    return [
        Figure(
            what="kill -9 of a worker → its run claimed by another one, same host",
            unit="s",
            values=measured.values("crash", "seconds"),
            at_most=0.3,
            beside={LOCK: measured.median(LOCK, "seconds")},
        )
    ]


def _crash(bench: Bench) -> Contender:
    async def contender() -> Sample:
        path = bench.place.new_database()
        try:
            async with (
                child.worker(url_of(path), "waiting", directory=path.parent) as one,
                child.worker(url_of(path), "waiting", directory=path.parent) as other,
            ):
                return {"seconds": await _seconds_until_claimed_again(path, [one, other])}
        finally:
            bench.place.forget(path)

    return contender


async def _seconds_until_claimed_again(path: Path, workers: list[child.Child]) -> float:
    async with child.rings(run_directory_of(path)) as heard, open_database(path) as database:
        (run_id,) = await queue(database, 1)
        async with asyncio.timeout(child.PATIENCE_SECONDS):
            while (await database.read(get_run, run_id)).status != "RUNNING":
                await heard.get()
            owner = _pid_of_owner(path, run_id)
            (victim,) = (worker for worker in workers if worker.pid == owner)
            killed_at = time.monotonic_ns()
            victim.process.kill()
            while True:
                at, _ = await heard.get()
                if (await database.read(get_run, run_id)).attempt > 1:
                    return (at - killed_at) / 1e9


def _pid_of_owner(path: Path, run_id: int) -> int:
    connection = connect(path)
    found = connection.execute(
        "SELECT pid FROM workers JOIN runs ON runs.lease_owner = workers.id WHERE runs.id = ?", (run_id,)
    ).fetchone()
    connection.close()
    return int(found[0])


def _lock(bench: Bench) -> Contender:
    async def contender() -> Sample:
        return {"seconds": await asyncio.to_thread(seconds_until_a_lock_is_free, bench.place.directory / "lock")}

    return contender
