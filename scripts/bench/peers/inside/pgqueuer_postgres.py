"""PgQueuer: asyncpg, batches of 100, woken by NOTIFY."""

import asyncio
from typing import Any, Final

import asyncpg
import uvloop
from pgqueuer import AsyncpgDriver, AsyncpgPoolDriver, PgQueuer, Queries

from scripts.bench.peers.inside.protocol import Loop, main, ran

BATCH: Final = 100
UNFINISHED: Final = "SELECT count(*) FROM pgqueuer"


class Pgqueuer:
    def __init__(self, address: str) -> None:
        self._address = address
        self._loop = Loop(uvloop.new_event_loop)
        self._pool: Any = None
        self._queries: Any = None

    def prepare(self) -> None:
        self._loop.run(self._open())

    async def _open(self) -> None:
        self._pool = await asyncpg.create_pool(self._address, min_size=16, max_size=16)
        self._queries = Queries(AsyncpgPoolDriver(self._pool))
        await self._queries.install()

    def enqueue(self, numbers: range) -> None:
        self._loop.call_for_each(numbers, lambda number: self._queries.enqueue("job", str(number).encode()))

    def unfinished(self) -> int:
        return self._loop.run(self._pool.fetchval(UNFINISHED))

    def work(self) -> None:
        self._loop.run(self._work())

    async def _work(self) -> None:
        queue: Any = PgQueuer(AsyncpgDriver(await asyncpg.connect(self._address)))

        async def job(job: Any) -> None:
            await asyncio.sleep(0)
            ran(int(job.payload))

        queue.entrypoint("job")(job)
        await queue.run(batch_size=BATCH)


if __name__ == "__main__":
    main(Pgqueuer)
