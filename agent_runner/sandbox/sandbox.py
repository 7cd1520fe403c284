"""Runs commands that nobody trusts, as strongly held as this machine allows."""

import asyncio
import contextlib
import os
import secrets
import sys
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from agent_runner.sandbox.bubblewrap import BUBBLEWRAP, wrapper
from agent_runner.sandbox.inside.confine import give_away
from agent_runner.sandbox.inside.plan import Plan
from agent_runner.sandbox.level import Finished, Level, Limits, Stop
from agent_runner.sandbox.output import Kept
from agent_runner.sandbox.process import Ended, SandboxedProcess, start

PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SYSTEM: Final = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store"),
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime"),
    *("/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/hosts", "/etc/ssl/certs", "/etc/mime.types"),
)
"""What every program needs to read, and nobody's secret."""
OF_THE_NETWORK: Final = (
    *("/etc/resolv.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols"),
    *("/etc/ssl/openssl.cnf", "/etc/ssl/cert.pem", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted"),
)
"""What a program needs besides to find other machines by name, and to know them."""
NO_LIMITS: Final = Limits()


class Sandbox:
    """`directory` is private to the commands of this sandbox: their HOME and TMPDIR lie in it."""

    def __init__(self, level: Level, directory: Path) -> None:
        self.level: Final = level
        self._directory: Final = directory.absolute()
        # One that nobody has: neither the machine's users nor another sandbox can touch its processes and files.
        self._uid: Final = 0x40000000 + secrets.randbits(29)

    async def run(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        writable: Sequence[Path] = (),
        readable: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        limits: Limits = NO_LIMITS,
        network: bool = False,
    ) -> Finished:
        """Runs a command to its end. Nothing of it is left when this returns, raises or is cancelled.

        From L2 on it sees the system's programs, `cwd`, `readable` and `writable`, and writes to `writable` only. With
        `network` it reaches what the worker reaches, what listens on this machine alone among it; else nobody.
        As root its files are given to a user that only this sandbox has. What is readable may lie in a writable place
        and is then protected, where the machine gives mount namespaces.

        Raises SandboxError when it cannot be confined; a command that does not exist ends with exit code 127.
        """
        begun = time.monotonic()
        out, err = Kept(limits.output_bytes), Kept(limits.output_bytes)
        opened = self.open(
            command,
            cwd=cwd,
            writable=writable,
            readable=readable,
            environment=environment,
            limits=limits,
            network=network,
        )
        async with opened as process:
            ended, is_late = await _to_the_end(process, stdin, out, err, limits.seconds)
        return Finished(
            exit_code=ended.exit_code,
            signal=ended.signal,
            stdout=out.text(),
            stderr=err.text(),
            truncated=bool(out.dropped_bytes or err.dropped_bytes),
            stop=Stop.TIME if is_late else ended.stop,
            level=self.level,
            seconds=time.monotonic() - begun,
        )

    @asynccontextmanager
    async def open(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        writable: Sequence[Path] = (),
        readable: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
        limits: Limits = NO_LIMITS,
        network: bool = False,
    ) -> AsyncGenerator[SandboxedProcess]:
        """A long-lived command with its streams; it is killed at the end. `limits.seconds` is the caller's business."""
        plan = self._plan(command, cwd, writable, readable, environment or {}, limits)
        if network:
            plan = replace(plan, has_network=True, readable=[*plan.readable, *_with_targets(OF_THE_NETWORK)])
        if self.level is Level.L3 and not plan.wrapper:
            plan = replace(plan, wrapper=wrapper(plan, BUBBLEWRAP))
        process = await start(plan, self.level)
        try:
            yield process
        finally:
            await process.kill()

    async def hand_over(self, places: Sequence[Path]) -> None:
        """Gives a command that is under way the files that the worker has made there meanwhile. Only root has to."""
        if self.level >= Level.L2 and os.getuid() == 0:
            await asyncio.to_thread(give_away, [str(place) for place in places], self._uid)

    def _plan(
        self,
        command: Sequence[str],
        cwd: Path,
        writable: Sequence[Path],
        readable: Sequence[Path],
        environment: Mapping[str, str],
        limits: Limits,
        /,
    ) -> Plan:
        home, temporary = self._directory / "home", self._directory / "tmp"
        for place in (home, temporary):
            place.mkdir(parents=True, exist_ok=True)
        places = [os.path.realpath(path) for path in (home, temporary, *writable)]
        here = os.path.realpath(cwd)
        also = [] if any(f"{here}/".startswith(f"{place}/") for place in places) else [here]
        return Plan(
            command=list(command),
            cwd=here,
            environment=_environment(home, temporary, environment),
            readable=[*SYSTEM, *also, *(os.path.realpath(path) for path in readable)],
            writable=places,
            memory_bytes=limits.memory_bytes,
            processes=limits.processes,
            open_files=limits.open_files,
            file_bytes=limits.file_bytes,
            has_limits=self.level >= Level.L1,
            has_namespaces=Level.L1 <= self.level < Level.L3,
            is_closed=self.level >= Level.L2,
            has_landlock=self.level >= Level.L2,
            has_seccomp=self.level >= Level.L2,
            uid=self._uid if self.level >= Level.L1 and os.getuid() == 0 else None,
            keeps_file_rights=self.level is Level.L1,
        )


def _with_targets(places: Sequence[str]) -> list[str]:
    """A link and what it leads to, as `/etc/resolv.conf` often does."""
    return list(dict.fromkeys(path for place in places for path in (place, os.path.realpath(place))))


def _environment(home: Path, temporary: Path, more: Mapping[str, str]) -> dict[str, str]:
    """Built from nothing: no variable of the worker gets in."""
    return {
        "PATH": PATH,
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "USER": "sandbox",
        "LOGNAME": "sandbox",
    } | dict(more)


async def _to_the_end(
    process: SandboxedProcess, stdin: bytes, out: Kept, err: Kept, seconds: float
) -> tuple[Ended, bool]:
    """How it ended, and whether it was stopped because its time was over."""
    readers = [
        asyncio.ensure_future(out.read_all(process.stdout)),
        asyncio.ensure_future(err.read_all(process.stderr)),
        asyncio.ensure_future(_feed(process, stdin)),
    ]
    is_late = False
    try:
        try:
            async with asyncio.timeout(seconds):
                ended = await process.wait()
        except TimeoutError:
            is_late = True
            await process.kill()
            ended = await process.wait()
        await asyncio.gather(*readers)
    finally:
        for reader in readers:
            reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*readers, return_exceptions=True)
    return ended, is_late


async def _feed(process: SandboxedProcess, stdin: bytes) -> None:
    with suppress(ConnectionError):  # a command need not read what it is given
        process.stdin.write(stdin)
        await process.stdin.drain()
    process.stdin.close()


def python_places() -> list[Path]:
    """What the Python of this process needs to be readable to run inside."""
    return [Path(os.path.realpath(place)) for place in {sys.base_prefix, sys.prefix}]
