"""How strongly this worker can hold commands: tried once, beside its work, and then known to all its attempts."""

import asyncio
import os
import platform
import shutil
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from agent_runner import __version__
from agent_runner.sandbox.bubblewrap import BUBBLEWRAP
from agent_runner.sandbox.level import Level
from agent_runner.sandbox.probe import Probe, recalled, remembered, usable
from agent_runner.sandbox.sandbox import Sandbox


class Sandboxes:
    """`least` is SANDBOX_LEVEL; `known` is what an earlier start of a worker has found out on this machine."""

    def __init__(self, least: str, find: Callable[[], Awaitable[Probe]], known: Probe | None = None) -> None:
        self._least: Final = least
        self._find: Final = find
        self._known = known
        self._is_known: Final = asyncio.Event()
        if known is not None:
            self._is_known.set()

    @property
    def known(self) -> Probe | None:
        """None while nobody has tried, or somebody is just trying."""
        return self._known

    @property
    def level(self) -> Level | None:
        return None if self._known is None else self._known.level

    async def find(self) -> Probe:
        """Tries, and lets those go on who wait in `open`. L0 when it could not even be tried."""
        try:
            self._known = await self._find()
        except Exception as error:  # noqa: BLE001 - the boundary: whatever goes wrong here, runs without commands go on
            self._known = not_tried(f"it could not be tried: {error}")
        self._is_known.set()
        return self._known

    async def open(self, directory: Path) -> Sandbox:
        """Waits for the probe. Raises SandboxError where less can be held than is accepted."""
        await self._is_known.wait()
        assert self._known is not None, "it is set before those who wait are told"
        return Sandbox(usable(self._known, self._least), directory)


async def sandboxes_of_this_machine(run_directory: Path, boot_id: str, least: str) -> Sandboxes:
    """What is known from an earlier start is known at once; else `find` tries."""
    place, key = run_directory / "sandbox", machine_key(boot_id)
    return Sandboxes(least, lambda: remembered(place, key), await recalled(place, key))


def machine_key(boot_id: str) -> str:
    """All that the outcome of the probe depends on, as far as it is cheap to ask."""
    facts = (__version__, boot_id, socket.gethostname(), platform.platform(), os.getuid(), shutil.which(BUBBLEWRAP))
    return repr(facts)


def no_sandboxes() -> Sandboxes:
    """For a worker whose agents run no commands."""
    known = not_tried("this worker was started without sandboxes")

    async def find() -> Probe:
        return known

    return Sandboxes("auto", find, known)


def not_tried(reason: str) -> Probe:
    return Probe(level=Level.L0, held=(), failed=(), reason=reason)
