"""The raw limits of being told: a message that starts a claim by hand, and a lock that a killed process leaves."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from scripts.bench.place import ROOT
from scripts.bench.raw_commit import connect, queue_runs
from scripts.bench.raw_pipeline import claim

HOLD_A_LOCK: Final = """
import fcntl, sys, time
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print(flush=True)
time.sleep(60)
"""


def claims_after_messages(path: Path, count: int, pause: Callable[[], float]) -> list[float]:
    """Nanoseconds from the commit here to the end of the claim in another process, for each of `count` runs."""
    here, there = socket.socketpair()
    with subprocess.Popen(
        [sys.executable, "-m", "scripts.bench.raw_wakeup", str(path), str(there.fileno())],
        cwd=ROOT,
        pass_fds=[there.fileno()],
    ):
        there.close()
        with here, closing(connect(path)) as connection:
            here.settimeout(30)
            here.recv(1)  # it is ready
            return [_until_claimed(here, connection, pause()) for _ in range(count)]


def _until_claimed(other: socket.socket, connection: Any, pause: float) -> float:
    time.sleep(pause)
    queue_runs(connection, 1)
    committed_at = time.monotonic_ns()
    other.send(b"!")
    return int(other.recv(64)) - committed_at


def claim_when_told(path: Path, file_number: int) -> None:
    """The other process: claims whenever it is told, and answers when that was done; ends with the socket."""
    connection = connect(path)
    with socket.socket(fileno=file_number) as told:
        told.send(b"+")
        while told.recv(1):
            connection.execute("BEGIN IMMEDIATE")
            claimed = claim(1)(connection)
            connection.execute("COMMIT")
            assert len(claimed) == 1
            told.send(str(time.monotonic_ns()).encode())


def seconds_until_a_lock_is_free(path: Path) -> float:
    """From kill -9 of the process that holds a file's lock to the moment at which somebody who waits has it."""
    import fcntl  # noqa: PLC0415 - not on every platform
    from threading import Thread  # noqa: PLC0415

    got: list[float] = []

    def wait_for_it() -> None:
        with path.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            got.append(time.perf_counter())

    with subprocess.Popen([sys.executable, "-c", HOLD_A_LOCK, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        waiter = Thread(target=wait_for_it)
        waiter.start()
        time.sleep(0.05)  # until it waits
        killed_at = time.perf_counter()
        holder.kill()
        waiter.join()
    return got[0] - killed_at


if __name__ == "__main__":
    claim_when_told(Path(sys.argv[1]), int(sys.argv[2]))
