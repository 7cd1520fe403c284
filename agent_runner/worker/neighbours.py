"""Seeing the death of other workers on this host the moment the kernel does.

Every worker holds a lock on a file of its own. When its process ends, however it ends, the kernel releases the lock,
and whoever waits for it is woken: a dead neighbour's runs go on in milliseconds, without waiting for a lease.
"""

import fcntl
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

SUFFIX: Final = ".alive"


class SignOfLife:
    """This worker's own lock, held until the process ends."""

    def __init__(self, directory: Path, worker_id: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._path = directory / f"{worker_id}{SUFFIX}"
        unfinished = directory / f"{worker_id}.new"
        self._file = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        unfinished.rename(self._path)  # appears only when it is locked: nobody sees it and thinks it dead

    def end(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._file)


class Neighbourhood:
    """The other workers of this host; `died` is called with the id of each that has ended.

    That is at once for those that were dead at the first look, and later from a thread.
    """

    def __init__(self, directory: Path, own_id: str, died: Callable[[str], None]) -> None:
        self._directory = directory
        self._own_id = own_id
        self._died = died
        self._watched: set[str] = set()
        self._looked_at = -1

    def look(self) -> None:
        """Starts watching workers that came since the last look. One system call when nothing has changed."""
        changed_at = self._directory.stat().st_mtime_ns
        if changed_at == self._looked_at:
            return
        self._looked_at = changed_at
        for path in self._directory.glob(f"*{SUFFIX}"):
            worker_id = path.name.removesuffix(SUFFIX)
            if worker_id != self._own_id and worker_id not in self._watched:
                self._watched.add(worker_id)
                self._begin_to_watch(path, worker_id)

    def _begin_to_watch(self, path: Path, worker_id: str) -> None:
        try:
            file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            self._died(worker_id)  # it ended between the look and now
            return
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            threading.Thread(target=self._watch, args=(file, path, worker_id), name="neighbour", daemon=True).start()
        else:
            self._bury(file, path, worker_id)

    def _watch(self, file: int, path: Path, worker_id: str) -> None:
        fcntl.flock(file, fcntl.LOCK_SH)  # granted to all who watch, once the owner is gone
        self._bury(file, path, worker_id)

    def _bury(self, file: int, path: Path, worker_id: str) -> None:
        os.close(file)
        path.unlink(missing_ok=True)
        self._died(worker_id)
