"""The heartbeat: renews the leases of a worker from a thread of its own, so that a busy event loop cannot starve it."""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from agent_runner.errors import AgentRunnerError
from agent_runner.store.database import Database
from agent_runner.store.leases import Heartbeat, HeldRun, renew

log = logging.getLogger(__name__)

BEATS_PER_LEASE: Final = 3
RETRY_SECONDS: Final = 0.5
BUSY_SECONDS: Final = 0.05
"""After a beat that met a run which was just being written."""


def safety_margin(lease_seconds: float) -> float:
    """A worker gives its runs up this long before the lease ends in the database."""
    return min(5.0, lease_seconds / 6)


@dataclass(frozen=True, slots=True)
class Beat:
    """One answered heartbeat: which runs were asked for, when it was sent (monotonic), and which are still held."""

    sent_at: float
    asked: Mapping[int, int]
    """run_id → the fence under which it was held then; by now a later attempt may hold it."""
    held: Mapping[int, HeldRun]


class HeartbeatThread:
    """Beats every third of the lease, and at once when asked. `heard` is called in the worker's event loop."""

    def __init__(
        self,
        url: str,
        worker_id: str,
        lease_seconds: float,
        held_runs: Callable[[], Mapping[int, int]],
        heard: Callable[[Beat], None],
    ) -> None:
        self._url = url
        self._worker_id = worker_id
        self._lease_seconds = lease_seconds
        self._held_runs = held_runs
        self._heard = heard
        self._worker_loop = asyncio.get_running_loop()
        self._own_loop: asyncio.AbstractEventLoop | None = None
        self._now: asyncio.Event | None = None
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def beat_now(self) -> None:
        """Looks for cancel requests without waiting for the next turn."""
        if self._own_loop is not None and self._now is not None:
            with contextlib.suppress(RuntimeError):  # the thread is just ending
                self._own_loop.call_soon_threadsafe(self._now.set)

    async def stop(self) -> None:
        self._is_stopping = True
        self.beat_now()
        await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        asyncio.run(self._beat_until_stopped())

    async def _beat_until_stopped(self) -> None:
        self._own_loop, self._now = asyncio.get_running_loop(), asyncio.Event()
        database = await Database.open(self._url)
        try:
            while not self._is_stopping:
                pause = await self._beat(database)
                try:
                    async with asyncio.timeout(pause):
                        await self._now.wait()
                except TimeoutError:
                    pass
                self._now.clear()
        finally:
            self._own_loop = None
            await database.close()

    async def _beat(self, database: Database) -> float:
        """Returns the pause until the next one."""
        asked, sent_at = self._held_runs(), time.monotonic()
        wanted = Heartbeat(worker_id=self._worker_id, run_ids=tuple(asked), lease_seconds=self._lease_seconds)
        try:
            held = await database.write(renew, wanted)
        except AgentRunnerError as error:
            log.warning("Heartbeat failed", extra={"worker": self._worker_id, "error": str(error)})
            return RETRY_SECONDS
        beat = Beat(sent_at, asked, {run.run_id: run for run in held})
        try:
            self._worker_loop.call_soon_threadsafe(self._heard, beat)
        except RuntimeError:  # the loop is closed: nobody is left whose leases could be renewed
            self._is_stopping = True
            return 0.0
        return self._lease_seconds / BEATS_PER_LEASE if all(run.is_renewed for run in held) else BUSY_SECONDS
