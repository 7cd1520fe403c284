"""The raw limit of the worker: claim, events, completion by hand, group-committed by one sqlite3 thread.

It keeps the fence, the order and the durability of ours, on the same tables. It has no agents, no heartbeat, no
retries, and nobody is told of anything.
"""

import asyncio
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from scripts.bench.raw_commit import INSERT_EVENT, INSERT_STEP, NOW, connect

Operation = Callable[[Any], Any]
"""Runs on the driver's connection, inside the group's transaction."""

LEASE_END: Final = "2099-01-01 00:00:00.000000"
CLAIM: Final = """
UPDATE runs SET status = 'RUNNING', attempt = attempt + 1, fence = fence + 1, last_event_id = last_event_id + 1,
  lease_owner = 'raw', lease_expires_at = ?, started_at = coalesce(started_at, ?)
WHERE status = 'QUEUED' AND id IN (
  SELECT id FROM runs WHERE status = 'QUEUED' AND is_due = 1
  ORDER BY priority DESC, available_at, id LIMIT ?)
RETURNING id, fence
"""
APPEND: Final = """
UPDATE runs SET last_event_id = last_event_id + ? WHERE id = ? AND status = 'RUNNING' AND fence = ?
RETURNING last_event_id
"""
COMPLETE: Final = """
UPDATE runs SET status = 'COMPLETED', completed_at = ?, lease_owner = NULL, lease_expires_at = NULL, progress = 1.0,
  last_event_id = last_event_id + ? WHERE id = ? AND status = 'RUNNING' AND fence = ?
RETURNING last_event_id
"""


class RawWriter:
    """One thread that commits whatever waits in one transaction; each caller hears after it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: queue.SimpleQueue[tuple[Operation, asyncio.Future[Any]] | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._work, name="raw writer")
        self._thread.start()

    def do(self, operation: Operation) -> asyncio.Future[Any]:
        answer: asyncio.Future[Any] = self._loop.create_future()
        self._waiting.put((operation, answer))
        return answer

    async def close(self) -> None:
        self._waiting.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        connection = connect(self._path, from_any_thread=True)
        while (first := self._waiting.get()) is not None:
            group = [first]
            while not self._waiting.empty():
                more = self._waiting.get()
                if more is None:
                    self._waiting.put(None)
                    break
                group.append(more)
            connection.execute("BEGIN IMMEDIATE")
            answers = [operation(connection) for operation, _ in group]
            connection.execute("COMMIT")
            self._loop.call_soon_threadsafe(_answer, [future for _, future in group], answers)
        connection.close()


def _answer(futures: list[asyncio.Future[Any]], answers: list[Any]) -> None:
    for future, answer in zip(futures, answers, strict=True):
        future.set_result(answer)


def claim(slots: int) -> Operation:
    def operation(connection: Any) -> list[tuple[int, int]]:
        claimed = connection.execute(CLAIM, (LEASE_END, NOW, slots)).fetchall()
        connection.executemany(INSERT_EVENT, [(run_id, 2, "RUN_STARTED", "{}", NOW) for run_id, _ in claimed])
        return claimed

    return operation


def append(run_id: int, fence: int, events: int) -> Operation:
    """Events of a held run, numbered by its row. Fails when the fence does not hold."""

    def operation(connection: Any) -> None:
        (last,) = connection.execute(APPEND, (events, run_id, fence)).fetchone()
        _insert(connection, run_id, last, events)

    return operation


def complete(run_id: int, fence: int, events: int) -> Operation:
    """The end of a held run, with its last events."""

    def operation(connection: Any) -> None:
        (last,) = connection.execute(COMPLETE, (NOW, events, run_id, fence)).fetchone()
        _insert(connection, run_id, last, events)

    return operation


def add_step(run_id: int, fence: int, number: int) -> Operation:
    """A finished step of a held run."""
    row = (run_id, f"step-{number}", number, "0" * 64, "{}", fence, NOW, NOW)

    def operation(connection: Any) -> None:
        connection.execute(APPEND, (0, run_id, fence)).fetchone()
        connection.execute(INSERT_STEP, row)

    return operation


def _insert(connection: Any, run_id: int, last: int, count: int) -> None:
    numbers = range(last - count + 1, last + 1)
    connection.executemany(INSERT_EVENT, [(run_id, number, "MESSAGE", "{}", NOW) for number in numbers])


Carry = Callable[[RawWriter, int, int], Coroutine[Any, Any, None]]
"""Takes a claimed run (id, fence) to its end."""


async def each_event_awaited(writer: RawWriter, run_id: int, fence: int) -> None:
    for _ in range(4):
        await writer.do(append(run_id, fence, 1))
    await writer.do(complete(run_id, fence, 1))


async def events_with_the_end(writer: RawWriter, run_id: int, fence: int) -> None:
    """What our worker does when an agent emits and ends at once: its events travel with the completion."""
    await writer.do(complete(run_id, fence, 5))


async def runs_a_second(path: Path, count: int, slots: int, carry: Carry) -> float:
    """Drains `count` queued runs, `slots` at once, claimed as many at a time."""
    writer = RawWriter(path)
    claimed: deque[tuple[int, int]] = deque()
    one_claims = asyncio.Lock()

    async def slot() -> None:
        while True:
            if not claimed:
                async with one_claims:
                    if not claimed:
                        claimed.extend(await writer.do(claim(slots)))
            if not claimed:
                return
            await carry(writer, *claimed.popleft())

    try:
        began = time.perf_counter()
        await asyncio.gather(*(slot() for _ in range(slots)))
        return count / (time.perf_counter() - began)
    finally:
        await writer.close()
