"""The store for code that has no event loop: it lives in a thread of its own."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import Future
from threading import Thread, current_thread
from typing import Any, Final, TypeVar

from agent_runner.errors import StoreUnavailable
from agent_runner.store.database import Database
from agent_runner.store.migrations import migrate

T = TypeVar("T")


class BackgroundStore:
    """A database and the event loop it lives in. Any thread but that one may use it."""

    def __init__(self, url: str) -> None:
        migrate(url)
        self._loop: Final = asyncio.new_event_loop()
        self._thread: Final = Thread(target=self._loop.run_forever, name="agent-runner store", daemon=True)
        self._is_closed: bool = False
        self._thread.start()
        try:
            self.database: Final = self.finish(Database.open(url))
        except BaseException:
            self._end()
            raise

    def finish(self, work: Coroutine[Any, Any, T]) -> T:
        """Does it in the store's thread and waits for the result."""
        return self.start(work).result()

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        if self._is_closed:
            work.close()
            raise StoreUnavailable("this runner is closed", next_step="make a new one")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        self.finish(self.database.close())
        self._end()

    def _end(self) -> None:
        self._is_closed = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        if current_thread() is not self._thread:
            self._thread.join()
            self._loop.close()
