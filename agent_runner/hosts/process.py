"""A running host: bounded lines in, lines out, and the end of everything it started."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_runner.errors import HostFailed
from agent_runner.hosts.lines import Lines
from agent_runner.hosts.manifest import HostLimits
from agent_runner.hosts.protocol import Cancel, FromHost, Told, read_line, write_line
from agent_runner.sandbox.level import Limits
from agent_runner.sandbox.output import CHUNK_BYTES, Kept
from agent_runner.sandbox.process import SandboxedProcess
from agent_runner.sandbox.sandbox import Sandbox

KIT: Final = Path(__file__).parent / "kit"
LONGEST_COMPLAINT_BYTES: Final = 3000
"""Of what it writes to stderr: half from its beginning, half from its end."""
END_SECONDS: Final = 2.0
"""A host that has said its result may take so long to end by itself."""
CANCEL_SECONDS: Final = 0.3
WRITE_SECONDS: Final = 30.0
"""A host that does not read what it asked for is stuck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What is started: a command, what it may read besides the system, and its variables."""

    command: Sequence[str]
    readable: Sequence[Path] = ()
    environment: Mapping[str, str]
    network: bool = False
    limits: HostLimits


class HostProcess:
    """Made by `open_host`. `receive` by one task at a time; `send` by any."""

    def __init__(self, process: SandboxedProcess, limits: HostLimits) -> None:
        self._process = process
        self._lines = Lines(process.stdout, "the host", limits.output_mb * 1024 * 1024)
        self._complaint = Kept(LONGEST_COMPLAINT_BYTES)
        self._hearing = asyncio.ensure_future(self._complaint.read_all(process.stderr))
        self._ignoring: asyncio.Future[None] | None = None
        self._writing = asyncio.Lock()

    async def receive(self) -> FromHost | None:
        """The next message; None at the end of the output. Raises HostFailed for what is none, and for a flood."""
        line = await self._lines.next()
        if line is not None:
            return read_line(line)
        half = self._lines.take_rest()  # which is told as what it is: no message
        return read_line(half) if half else None

    async def send(self, message: Told) -> None:
        """Raises HostFailed when the host does not read. One that has ended is found out by `receive`."""
        async with self._writing:
            if self._process.stdin.is_closing():
                return  # uvloop raises RuntimeError for a write to it
            with suppress(ConnectionError):
                self._process.stdin.write(write_line(message))
                try:
                    async with asyncio.timeout(WRITE_SECONDS):
                        await self._process.stdin.drain()
                except TimeoutError:
                    raise HostFailed(f"the host has not read for {WRITE_SECONDS:g} s") from None

    async def end(self) -> None:
        """Gives a host that has finished a moment to end; what is then left of it is killed by who opened it."""
        self.hear_no_more()
        self._process.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                await self._process.wait()

    async def cancel(self) -> None:
        """Tells it that it is over, and waits a moment."""
        self.hear_no_more()
        with suppress(TimeoutError, HostFailed):
            async with asyncio.timeout(CANCEL_SECONDS):
                await self.send(Cancel())
                self._process.stdin.close()
                await self._process.wait()

    async def broken_off(self) -> HostFailed:
        """Why there is no result, once its output has ended. Raises SandboxError when it was not even started."""
        try:
            async with asyncio.timeout(END_SECONDS):
                how = f"it {(await self._process.wait()).how}"
        except TimeoutError:
            how = "it closed its output and went on"
        with suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                await asyncio.shield(self._hearing)
        said = self._complaint.text().strip()
        return HostFailed(f"the host ended without a result: {how}" + (f"; it complained:\n{said}" if said else ""))

    def hear_no_more(self) -> None:
        """What it still says is read and thrown away: a full pipe would keep it, and its end, waiting."""
        self._ignoring = self._ignoring or asyncio.ensure_future(_read_away(self._process.stdout))

    async def close(self) -> None:
        """Returns once its streams have ended."""
        self.hear_no_more()
        await asyncio.gather(self._hearing, *filter(None, [self._ignoring]), return_exceptions=True)


@asynccontextmanager
async def open_host(sandbox: Sandbox, program: Program, directory: Path) -> AsyncGenerator[HostProcess]:
    """Starts it with `directory` as its working directory and the only place to write in; ends it all at the end."""
    limits = Limits(
        memory_bytes=program.limits.memory_mb * 1024 * 1024,
        processes=program.limits.processes,
        open_files=program.limits.open_files,
    )
    opened = sandbox.open(
        program.command,
        cwd=directory,
        writable=[directory],
        readable=[KIT, *program.readable],
        environment=program.environment,
        limits=limits,
    )
    async with AsyncExitStack() as stack:
        process = await stack.enter_async_context(opened)
        host = HostProcess(process, program.limits)
        try:
            yield host
        finally:
            host.hear_no_more()
            await stack.aclose()
            await host.close()


async def _read_away(stream: asyncio.StreamReader) -> None:
    while await stream.read(CHUNK_BYTES):
        pass
