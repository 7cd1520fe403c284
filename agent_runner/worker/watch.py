"""The duties that tell the API what it cannot look at itself: models, and the hosts of this machine."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

from pydantic import BaseModel

from agent_runner.domain.host_report import HostsReport
from agent_runner.domain.model_report import ModelReport
from agent_runner.errors import AgentRunnerError
from agent_runner.store.database import Database
from agent_runner.store.workers import note_hosts, note_models

log: Final = logging.getLogger(__name__)

MODEL_SECONDS: Final = 180.0
HOST_SECONDS: Final = 30.0
"""Between two looks: a look at hosts costs a few files, and somebody who has just installed one waits for it."""

LookAtModels = Callable[[], Awaitable[ModelReport]]
LookAtHosts = Callable[[], Awaitable[HostsReport]]


class Watch:
    """Looks at the start, beside the first claim, and again and again; notes what it sees in the worker's own row."""

    def __init__(
        self,
        subject: str,
        look: Callable[[], Awaitable[BaseModel]],
        note: Callable[[str], Awaitable[None]],
        round_seconds: float,
    ) -> None:
        self.subject: Final = subject
        self._look: Final = look
        self._note: Final = note
        self._round_seconds: Final = round_seconds

    async def run_forever(self) -> None:
        while True:
            try:
                await self._note((await self._look()).model_dump_json())
            except AgentRunnerError as error:
                log.warning("Not noted", extra={"subject": self.subject, "error": str(error)})
            await asyncio.sleep(self._round_seconds)


def watches(
    database: Database, worker_id: str, look_at_models: LookAtModels | None, look_at_hosts: LookAtHosts | None
) -> Iterator[Watch]:
    if look_at_models is not None:
        yield Watch("models", look_at_models, lambda text: database.write(note_models, worker_id, text), MODEL_SECONDS)
    if look_at_hosts is not None:
        yield Watch("hosts", look_at_hosts, lambda text: database.write(note_hosts, worker_id, text), HOST_SECONDS)
