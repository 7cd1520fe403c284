"""Starting a worker process for a queue that nobody works on. The API itself executes nothing."""

import fcntl
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import Final, TextIO

DRAIN: Final = (sys.executable, "-m", "agent_runner.cli.main", "worker", "--drain")


class DrainWorker:
    """At most one process at a time, whichever API process starts it: while it lives it holds the lock of a file."""

    def __init__(self, run_directory: Path, environment: Mapping[str, str], *, command: Sequence[str] = DRAIN) -> None:
        self._lock_path: Final = run_directory / "drain-worker"
        self.log_path: Final = run_directory / "drain-worker.log"
        self._environment: Final = environment
        self._command: Final = command

    def start(self) -> int | None:
        """The pid of the process, which may live already. Blocks for the time of a fork."""
        with self._lock_path.open("a+") as lock:
            if not _lock(lock):
                return _pid_in(lock)
            with self.log_path.open("w") as log:
                process = subprocess.Popen(  # noqa: S603 - our own program
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    start_new_session=True,
                    pass_fds=(lock.fileno(),),
                    env=dict(self._environment),
                )
            lock.truncate(0)
            lock.write(str(process.pid))
        Thread(target=process.wait, name="reap the drain worker", daemon=True).start()
        return process.pid


def _lock(file: TextIO) -> bool:
    """The kernel gives the lock back when the process that inherited it ends, however it ends."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid_in(file: TextIO) -> int | None:
    """None for the moment between the start of the process and its pid being written down."""
    file.seek(0)
    written = file.read()
    return int(written) if written else None
