"""API, worker and comparison servers as processes of their own, started as a user starts them, and gone afterwards."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_runner.settings import Settings
from agent_runner.store.wakeup import Audience, LocalDoorbell, Ring
from scripts.bench.place import ROOT, url_of
from scripts.postgres_server import free_port

PATIENCE_SECONDS: Final = 30.0
CLI: Final = ("-m", "agent_runner.cli.main")
DOES_NOT_END_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Child:
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def check(self) -> None:
        """Raises RuntimeError, with what it said, when it has ended."""
        if self.process.poll() is not None:
            said = self.log.read_text()[-2000:]
            raise RuntimeError(f"{self.process.args} ended with {self.process.returncode}: {said}")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@dataclass(frozen=True, slots=True)
class Server:
    child: Child
    port: int


def start(arguments: Sequence[str], directory: Path, **settings: object) -> Child:
    """A Python process with these settings and none of the developer's; it ends when this process ends."""
    log = directory / f"{time.monotonic_ns()}.log"
    own = {name for name in os.environ if name.lower() not in Settings.model_fields}
    environment = {name: os.environ[name] for name in own} | {"PYTHONPATH": str(ROOT), "LLM_MODEL": "demo"}
    environment |= {name.upper(): str(value) for name, value in settings.items()}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=directory,  # where no .env lies
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return Child(process, log)


@asynccontextmanager
async def running(arguments: Sequence[str], directory: Path, **settings: object) -> AsyncGenerator[Child]:
    child = start(arguments, directory, **settings)
    try:
        yield child
    finally:
        await asyncio.to_thread(_end, child)


def _end(child: Child) -> None:
    child.process.send_signal(signal.SIGTERM)
    try:
        child.process.wait(DOES_NOT_END_SECONDS)
    except subprocess.TimeoutExpired:
        child.process.kill()
        child.process.wait()
    finally:
        if child.process.stdin:
            child.process.stdin.close()
        child.log.unlink()


# ---- servers


@asynccontextmanager
async def api(database: Path) -> AsyncGenerator[Server]:
    """The API, ready."""
    port = free_port()
    settings = {"database_url": url_of(database), "api_port": port, "log_level": "WARNING"}
    command = (*CLI, "serve", "--stop-with-stdin")
    async with running(command, database.parent, **settings) as child:
        await until_it_listens(child, port)
        yield Server(child, port)


@asynccontextmanager
async def comparison_server(kind: str, directory: Path) -> AsyncGenerator[Server]:
    """One of bare_server.py, ready."""
    port = free_port()
    async with running(("-m", "scripts.bench.bare_server", kind), directory, api_port=port) as child:
        await until_it_listens(child, port)
        yield Server(child, port)


async def until_it_listens(child: Child, port: int) -> None:
    def listens() -> bool:
        child.check()
        with socket.socket() as caller:
            return caller.connect_ex(("127.0.0.1", port)) == 0

    await until(listens, f"a server listens on port {port}")


async def until(
    condition: Callable[[], bool], what: str, *, look_seconds: float = 0.01, patience_seconds: float = PATIENCE_SECONDS
) -> None:
    """Raises TimeoutError."""
    deadline = time.monotonic() + patience_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {patience_seconds:g} s: {what}")
        await asyncio.sleep(look_seconds)


# ---- workers


@asynccontextmanager
async def worker(url: str, agent: str, *, directory: Path, slots: int = 32) -> AsyncGenerator[Child]:
    """A worker process whose runs all go to this agent of worker_process.py, on duty."""
    settings = {
        "database_url": url,
        "worker_concurrency": slots,
        "worker_batch_size": slots,
        "drain_seconds": 0,  # its runs are not worth waiting for
    }
    command = ("-m", "scripts.bench.worker_process", agent)
    async with running(command, directory, **settings) as child:
        await until(lambda: is_on_duty(child), "a worker is on duty")
        yield child


def is_on_duty(child: Child) -> bool:
    child.check()
    return b"Background worker started" in child.log.read_bytes()


# ---- wake-ups


@asynccontextmanager
async def rings(run_directory: Path) -> AsyncGenerator["asyncio.Queue[tuple[int, Ring]]"]:
    """What the doorbell tells an API, each with the moment at which it was heard (monotonic, ns)."""
    heard: asyncio.Queue[tuple[int, Ring]] = asyncio.Queue()
    doorbell = LocalDoorbell(run_directory)
    stop = doorbell.listen(Audience.API, lambda ring: heard.put_nowait((time.monotonic_ns(), ring)))
    try:
        yield heard
    finally:
        stop()
        await doorbell.close()
