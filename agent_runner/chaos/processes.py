"""The processes that are hurt: an API and several workers, each restarted when it ends, and none left behind."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from agent_runner.chaos.memory import Memory

LONGEST_START_SECONDS: Final = 30.0
RESTART_SECONDS: Final = 0.3
END_SECONDS: Final = 15.0
"""A process that was asked to end may take this long beyond its own grace."""
START_SECONDS: Final = 10.0
"""So long after its start a process may die of SIGTERM itself: it does not listen yet, and has begun nothing."""
OUTAGE_ECHO_SECONDS: Final = 15.0
"""So long after a database restart a process may end by itself: it is started again, as any supervisor does."""
_AS_CHILD: Final = (sys.executable, "-m", "agent_runner.chaos.child", "-m")


class Member:
    """One place in the site, held by one process after the other. `is_in_hand`: somebody is hurting it."""

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], directory: Path) -> None:
        self.name: Final = name
        self.log: Final = directory / f"{name}.log"
        self.is_in_hand: bool = False
        self.is_paused: bool = False
        self._arguments: Final = arguments
        self._environment: Final = environment
        self._process: Process | None = None
        self._started_at: float = 0.0

    @property
    def is_young(self) -> bool:
        return time.monotonic() < self._started_at + START_SECONDS

    @property
    def may_be_starting(self) -> bool:
        """It may wait for a lock that somebody holds, and does not listen to signals yet: it holds nothing either."""
        return time.monotonic() < self._started_at + LONGEST_START_SECONDS

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        self._started_at = time.monotonic()
        with self.log.open("ab") as log:
            # Its standard input stays open as long as this process lives; on Linux it dies with this process anyway.
            self._process = await asyncio.create_subprocess_exec(
                *_AS_CHILD,
                *self._arguments,
                stdin=PIPE,
                stdout=log,
                stderr=STDOUT,
                start_new_session=True,
                env=dict(self._environment),
            )

    def send(self, signal_number: int) -> None:
        if self.is_alive and self._process is not None:
            self.is_paused = signal_number == signal.SIGSTOP
            self._process.send_signal(signal_number)

    async def ended(self, seconds: float | None = None) -> int | None:
        """The exit code; None when it goes on after so many seconds."""
        if self._process is None:
            return None
        try:
            async with asyncio.timeout(seconds):
                return await self._process.wait()
        except TimeoutError:
            return None

    async def kill(self) -> None:
        """Whatever state it is in."""
        if self.is_alive and self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()
        self.is_paused = False

    def kill_what_it_left(self) -> bool:
        """Whether the process that has just ended left another one behind in its session."""
        if self._process is None or self.is_alive:
            return False
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return False
        return True


class Site:
    """All members, and whoever watches that they live."""

    def __init__(self, api: Member, workers: Sequence[Member], memory: Memory) -> None:
        self.api: Final = api
        self.workers: Final = workers
        self._memory: Final = memory
        self._guards: list[asyncio.Task[None]] = []
        self._helpers: Final[list[Process]] = []
        self._outage_until: float = 0.0

    @property
    def members(self) -> Sequence[Member]:
        return (self.api, *self.workers)

    async def start(self) -> None:
        for member in self.members:
            await member.start()
            self._guards.append(asyncio.create_task(self._guard(member), name=f"guard of {member.name}"))

    async def stop(self) -> None:
        """As an operator does: SIGTERM, and everything ends in order with exit code 0."""
        await self._dismiss_guards()
        await asyncio.gather(*(self.end(worker) for worker in self.workers))
        await self.end(self.api)

    async def end(self, member: Member) -> None:
        """Asks it to end, and expects that it does."""
        may_die_of_it = member.may_be_starting
        member.send(signal.SIGTERM)
        code = await member.ended(END_SECONDS)
        if code is None:
            self._memory.find(f"{member.name} did not end within {END_SECONDS:g} s of SIGTERM")
            await member.kill()
        elif code != 0 and not (may_die_of_it and code == -signal.SIGTERM):
            self._memory.find(f"{member.name} ended with exit code {code} on SIGTERM: {last_line(member.log)}")

    async def help(self, *command: str) -> int:
        """Runs a program of chaos itself to its end; it dies with the rest."""
        process = await asyncio.create_subprocess_exec(
            *command, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True
        )
        self._helpers.append(process)
        return await process.wait()

    def expect_outage(self) -> None:
        """The database was taken away, so a process may end by itself."""
        self._outage_until = time.monotonic() + OUTAGE_ECHO_SECONDS

    async def kill_all(self) -> None:
        """Leaves nothing behind, whatever happened before."""
        await self._dismiss_guards()
        for helper in self._helpers:
            if helper.returncode is None:
                os.killpg(helper.pid, signal.SIGKILL)
                await helper.wait()
        for member in self.members:
            if member.kill_what_it_left():
                self._memory.break_promise("I13", None, f"{member.name} ended and left a process behind")
            await member.kill()

    async def _guard(self, member: Member) -> None:
        """Starts a member again that ended by itself, and says so."""
        while True:
            code = await member.ended()
            if member.is_in_hand:
                await asyncio.sleep(RESTART_SECONDS)  # whoever hurts it starts it again
                continue
            if time.monotonic() > self._outage_until:
                self._memory.find(f"{member.name} ended by itself with exit code {code}: {last_line(member.log)}")
            self._memory.counts["ended by themselves"] += 1
            await asyncio.sleep(RESTART_SECONDS)
            await member.start()

    async def _dismiss_guards(self) -> None:
        for guard in self._guards:
            guard.cancel()
        await asyncio.gather(*self._guards, return_exceptions=True)
        self._guards.clear()


def last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return lines[-1][:300] if lines else "it said nothing"
