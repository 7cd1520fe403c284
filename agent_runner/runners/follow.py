"""Tells every event of one run to whoever wants it, in order, once each, in the event loop of the caller."""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

from agent_runner.errors import StoreUnavailable
from agent_runner.store.database import Database
from agent_runner.store.events import events_after
from agent_runner.store.wakeup import Audience, Ring

LOOK_SECONDS: Final = 1.0
"""How late an event may be when its ring was lost."""
EVENTS_A_PAGE: Final = 500

log = logging.getLogger(__name__)

Listener = Callable[[dict[str, Any]], object]


class Follower:
    """Follows as long as one is within; whoever leaves in peace has told everything that was recorded until then."""

    def __init__(self, database: Database, run: asyncio.Future[int], listeners: Sequence[Listener]) -> None:
        self._database = database
        self._run = run
        self._listeners = listeners
        self._cursor = 0
        self._rung = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._stop_listening = self._database.doorbell.listen(Audience.API, self._hear)
        self._following = asyncio.create_task(self._follow(), name="follower of one run")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop_listening()
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)
        if kind is None:
            await self._read()

    def _hear(self, ring: Ring) -> None:
        del ring
        self._rung.set()

    async def _follow(self) -> None:
        await asyncio.shield(self._run)
        while True:
            self._rung.clear()
            with suppress(StoreUnavailable):
                await self._read()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):  # wait_for of Python 3.11 forgets a cancel that meets a ring
                    await self._rung.wait()

    async def _read(self) -> None:
        while True:
            page = await self._database.read(events_after, self._run.result(), self._cursor, EVENTS_A_PAGE)
            for event_id, text in page.events:
                self._cursor = event_id
                self._tell(json.loads(text))
            if len(page.events) < EVENTS_A_PAGE:
                return

    def _tell(self, event: dict[str, Any]) -> None:
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:  # the boundary: a listener's mistake is not the run's
                log.exception("on_event failed", extra={"run_id": event["run_id"], "event_id": event["event_id"]})
