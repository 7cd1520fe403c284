"""The duty that tells the API what models there are: it may ask nobody itself."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from agent_runner.domain.model_report import ModelReport
from agent_runner.errors import AgentRunnerError
from agent_runner.store.database import Database
from agent_runner.store.workers import note_models

log: Final = logging.getLogger(__name__)

ROUND_SECONDS: Final = 180.0

Look = Callable[[], Awaitable[ModelReport]]


class ModelWatch:
    """Looks at the start, beside the first claim, and every few minutes."""

    def __init__(self, database: Database, worker_id: str, look: Look) -> None:
        self._database = database
        self._worker_id = worker_id
        self._look = look

    async def run_forever(self) -> None:
        while True:
            try:
                await self.look_once()
            except AgentRunnerError as error:
                log.warning("Models could not be noted", extra={"error": str(error)})
            await asyncio.sleep(ROUND_SECONDS)

    async def look_once(self) -> None:
        report = await self._look()
        await self._database.write(note_models, self._worker_id, report.model_dump_json())
