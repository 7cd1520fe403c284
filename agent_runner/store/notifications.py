"""Wake-ups through PostgreSQL: NOTIFY after a commit, LISTEN for it, on a connection that comes back by itself.

Not inside the transaction: the server lets only one transaction with a notification commit at a time, flush of its log
included. What a process did not send before it died is found by the look that everybody takes now and then.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Final

from agent_runner.errors import StoreUnavailable
from agent_runner.store.postgres import CONNECT_SECONDS, LOST, Wire, connect
from agent_runner.store.wakeup import Audience, Heard, Ring

log = logging.getLogger(__name__)

CHANNELS: Final = {Audience.WORKER: "agent_runner_worker", Audience.API: "agent_runner_api"}
LARGEST_NOTIFICATION_BYTES: Final = 7900
"""The server refuses 8000."""
LONGEST_PAUSE_SECONDS: Final = 5.0
CLOSING_SECONDS: Final = 1.0


class PostgresDoorbell:
    """Sends what is rung in as few notifications as possible; connects when it is first used."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._listeners: dict[Heard, Audience] = {}
        self._unsent: dict[Audience, Ring] = {}
        self._stirred = asyncio.Event()
        self._all_sent = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    def ring(self, ring: Ring) -> None:
        if not ring:
            return
        for audience in CHANNELS:
            if ring.is_for(audience):
                self._unsent.setdefault(audience, Ring()).add(ring)
        self._all_sent.clear()
        self._stir()

    def listen(self, audience: Audience, heard: Heard) -> Callable[[], None]:
        self._listeners[heard] = audience
        self._stir()

        def close() -> None:
            self._listeners.pop(heard, None)

        return close

    def _stir(self) -> None:
        self._stirred.set()
        if self._work is None:
            self._work = asyncio.create_task(self._run(), name="doorbell")

    async def _run(self) -> None:
        pause = 0.05
        while True:
            try:
                async with self._connected() as connection:
                    pause = 0.05
                    await self._serve(connection)
            except (StoreUnavailable, *LOST) as error:
                log.warning("Doorbell lost", extra={"error": str(error)})
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE_SECONDS, pause * 2)

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator[Wire]:
        connection = await connect(self._dsn, busy_timeout_seconds=CONNECT_SECONDS)
        connection.add_termination_listener(self._on_end)
        try:
            yield connection
        finally:
            connection.terminate()

    async def _serve(self, connection: Wire) -> None:
        """Sends what waits, in as few notifications as possible, until the connection is lost."""
        listening: set[Audience] = set()
        while not connection.is_closed():
            self._stirred.clear()
            for audience in set(self._listeners.values()) - listening:
                await connection.add_listener(CHANNELS[audience], self._on_notification)
                listening.add(audience)
                self._everybody_looks()  # what was rung before this is not heard
            for audience in list(self._unsent):
                await self._send(connection, audience)
            if not self._unsent:
                self._all_sent.set()
            await self._stirred.wait()

    async def _send(self, connection: Wire, audience: Audience) -> None:
        ring = self._unsent.pop(audience)
        try:
            await connection.execute("SELECT pg_notify($1, $2)", CHANNELS[audience], _message(ring))
        except BaseException:
            self._unsent.setdefault(audience, Ring()).add(ring)
            raise

    def _on_notification(self, _connection: object, _pid: int, channel: str, message: object) -> None:
        ring = Ring.decode(str(message).encode())
        for heard, audience in list(self._listeners.items()):
            if CHANNELS[audience] == channel:
                heard(ring)

    def _on_end(self, _connection: object) -> None:
        self._stirred.set()

    def _everybody_looks(self) -> None:
        for heard in list(self._listeners):
            heard(Ring(work=True, cancel=True, all_runs=True))

    async def close(self) -> None:
        """Waits a moment for what is still to be sent."""
        if self._work is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._all_sent.wait()
        self._work.cancel()
        await asyncio.gather(self._work, return_exceptions=True)


def _message(ring: Ring) -> str:
    message = ring.encode()
    if len(message) > LARGEST_NOTIFICATION_BYTES:
        message = Ring(work=ring.work, cancel=ring.cancel, all_runs=True).encode()
    return message.decode()
