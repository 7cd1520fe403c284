"""The janitor, in every worker: returns the runs of lost workers and keeps the house in order."""

import asyncio
import contextlib
import logging
from collections.abc import Collection, Sequence
from typing import Final

from agent_runner.domain.run import Move
from agent_runner.errors import AgentRunnerError
from agent_runner.store.database import Database
from agent_runner.store.decisions import lapse
from agent_runner.store.leases import return_lost
from agent_runner.store.session import WriteSession
from agent_runner.store.workers import sign_off
from agent_runner.worker.alarm import Alarm
from agent_runner.worker.directories import Leftovers
from agent_runner.worker.neighbours import Neighbourhood

log = logging.getLogger(__name__)

LONGEST_ROUND_SECONDS: Final = 5.0
NEARLY_DUE: Final = 0.25
"""The share of a round before its time in which it is held when there is an occasion."""


class Janitor:
    def __init__(self, database: Database, worker_id: str, lease_seconds: float) -> None:
        self._database = database
        self._alarm = Alarm()
        self._dead: set[str] = set()
        self._round_seconds = min(LONGEST_ROUND_SECONDS, lease_seconds / 3)
        self._loop = asyncio.get_running_loop()
        self._next_at = self._loop.time()
        self._leftovers = Leftovers(database)
        self._neighbours = Neighbourhood(database.run_directory / "workers", worker_id, self._on_death)

    def look_around(self) -> None:
        """Cheap enough for every wake-up: notices workers that have come."""
        self._neighbours.look()

    def come_along(self) -> None:
        """Somebody is about to write: a round that is nearly due shares the transaction."""
        if self._loop.time() > self._next_at - self._round_seconds * NEARLY_DUE:
            self._alarm.ring()

    async def run_forever(self) -> None:
        while True:
            self._next_at = self._loop.time() + self._round_seconds
            try:
                await self.go_round()
            except AgentRunnerError as error:
                log.warning("Janitor's round failed", extra={"error": str(error)})
            await self._alarm.wait(self._round_seconds)

    async def go_round(self) -> None:
        self.look_around()
        dead = frozenset(self._dead)
        returned, lapsed = await self._database.write(look_after_runs, dead)
        for run_id, move in returned:
            log.warning("Run returned from a lost worker", extra={"run_id": run_id, "move": move.name})
        for run_id in lapsed:
            log.info("Question expired", extra={"run_id": run_id})
        if dead:
            await self._database.write(sign_off, dead)
            self._dead -= dead
        for path in await self._leftovers.remove():
            log.info("Leftover directory removed", extra={"directory": path.name})
        await self._database.tidy()

    def _on_death(self, worker_id: str) -> None:
        """From any thread, also when this worker has ended itself."""
        self._dead.add(worker_id)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody looks after runs here any more
            self._loop.call_soon_threadsafe(self._alarm.ring)


def look_after_runs(
    session: WriteSession, dead_workers: Collection[str]
) -> tuple[Sequence[tuple[int, Move]], Sequence[int]]:
    """Takes back what lost workers hold, and ends what nobody answered in time: one commit a round."""
    return return_lost(session, dead_workers), lapse(session)
