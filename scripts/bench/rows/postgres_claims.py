"""Row k: claims on PostgreSQL, with a long history and with many workers."""

import asyncio
import os
import re
import statistics
import subprocess
import sys
import time
from typing import Final

from sqlalchemy.dialects import postgresql

from agent_runner.store.database import Database
from agent_runner.store.runs import ClaimWanted, claim, claim_statement
from scripts.bench.bench import Bench
from scripts.bench.figure import Figure
from scripts.bench.house import queue
from scripts.bench.measure import Contender, Sample, interleaved
from scripts.bench.place import ROOT
from scripts.bench.postgres import PostgresPlace, order, postgres_place
from scripts.bench.process_figures import cpu_of_tree

FEW: Final = 10_000
MANY: Final = 10_000_000
QUEUED: Final = 1_000_000
CLAIMS: Final = 400
SECONDS: Final = 4.0
"""All repeats together must not empty the queue."""
WORKERS: Final = 16
PROCESSES: Final = 2
BATCH: Final = 10
WANTED: Final = ClaimWanted(worker_id="bench", model="none", slots=1, lease_seconds=3600)
PGBENCH: Final = "pgbench, the claim statement alone"

FILL: Final = """
INSERT INTO runs (goal, agent, input, config, status, priority, attempt, max_attempts, time_limit_seconds, fence,
  write_number, last_event_id, iteration, progress, model_calls, estimated_calls, input_tokens, output_tokens, cost_usd,
  active_seconds, created_at, available_at, is_due, completed_at)
SELECT 'Test execution', 'simple', '{{}}', '{{}}', '{status}', {priority}, 0, 3, 3600, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
  now(), now() + interval '{delay}', {is_due}, {completed_at} FROM generate_series(1, {count})
"""


async def measure(bench: Bench) -> list[Figure]:
    few, many, queued = bench.scale.size(FEW), bench.scale.size(MANY), bench.scale.size(QUEUED, least=300_000)
    with postgres_place() as place:
        async with place.new_url() as short, place.new_url() as long:
            await fill(short, finished=few, queued=0)
            await fill(long, finished=many, queued=queued)
            contenders: dict[str, Contender] = {
                "few": _one_at_a_time(bench, short),
                "many": _one_at_a_time(bench, long),
                "ours": _with_cpu_of_server(bench, place, _many_workers(bench, long)),
                PGBENCH: _with_cpu_of_server(bench, place, _pgbench(bench, place, long)),
            }
            measured = await interleaved(contenders, bench.scale.repeats)
    return [
        *(
            Figure(what=f"one durable claim, {said}, p50", unit="ms", values=measured.values(name, "ms"))
            for name, said in (
                ("few", f"{few:,} finished runs in the table"),
                ("many", f"{many:,} finished, {queued:,} queued, {queued // 10:,} delayed"),
            )
        ),
        Figure(
            what="the second against the first", unit="times", values=measured.ratios("ms", "many", "few"), at_most=1.2
        ),
        Figure(
            what=f"runs claimed by {WORKERS} workers, {BATCH} at a time, each with its event, {queued:,} queued",
            unit="/s",
            values=measured.values("ours", "per_second"),
            beside={PGBENCH: measured.median(PGBENCH, "per_second")},
        ),
        Figure(
            what=f"as a share of: {PGBENCH}",
            unit="%",
            values=tuple(100 * ratio for ratio in measured.ratios("per_second", "ours", PGBENCH)),
            at_least=50,
        ),
        Figure(
            what="CPU of the server for a claim of 10 runs with their events",
            unit="ms",
            values=measured.values("ours", "server_ms"),
            beside={PGBENCH: measured.median(PGBENCH, "server_ms")},
        ),
    ]


async def fill(url: str, *, finished: int, queued: int) -> None:
    """One delayed run for ten queued ones, of a high priority, where a careless claim would step over them."""
    done = {"status": "COMPLETED", "priority": 0, "delay": "0", "is_due": "true", "completed_at": "now()"}
    due = done | {"status": "QUEUED", "completed_at": "NULL"}
    delayed = due | {"priority": 9, "delay": "1 day", "is_due": "false"}
    for columns, count in ((done, finished), (due, queued), (delayed, queued // 10)):
        if count:
            await order(url, FILL.format(**columns, count=count))
    await order(url, "VACUUM ANALYZE runs")


def _with_cpu_of_server(bench: Bench, place: PostgresPlace, contender: Contender) -> Contender:
    """What is left when every worker has a machine of its own."""

    async def watched() -> Sample:
        before = cpu_of_tree(place.server.pid)
        sample = await contender()
        claims = sample["per_second"] * SECONDS * bench.scale.time_share / BATCH
        return {**sample, "server_ms": 1000 * (cpu_of_tree(place.server.pid) - before) / claims}

    return watched


def _one_at_a_time(bench: Bench, url: str) -> Contender:
    count = bench.scale.size(CLAIMS)

    async def contender() -> Sample:
        database = await Database.open(url)
        await database.tidy()  # as the janitor of any worker would have done by now
        await queue(database, count)
        times: list[float] = []
        for _ in range(count):
            began = time.perf_counter()
            claimed = (await database.write(claim, WANTED)).runs
            times.append(time.perf_counter() - began)
            assert len(claimed) == 1
        await database.close()
        return {"ms": 1000 * statistics.median(times)}

    return contender


def _many_workers(bench: Bench, url: str) -> Contender:
    seconds = SECONDS * bench.scale.time_share
    command = [sys.executable, "-m", "scripts.bench.claimers", str(WORKERS // PROCESSES), str(BATCH), str(seconds)]

    async def contender() -> Sample:
        environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(ROOT)}

        def claim_in_a_process() -> float:
            done = subprocess.run(
                command, env=environment, stdout=subprocess.PIPE, cwd=bench.place.directory, check=True
            )
            return float(done.stdout)

        return {
            "per_second": sum(await asyncio.gather(*(asyncio.to_thread(claim_in_a_process) for _ in range(PROCESSES))))
        }

    return contender


def _pgbench(bench: Bench, place: PostgresPlace, url: str) -> Contender:
    seconds = max(1, round(SECONDS * bench.scale.time_share))
    script = bench.place.directory / "claim.sql"
    script.write_text(claim_as_text())
    options = ["-n", "-M", "prepared", "-c", str(WORKERS), "-j", str(PROCESSES), "-T", str(seconds), "-f", str(script)]

    async def contender() -> Sample:
        command = [str(place.server.binaries / "pgbench"), *options, url]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True, text=True)
        found = re.search(r"tps = ([0-9.]+)", done.stdout)
        assert found, done.stdout
        return {"per_second": BATCH * float(found.group(1))}

    return contender


def claim_as_text() -> str:
    """The very statement that the store sends, with its values written into it."""
    values = {
        "slots": str(BATCH),
        "now": "now()",
        "worker_id": "'pgbench'",
        "lease_until": "now() + interval '1 hour'",
        "attempt_1": "1",
        "fence_1": "1",
        "last_event_id_1": "1",
        "write_number": "0",
    }
    compiled = claim_statement().compile(dialect=postgresql.dialect(paramstyle="pyformat"))
    spelled = {name: values.get(name, f"'{value}'") for name, value in compiled.params.items()}
    return (
        re.sub(r"%\((\w+)\)s(?:::[A-Z]+(?: WITH TIME ZONE)?)?", lambda found: spelled[found.group(1)], str(compiled))
        + ";\n"
    )
