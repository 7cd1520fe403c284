"""The janitor's slow duty: forgetting runs that ended long ago, in small batches, so that no claim waits for it."""

import asyncio
import logging
import random
import time
from typing import Final

from agent_runner.errors import AgentRunnerError
from agent_runner.store.database import Database
from agent_runner.store.retention import prune

log = logging.getLogger(__name__)

ROUND_SECONDS: Final = 600.0
SHARE_OF_TIME: Final = 0.2
"""At most so much of the time the database is busy with forgetting."""
SHORTEST_PAUSE_SECONDS: Final = 0.1


class Retention:
    def __init__(self, database: Database, days: float) -> None:
        self._database = database
        self._days = days

    async def run_forever(self) -> None:
        """Workers that were started together do not begin together. Two at once take each other's batches, no more."""
        while True:
            await asyncio.sleep(ROUND_SECONDS * random.uniform(0.5, 1))  # noqa: S311 - it spreads load
            try:
                await self.go_round()
            except AgentRunnerError as error:
                log.warning("Old runs could not be deleted", extra={"error": str(error)})

    async def go_round(self) -> None:
        if not self._days:
            return
        removed = await prune(self._database, self._days, _Rest())
        if removed.runs:
            log.info("Old runs deleted", extra={"runs": removed.runs, "tasks": removed.tasks})


class _Rest:
    """A pause in proportion to the work before it."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    async def __call__(self) -> None:
        worked = time.monotonic() - self._began
        await asyncio.sleep(max(SHORTEST_PAUSE_SECONDS, worked * (1 / SHARE_OF_TIME - 1)))
        self._began = time.monotonic()
