"""Procrastinate: asyncio jobs, 32 at a time, woken by NOTIFY."""

from typing import Any, Final

from procrastinate import App, PsycopgConnector

from scripts.bench.peers.inside.protocol import Loop, main, ran

SLOTS: Final = 32
UNFINISHED: Final = "SELECT count(*) AS count FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"


class Procrastinate:
    def __init__(self, address: str) -> None:
        self._loop = Loop()
        self._app: Any = App(connector=PsycopgConnector(conninfo=address, min_size=4, max_size=16))

        async def job(number: int) -> None:
            ran(number)

        self._job: Any = self._app.task(name="job")(job)

    def prepare(self) -> None:
        self._loop.run(self._open())

    async def _open(self) -> None:
        await self._app.open_async()
        await self._app.schema_manager.apply_schema_async()

    def enqueue(self, numbers: range) -> None:
        self._loop.call_for_each(numbers, lambda number: self._job.defer_async(number=number))

    def unfinished(self) -> int:
        return self._loop.run(self._app.connector.execute_query_one_async(UNFINISHED))["count"]

    def work(self) -> None:
        self._loop.run(self._work())

    async def _work(self) -> None:
        async with self._app.open_async():
            await self._app.run_worker_async(concurrency=SLOTS)


if __name__ == "__main__":
    main(Procrastinate)
