"""The environments of hosts: one directory for each state of manifest, script, lock and Python, whole or not there."""

import asyncio
import errno
import fcntl
import hashlib
import os
import platform
import re
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from agent_runner.domain.host_report import HostHealth
from agent_runner.errors import EnvironmentUnavailable
from agent_runner.hosts.installer import Progress, Uv
from agent_runner.hosts.manifest import MANIFEST, Host, script_metadata

UNUSED_SECONDS: Final = 8 * 86_400
"""Older environments of a host go after so long: a run that works in one of them lasts a week at most."""
LOOK_SECONDS: Final = 0.1
"""How often somebody who waits for another process looks whether it is done."""
_INSTALLED: Final = re.compile(r"^Installed (\d+) package", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Condition:
    health: HostHealth
    reason: str | None = None
    """Why it is not ready."""
    next_step: str | None = None


READY: Final = Condition(HostHealth.READY)


def _say_nothing(_sentence: str) -> None:
    pass


class Environments:
    """Those of one machine, below one directory. Any number of processes may share it.

    `tools` is what uv and the look for programs see of the worker's environment; `variable` gives one that a manifest
    names.
    """

    def __init__(self, directory: Path, tools: Mapping[str, str], variable: Callable[[str], str | None]) -> None:
        self._directory: Final = directory.absolute()
        self._tools: Final = dict(tools)
        self._variable: Final = variable
        self._uv: Final = Uv(tools)
        self._turns: Final[defaultdict[str, asyncio.Lock]] = defaultdict(asyncio.Lock)

    async def interpreter(self, host: Host, tell: Progress = _say_nothing) -> Path:
        """The Python of the host's script; installs it first where it is missing. Raises EnvironmentUnavailable."""
        await self.install(host, tell)
        place = self._place(host)
        with suppress(OSError):  # of use to nobody but who tidies up
            os.utime(place)
        return place / "bin" / "python"

    def variables(self, host: Host) -> dict[str, str]:
        """Those of the worker that the manifest names, as far as they are set."""
        given = ((name, self._variable(name)) for name in host.manifest.environment)
        return {name: value for name, value in given if value is not None}

    def health(self, host: Host) -> Condition:
        """Starts nothing: it looks at files only."""
        if host.script is None:
            return self._health_of_command(host)
        if condition := _unusable(host):
            return condition
        try:
            place = self._place(host)
        except OSError as error:
            return Condition(HostHealth.BROKEN, f"{error.filename} cannot be read: {error.strerror}")
        install = f"agent-runner agents install {host.name}; the first run does it as well"
        if not place.exists():
            return Condition(HostHealth.MISSING, "its environment is not made yet", install)
        if not (place / "bin" / "python").exists():
            return Condition(HostHealth.MISSING, f"the Python of its environment in {place} is gone", install)
        return READY

    async def install(self, host: Host, progress: Progress = _say_nothing) -> None:
        """Makes the environment unless it is there. Of any number of callers one works, the others wait for it.

        Cancelled, it leaves nothing that anybody could take for an environment. Raises EnvironmentUnavailable.
        """
        async with self._turns[host.name]:
            if await asyncio.to_thread(self._is_there, host):
                return
            try:
                async with self._alone(host, progress):
                    if not await asyncio.to_thread(self._is_there, host):
                        await self._make(host, progress)
            except OSError as error:
                raise _in_our_words(host, error) from error

    # ---- what is there

    def _health_of_command(self, host: Host) -> Condition:
        program = host.manifest.command[0].replace("{directory}", str(host.directory.absolute()))
        if shutil.which(program, path=self._tools.get("PATH")) is None:
            return Condition(
                HostHealth.MISSING,
                f"its program {program} is not found",
                f"install {program}, so that it is in the PATH of the worker",
            )
        return READY

    def _is_there(self, host: Host) -> bool:
        """Raises EnvironmentUnavailable where installing could not help."""
        condition = self.health(host)
        if condition.health is HostHealth.READY:
            return True
        if host.script is None or condition.health is HostHealth.BROKEN:
            raise _unavailable(host, condition)
        return False

    def _place(self, host: Host) -> Path:
        digest = hashlib.sha256()
        assert host.script is not None
        assert host.lock is not None
        for path in (host.directory / MANIFEST, host.script, host.lock):
            content = path.read_bytes() if path != host.lock or path.exists() else b""
            digest.update(b"%d:" % len(content) + content)
        digest.update(f"{sys.implementation.name} {platform.python_version()} {sys.base_prefix}".encode())
        return self._directory / f"{host.name}-{digest.hexdigest()[:16]}"

    # ---- how it is made

    @asynccontextmanager
    async def _alone(self, host: Host, progress: Progress) -> AsyncGenerator[None]:
        """One process at a time works on the environments of a host; the kernel frees the lock of one that died."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock_file(host) as file:
            is_waiting = False
            while not _locked(file):
                if not is_waiting:
                    progress("another process is making it: waiting")
                is_waiting = True
                await asyncio.sleep(LOOK_SECONDS)
            yield

    def _lock_file(self, host: Host) -> IO[bytes]:
        return (self._directory / f"{host.name}.lock").open("ab")

    async def _make(self, host: Host, progress: Progress) -> None:
        began = time.monotonic()
        progress(f"installing the environment of {host.title}")
        place = self._place(host)
        await asyncio.to_thread(self._remove_drafts, host)
        draft = Path(tempfile.mkdtemp(prefix=_drafts(host), dir=self._directory))
        try:
            made = draft / "environment"
            await self._uv.run(host, ["venv", "--no-project", "--relocatable", *_python_for(host), str(made)], progress)
            count = await self._fill(host, draft, made, progress)
            await asyncio.to_thread(_put_in_place, made, place)
        finally:
            await asyncio.to_thread(shutil.rmtree, draft, ignore_errors=True)
        progress(f"installed {count} package{'' if count == 1 else 's'} in {time.monotonic() - began:.1f} s")
        await asyncio.to_thread(self._remove_unused, host, place)

    async def _fill(self, host: Host, draft: Path, made: Path, progress: Progress) -> int:
        """Says how many packages there are. What is exported and synchronized names no registry: uv's own counts."""
        if not _wants_packages(host):
            return 0
        wanted = draft / "requirements.txt"
        exporting = ["export", "--script", str(host.script), "--frozen", "--no-header", "--no-annotate", "-o"]
        await self._uv.run(host, [*exporting, str(wanted)], progress)
        checks = ["--require-hashes"] if "--hash=" in wanted.read_text(encoding="utf-8") else []
        syncing = ["pip", "sync", "--python", str(made / "bin" / "python"), "--compile-bytecode"]
        said = await self._uv.run(host, [*syncing, "--allow-empty-requirements", *checks, str(wanted)], progress)
        installed = _INSTALLED.search(said)
        return int(installed[1]) if installed else 0

    def _remove_drafts(self, host: Host) -> None:
        """What an installer has left that was killed: whoever holds the lock is the only one who works here."""
        for path in self._directory.glob(f"{_drafts(host)}*"):
            shutil.rmtree(path, ignore_errors=True)

    def _remove_unused(self, host: Host, place: Path) -> None:
        for path in self._others(host, place):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > UNUSED_SECONDS:
                    shutil.rmtree(path, ignore_errors=True)

    def _others(self, host: Host, place: Path) -> Iterator[Path]:
        name = re.compile(re.escape(host.name) + "-[0-9a-f]{16}")
        return (path for path in self._directory.iterdir() if name.fullmatch(path.name) and path != place)


def _drafts(host: Host) -> str:
    """How the names of its drafts begin; `~` stands in no host's name."""
    return f".{host.name}~"


def _locked(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _put_in_place(made: Path, place: Path) -> None:
    """At once. What lies there already has lost its Python."""
    if place.exists():
        shutil.rmtree(place)
    made.rename(place)


def _metadata(host: Host) -> dict[str, Any]:
    assert host.script is not None
    return script_metadata(host.script.read_text(encoding="utf-8"))


def _wants_packages(host: Host) -> bool:
    return bool(_metadata(host).get("dependencies"))


def _unusable(host: Host) -> Condition | None:
    """Why no environment can be made of what lies there."""
    script, lock = host.script, host.lock
    assert lock is not None
    try:
        SpecifierSet(str(_metadata(host).get("requires-python", "")))
        is_locked = lock.is_file() or not _wants_packages(host)
    except (OSError, ValueError, InvalidSpecifier) as error:
        return Condition(HostHealth.BROKEN, f"the block of dependencies in {script} cannot be read: {error}")
    if not is_locked:
        return Condition(
            HostHealth.BROKEN, f"there is no lock beside its script: {lock} is missing", f"uv lock --script {script}"
        )
    return None


def _python_for(host: Host) -> tuple[str, str]:
    """The worker's own Python where the script takes it; else what it wants, for uv to find."""
    wanted = str(_metadata(host).get("requires-python", ""))
    is_ours = SpecifierSet(wanted).contains(platform.python_version(), prereleases=True)
    return "--python", sys.executable if is_ours else wanted


def _unavailable(host: Host, condition: Condition) -> EnvironmentUnavailable:
    return EnvironmentUnavailable(f"the host {host.name}: {condition.reason}", next_step=condition.next_step)


def _in_our_words(host: Host, error: OSError) -> EnvironmentUnavailable:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        said = f"the host {host.name}: there is no space left for its environment: {error.filename}"
        return EnvironmentUnavailable(said, next_step="free disk space, and try again")
    said = f"the host {host.name}: its environment cannot be made: {error.filename}: {error.strerror}"
    return EnvironmentUnavailable(said, next_step="agent-runner doctor looks at the rights and the disk")
