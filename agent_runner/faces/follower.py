"""Calling somebody back for every event of some runs: in order, once each, from a thread of its own."""

import asyncio
import json
import logging
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread, current_thread
from typing import Any, Final

from agent_runner.errors import NotFound, StoreUnavailable
from agent_runner.faces.background import BackgroundStore
from agent_runner.store.events import events_after
from agent_runner.store.wakeup import Audience, Ring

OnEvent = Callable[[dict[str, Any]], object]

LOOK_SECONDS: Final = 1.0
"""How late an event may be when its ring was lost."""
EVENTS_A_PAGE: Final = 500

log = logging.getLogger(__name__)


class Follower:
    """Reads in the store's thread and calls back in another, so a callback may be slow, or ask the store itself."""

    def __init__(self, store: BackgroundStore, on_event: OnEvent) -> None:
        self._store: Final = store
        self._on_event: Final = on_event
        self._cursors: Final[dict[int, int]] = {}
        self._due: Final[set[int]] = set()
        self._rung: Final = asyncio.Event()
        self._is_closing: bool = False
        self._events: Final[SimpleQueue[dict[str, Any] | None]] = SimpleQueue()
        self._thread: Final = Thread(target=self._call_back, name="agent-runner on_event", daemon=True)
        self._thread.start()
        self._reading: Final[Future[None]] = store.start(self._read())

    def follow(self, run_id: int) -> None:
        """From its first event to the one that ends it."""
        self._store.finish(self._add(run_id))

    def close(self) -> None:
        """Returns once the callback has had every event that was recorded until now."""
        self._store.finish(self._stop_reading())
        self._reading.result()
        self._events.put(None)
        if current_thread() is not self._thread:
            self._thread.join()

    async def _add(self, run_id: int) -> None:
        self._cursors[run_id] = 0
        self._due.add(run_id)
        self._rung.set()

    async def _stop_reading(self) -> None:
        self._is_closing = True
        self._due.update(self._cursors)
        self._rung.set()

    async def _read(self) -> None:
        stop_listening = self._store.database.doorbell.listen(Audience.API, self._hear)
        try:
            while not self._is_closing:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS if self._cursors else None):
                        await self._rung.wait()
                due = set(self._due) if self._rung.is_set() else set(self._cursors)
                self._rung.clear()
                self._due.clear()
                # One may have been heard of again while it was read to its end.
                for run_id in due & self._cursors.keys():
                    await self._read_run(run_id)
        finally:
            stop_listening()

    def _hear(self, ring: Ring) -> None:
        heard = self._cursors.keys() if ring.all_runs else ring.runs & self._cursors.keys()
        if heard:
            self._due.update(heard)
            self._rung.set()

    async def _read_run(self, run_id: int) -> None:
        """Everything behind the cursor; what the database does not give now comes at the next look."""
        is_the_end = False
        try:
            while True:
                page = await self._store.database.read(events_after, run_id, self._cursors[run_id], EVENTS_A_PAGE)
                self._cursors[run_id] = page.cursor
                for _, text in page.events:
                    self._events.put(json.loads(text))
                is_the_end = page.is_the_end
                if is_the_end or len(page.events) < EVENTS_A_PAGE:
                    break
        except NotFound:
            is_the_end = True  # somebody has deleted it
        except StoreUnavailable as error:
            log.warning("Events not read", extra={"run_id": run_id, "error": error.message})
        if is_the_end:
            del self._cursors[run_id]

    def _call_back(self) -> None:
        while (event := self._events.get()) is not None:
            try:
                self._on_event(event)
            except Exception:
                log.exception("on_event failed", extra={"run_id": event["run_id"], "event_id": event["event_id"]})
