"""What doctor looks at on this machine: disk, file system, git, and who may read what."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agent_runner.domain.finding import Finding, failed_with, passed, warned
from agent_runner.errors import AgentRunnerError

if TYPE_CHECKING:
    from agent_runner.sandbox.level import Level
    from agent_runner.settings import Settings

OLDEST_GIT: Final = (2, 39)
ENVIRONMENT_FILE: Final = Path(".env")


def disk(settings: "Settings") -> Iterator[Finding]:
    from agent_runner.store.examination import examine_disk  # noqa: PLC0415 - only what the command needs

    return examine_disk(settings.store_url)


def permissions(settings: "Settings") -> Iterator[Finding]:
    from agent_runner.store.examination import examine_rights  # noqa: PLC0415 - as above

    return examine_rights(settings.store_url, ENVIRONMENT_FILE)


def git(_settings: "Settings") -> Iterator[Finding]:
    found = shutil.which("git")
    newer = f"install git {'.'.join(map(str, OLDEST_GIT))} or newer"
    if found is None:
        yield warned("git", "is not in PATH", newer)
        return
    done = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=5, check=False)  # noqa: S603 - no input
    version = re.search(r"(\d+)\.(\d+)", done.stdout)
    if version is None:
        yield warned("git", f"{found} does not say its version: {done.stdout.strip()}", newer)
    elif (int(version[1]), int(version[2])) < OLDEST_GIT:
        yield warned("git", f"{done.stdout.strip()} lacks what keeps a hostile repository in check", newer)
    else:
        yield passed("git", done.stdout.strip())


def sandbox(settings: "Settings") -> Iterator[Finding]:
    """A child really tries to escape; it leaves nothing behind."""
    import asyncio  # noqa: PLC0415 - as above
    import tempfile  # noqa: PLC0415 - as above

    from agent_runner.sandbox.level import Level  # noqa: PLC0415 - as above
    from agent_runner.sandbox.probe import probe, usable  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(probe(Path(folder)))
    try:
        level = usable(found, settings.sandbox_level)
    except AgentRunnerError as error:
        yield failed_with("sandbox", error)
        return
    said = f"{level.name}: {level.sentence}"
    if level is Level.L3:
        yield passed("sandbox", said)
    else:
        yield warned("sandbox", f"{said} ({found.reason})", next_step_for(level))


def next_step_for(level: "Level") -> str:
    """How to get more than this level."""
    if sys.platform != "linux":
        return "run the worker on Linux before it works on code that nobody trusts"
    if level >= 2:  # noqa: PLR2004 - Level.L2, whose room is not loaded
        return "install bubblewrap, or let this user make user namespaces"
    return "install bubblewrap, or use Linux 5.13 or newer with Landlock"
