"""Wake-ups between processes: who commits rings, who waits is woken within a millisecond.

A ring carries no truth. Whoever is woken looks into the database, and everyone also looks by themselves now and then,
so a lost ring costs time and nothing else. On one host a ring is a datagram to a Unix socket beside the database; on
PostgreSQL it is a notification (postgres.py).
"""

import asyncio
import contextlib
import hashlib
import os
import socket
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

LONGEST_SOCKET_PATH: Final = 100
"""The kernel's limit is 108 bytes on Linux and 104 on macOS."""
MOST_NAMED_RUNS: Final = 2000
"""A ring for more runs than this says only: look at all of yours."""


@dataclass(slots=True)
class Ring:
    """What a transaction made others wait for no longer."""

    work: bool = False
    """A run may be due."""
    cancel: bool = False
    """A running run is asked to stop."""
    runs: set[int] = field(default_factory=set[int])
    """Runs that have new events."""
    all_runs: bool = False

    def __bool__(self) -> bool:
        return self.work or self.cancel or self.all_runs or bool(self.runs)

    def add(self, other: "Ring") -> None:
        self.work |= other.work
        self.cancel |= other.cancel
        self.all_runs |= other.all_runs
        self.runs |= other.runs

    def is_for(self, audience: "Audience") -> bool:
        """Workers wait for work and for cancel requests, the API for events too."""
        return audience is Audience.API or self.work or self.cancel

    def encode(self) -> bytes:
        everything = self.all_runs or len(self.runs) > MOST_NAMED_RUNS
        words = ["work"] * self.work + ["cancel"] * self.cancel + ["*"] * everything
        return " ".join(words + ([] if everything else [str(run) for run in self.runs])).encode()

    @classmethod
    def decode(cls, message: bytes) -> "Ring":
        words = message.decode("ascii", "replace").split()
        return cls(
            work="work" in words,
            cancel="cancel" in words,
            all_runs="*" in words,
            runs={int(word) for word in words if word.isdecimal()},
        )


class Audience(StrEnum):
    """Who listens, so that nobody is woken for what they never wait for."""

    WORKER = "worker"
    API = "api"


Heard = Callable[[Ring], None]


class Doorbell(Protocol):
    """Rings after a commit, and listens."""

    def ring(self, ring: Ring) -> None: ...

    async def close(self) -> None: ...

    def listen(self, audience: Audience, heard: Heard) -> Callable[[], None]:
        """Calls `heard` in the running event loop for each ring; the returned function ends it."""
        ...


class LocalDoorbell:
    """Datagrams between the processes of one host: 0.5 ms to the waiter, nothing while idle."""

    def __init__(self, directory: Path) -> None:
        self._directory = socket_directory(directory)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self._listeners: dict[str, Audience] = {}
        self._listed_at: int = -1
        self._behind: set[str] = set()

    def ring(self, ring: Ring) -> None:
        if not ring:
            return
        for path, audience in self._current_listeners().items():
            if ring.is_for(audience):
                self._send(path, ring)

    def _send(self, path: str, ring: Ring) -> None:
        is_behind = path in self._behind
        try:
            self._socket.sendto((Ring(work=True, cancel=True, all_runs=True) if is_behind else ring).encode(), path)
            self._behind.discard(path)
        except BlockingIOError:
            self._behind.add(path)  # its queue is full, so it will wake; the next ring tells it to look at everything
        except OSError:
            with contextlib.suppress(OSError):
                Path(path).unlink()  # the socket of a process that is gone

    def _current_listeners(self) -> dict[str, Audience]:
        try:
            changed_at = self._directory.stat().st_mtime_ns
        except FileNotFoundError:
            return {}  # nobody listens
        if changed_at != self._listed_at:
            self._listeners = {str(path): Audience(path.name.partition("-")[0]) for path in self._directory.iterdir()}
            self._listed_at = changed_at
        return self._listeners

    def listen(self, audience: Audience, heard: Heard) -> Callable[[], None]:
        path = self._directory / f"{audience}-{uuid.uuid4().hex[:12]}"
        ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        ear.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self._directory.mkdir(mode=0o700, exist_ok=True)  # the last one who closed may have removed it
        ear.bind(str(path))
        loop = asyncio.get_running_loop()

        def on_readable() -> None:
            with contextlib.suppress(BlockingIOError):
                while True:
                    heard(Ring.decode(ear.recv(65536)))

        def close() -> None:
            loop.remove_reader(ear)
            ear.close()
            path.unlink(missing_ok=True)

        loop.add_reader(ear, on_readable)
        return close

    async def close(self) -> None:
        self._socket.close()
        with contextlib.suppress(OSError):
            self._directory.rmdir()  # only when it is empty


def socket_directory(directory: Path) -> Path:
    """A folder for sockets: inside `directory`, or in the temporary folder when that path is too long for a socket."""
    folder = directory / "bells"
    if len(str(folder)) + 24 > LONGEST_SOCKET_PATH:
        name = hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"agent-runner-{os.getuid()}-{name}"
    return folder
