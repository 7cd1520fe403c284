"""Several child processes as one: their output in one stream, one end for all, and none left behind."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process, SubprocessStreamProtocol
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

LONGEST_LINE: Final = 64 * 1024
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class End:
    """Why it came to an end: a signal, or a child that ended by itself with this code."""

    signal_number: int | None = None
    child: str | None = None
    code: int | None = None


class Together:
    """Children that live and end together. Each has a session of its own, so that Ctrl-C reaches this process only."""

    def __init__(self, commands: Mapping[str, Sequence[str]], *, grace_seconds: float) -> None:
        self._commands: Final = commands
        self._grace_seconds: Final = grace_seconds
        self._width: Final = max(map(len, commands))
        self._signals: Final = asyncio.Queue[int]()

    async def run(self, meanwhile: Callable[[], Coroutine[Any, Any, None]], on_end: Callable[[End], None]) -> End:
        """Until a signal or the first end of a child. `meanwhile` runs beside the children.

        `on_end` hears of it before the others are asked to end; after a further signal they are killed.
        """
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._signals.put_nowait, number)
        children: dict[str, Process] = {}
        ends: dict[str, asyncio.Event] = {}
        pumps: list[asyncio.Task[None]] = []
        beside = asyncio.create_task(meanwhile())
        try:
            for name, command in self._commands.items():
                children[name], ends[name] = await _start(command)
                pumps.append(asyncio.create_task(self._pump(name, children[name])))
            end = await self._first_end(children, ends)
            on_end(end)
            return end
        finally:
            beside.cancel()
            await self._stop(children)
            await asyncio.gather(beside, *pumps, return_exceptions=True)
            for number in SIGNALS:
                loop.remove_signal_handler(number)

    async def _first_end(self, children: Mapping[str, Process], ends: Mapping[str, asyncio.Event]) -> End:
        signalled = asyncio.create_task(self._signals.get())
        waits = {name: asyncio.create_task(ended.wait()) for name, ended in ends.items()}
        try:
            done, _ = await asyncio.wait({signalled, *waits.values()}, return_when=asyncio.FIRST_COMPLETED)
            if signalled in done:
                return End(signal_number=signalled.result())
            name = next(name for name, wait in waits.items() if wait in done)
            return End(child=name, code=children[name].returncode)
        finally:
            for task in (signalled, *waits.values()):
                task.cancel()

    async def _stop(self, children: Mapping[str, Process]) -> None:
        """Asks all to end; kills what has not ended after the grace, or at the next signal."""
        for child in children.values():
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
        ended = asyncio.gather(*(child.wait() for child in children.values()))
        impatient = asyncio.create_task(self._signals.get())
        await asyncio.wait({ended, impatient}, timeout=self._grace_seconds, return_when=asyncio.FIRST_COMPLETED)
        impatient.cancel()
        for child in children.values():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)  # and whatever it has left behind in its session
        await ended

    async def _pump(self, name: str, child: Process) -> None:
        async for line in _lines(child):
            sys.stderr.write(f"{name:<{self._width}} | {line}\n")
            sys.stderr.flush()


class _Child(SubprocessStreamProtocol):
    """Says when the child itself has ended. `Process.wait` waits for its pipes, too, which a child of it may keep."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(limit=LONGEST_LINE, loop=loop)
        self.ended = asyncio.Event()

    def process_exited(self) -> None:
        super().process_exited()
        self.ended.set()


async def _start(command: Sequence[str]) -> tuple[Process, asyncio.Event]:
    """A child, and what is set when it has ended."""
    loop = asyncio.get_running_loop()
    # Its standard input stays open as long as this process lives: the child ends with it.
    transport, protocol = await loop.subprocess_exec(
        lambda: _Child(loop), *command, stdin=PIPE, stdout=PIPE, stderr=STDOUT, start_new_session=True
    )
    return Process(transport, protocol, loop), protocol.ended


async def _lines(child: Process) -> AsyncIterator[str]:
    """What a child writes, line by line; an endless line comes in pieces."""
    assert child.stdout is not None
    rest = b""
    while piece := await child.stdout.read(LONGEST_LINE):
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line.decode(errors="backslashreplace")
        if len(rest) > LONGEST_LINE:
            yield rest.decode(errors="backslashreplace")
            rest = b""
    if rest:
        yield rest.decode(errors="backslashreplace")
