"""Runs uv for the environment of a host, tells how it goes, and puts its failures into sentences."""

import asyncio
import os
import re
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import uv

from agent_runner.errors import EnvironmentUnavailable
from agent_runner.hosts.manifest import Host

Progress = Callable[[str], None]

LONGEST_LINE_BYTES: Final = 64 * 1024
LINES_KEPT: Final = 200
"""Of what uv said last: the reason of a failure stands there."""
_WORTH_TELLING: Final = re.compile(r"^\s*(Downloading|Building) (.+)$")


@dataclass(frozen=True, slots=True)
class _Trouble:
    said: re.Pattern[str]
    """What uv says then."""
    means: str
    next_step: str


_TROUBLES: Final = (
    _Trouble(
        re.compile(r"No space left on device|os error 28\b|Disk quota exceeded"),
        "there is no space left for its environment",
        "free disk space, also where uv keeps its cache (UV_CACHE_DIR), and try again",
    ),
    _Trouble(
        re.compile(
            r"No interpreter found|Failed to inspect Python|No virtual environment or system Python"
            r"|python-build-standalone|Python downloads? (are|is)|cannot be used as .* interpreter"
        ),
        "no Python that its script wants was found, and none could be fetched",
        "install such a Python, so that it is in the PATH of the worker",
    ),
    _Trouble(
        re.compile(r"Hash mismatch|hash mismatch"),
        "the package registry gives other files than its lock names",
        "find out why: another registry than the lock was made from, or somebody who changes packages on their way",
    ),
    _Trouble(
        re.compile(
            r"error sending request|Failed to fetch|Request failed|Could not connect|Failed to download|dns error"
            r"|not found in the package registry|HTTP status (client|server) error|network connectivity is disabled"
        ),
        "the package registry cannot be reached or refuses what is asked",
        "look at the network, HTTPS_PROXY and UV_DEFAULT_INDEX, and try again",
    ),
)


class Uv:
    """The uv of this machine. `environment` is all it sees of the worker's environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment: Final = {**environment, "UV_NO_PROGRESS": "1", "NO_COLOR": "1"}

    @property
    def path(self) -> str | None:
        """That of our own dependency, else the one in PATH; None without any."""
        try:
            return uv.find_uv_bin()
        except FileNotFoundError:
            return shutil.which("uv", path=self._environment.get("PATH"))

    async def run(self, host: Host, arguments: Sequence[str], progress: Progress) -> str:
        """What uv has said when it is done. Cancelled, it ends uv at once, with all that uv has started.

        Raises EnvironmentUnavailable.
        """
        path = self.path
        if path is None:
            raise EnvironmentUnavailable(
                f"uv, which makes the environment of the host {host.name}, is not installed", next_step="pip install uv"
            )
        process = await asyncio.create_subprocess_exec(
            path,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment,
            cwd="/",  # no project of somebody else's above it, whose settings uv would take for its own
            start_new_session=True,
            limit=LONGEST_LINE_BYTES,
        )
        said: list[str] = []
        try:
            await _listen(process, said, progress)
            code = await process.wait()
        except BaseException:
            await asyncio.shield(_end(process))
            raise
        if code < 0:
            raise EnvironmentUnavailable(
                f"the host {host.name}: uv, which makes its environment, was killed by signal {-code}",
                next_step="try again; if nobody has done that, look for a lack of memory",
            )
        if code != 0:
            raise explained(f"the host {host.name}", said)
        return "\n".join(said)


async def _listen(process: asyncio.subprocess.Process, said: list[str], progress: Progress) -> None:
    assert process.stderr is not None
    while line := await _line(process.stderr):
        text = line.decode(errors="replace").rstrip()
        said.append(text)
        del said[:-LINES_KEPT]
        if told := _WORTH_TELLING.match(text):
            progress(f"{told[1].lower()} {told[2]}")


async def _line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readline()
    except ValueError:
        return b"(a line that is too long)\n"


async def _end(process: asyncio.subprocess.Process) -> None:
    """Its whole group: uv starts compilers and builds."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def explained(who: str, said: Sequence[str]) -> EnvironmentUnavailable:
    """What uv's last words mean."""
    text = "\n".join(said)
    last = _last_words(said)
    for trouble in _TROUBLES:
        if trouble.said.search(text):
            return EnvironmentUnavailable(f"{who}: {trouble.means}: {last}", next_step=trouble.next_step)
    return EnvironmentUnavailable(f"{who}: its environment cannot be made: {last}")


def _last_words(said: Sequence[str]) -> str:
    """The error and its causes, on one line."""
    lines = [line.strip() for line in said if line.strip()]
    starts = [number for number, line in enumerate(lines) if line.startswith("error:")]
    chosen = lines[starts[-1] :] if starts else lines[-3:]
    return "; ".join(line.removeprefix("error: ").removeprefix("cause: ") for line in chosen[:6]) or "it said nothing"
