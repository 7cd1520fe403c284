"""Workers that only claim, as many as wanted in one process: `python -m scripts.bench.claimers COUNT BATCH SECONDS`.

Prints how many runs they claimed in a second, together.
"""

import asyncio
import sys
import time

from agent_runner.entry.worker import fastest_loop
from agent_runner.settings import load_settings
from agent_runner.store.database import Database
from agent_runner.store.runs import ClaimWanted, claim
from agent_runner.worker.janitor import LONGEST_ROUND_SECONDS


async def claim_for(url: str, count: int, batch: int, seconds: float) -> float:
    databases = [await Database.open(url) for _ in range(count)]
    until = time.perf_counter() + seconds
    tidying = asyncio.create_task(_tidy(databases[0]))
    claimed = await asyncio.gather(*(_claim_until(each, n, batch, until) for n, each in enumerate(databases)))
    tidying.cancel()
    for database in databases:
        await database.close()
    return sum(claimed) / seconds


async def _tidy(database: Database) -> None:
    """As the janitor of every worker does."""
    while True:
        await asyncio.sleep(LONGEST_ROUND_SECONDS / 2)
        await database.tidy()


async def _claim_until(database: Database, number: int, batch: int, until: float) -> int:
    wanted = ClaimWanted(worker_id=f"claimer-{number}", model="none", slots=batch, lease_seconds=3600)
    claimed = 0
    while time.perf_counter() < until:
        found = len((await database.write(claim, wanted)).runs)
        assert found, "the queue is empty: what was measured is not a claim"
        claimed += found
    return claimed


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=fastest_loop) as runner:
        arguments = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
        print(runner.run(claim_for(load_settings().store_url, *arguments)))
