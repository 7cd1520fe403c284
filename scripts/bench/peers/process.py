"""A process in a peer's environment, as the driver sees it."""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agent_runner.settings import Settings
from scripts.bench.peers.environment import last_words
from scripts.bench.peers.inside.protocol import ADDRESS, MARKS
from scripts.bench.place import ROOT
from scripts.bench.process_figures import cpu_seconds, resident_megabytes

ANSWERS_WITHIN_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """One try of a peer: its Python, its module, its database, and where its jobs say that they ran."""

    python: Path
    module: str
    address: str
    directory: Path

    @property
    def marks(self) -> Path:
        return self.directory / "marks"

    def log(self, role: str) -> Path:
        return self.directory / f"{role}.log"

    def environment(self) -> Mapping[str, str]:
        """None of the developer's settings for us, and no Python but the peer's."""
        theirs = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
        for name in ("VIRTUAL_ENV", "PYTHONHOME"):
            theirs.pop(name, None)
        return theirs | {"PYTHONPATH": str(ROOT), ADDRESS: self.address, MARKS: str(self.marks)}


class PeerFailed(Exception):  # noqa: N818 - it says what is the case
    """A peer did not do what it was asked to do. The message is for the report."""


class Running:
    """A process and all that it started, which end together."""

    def __init__(self, process: "subprocess.Popen[bytes]", where: Where, role: str) -> None:
        self._process: Final = process
        self._where: Final = where
        self._role: Final = role

    def check(self) -> None:
        """Raises PeerFailed when it has ended."""
        if (code := self._process.poll()) is not None:
            self.fail(f"ended with {code}")

    def fail(self, what: str) -> None:
        said = last_words(self._where.log(self._role).read_text(errors="replace"))
        raise PeerFailed(f"its {self._role} {what}: {said}")

    def cpu_seconds(self) -> float:
        return self._sum(cpu_seconds)

    def resident_megabytes(self) -> float:
        """Of each process as the kernel counts it: what they share counts for each."""
        return self._sum(resident_megabytes)

    def _sum(self, figure: Callable[[int], float]) -> float:
        total = 0.0
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has ended since it was listed
                if os.getpgid(int(path.name)) == self._process.pid and (path / "cmdline").read_bytes():
                    total += figure(int(path.name))
        return total


class Client(Running):
    """What queues jobs."""

    def __init__(self, process: "subprocess.Popen[bytes]", where: Where) -> None:
        super().__init__(process, where, "client")
        self._input, self._output = process.stdin, process.stdout

    async def ask(self, **wanted: Any) -> dict[str, Any]:
        assert self._input is not None
        try:
            self._input.write(json.dumps(wanted).encode() + b"\n")
            self._input.flush()
        except BrokenPipeError:
            self._process.wait()
            self.check()
        return await self.answer()

    async def answer(self) -> dict[str, Any]:
        assert self._output is not None
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_SECONDS):
                line = await asyncio.to_thread(self._output.readline)
        except TimeoutError:
            self.fail(f"did not answer within {ANSWERS_WITHIN_SECONDS:g} s")
            raise
        if not line:
            await asyncio.to_thread(self._process.wait)
            self.check()
        return json.loads(line)


@asynccontextmanager
async def client(where: Where) -> AsyncGenerator[Client]:
    """A client that is ready."""
    async with _process(where, "client", subprocess.PIPE) as process:
        ready = Client(process, where)
        await ready.answer()
        yield ready


@asynccontextmanager
async def worker(where: Where) -> AsyncGenerator[Running]:
    """A worker that has just been started."""
    async with _process(where, "worker", subprocess.DEVNULL) as process:
        yield Running(process, where, "worker")


@asynccontextmanager
async def _process(where: Where, role: str, output: int) -> AsyncGenerator["subprocess.Popen[bytes]"]:
    process = await asyncio.to_thread(_started, where, role, output)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.to_thread(process.wait)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()


def _started(where: Where, role: str, output: int) -> "subprocess.Popen[bytes]":
    with where.log(role).open("wb") as log:
        return subprocess.Popen(
            [where.python, "-m", f"scripts.bench.peers.inside.{where.module}", role],
            cwd=where.directory,
            env=where.environment(),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=log,
            start_new_session=True,
        )
