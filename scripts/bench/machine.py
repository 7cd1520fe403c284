"""The machine: what it is, and whether somebody else uses it while we measure."""

import asyncio
import os
import platform
import resource
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from agent_runner.store.sqlite import sqlite_library

LIBRARIES: Final = ("fastapi", "uvicorn", "uvloop", "httptools", "pydantic", "sqlalchemy", "aiosqlite")
MOST_FOREIGN_SHARE: Final = 0.1
"""Of all cores. The kernel writing our own data to disk counts as foreign too, so it is never quite 0."""
HIGHEST_LOAD_PER_CORE: Final = 0.5
IDLE_LOOK_SECONDS: Final = 2.0


def conditions() -> dict[str, Any]:
    """What a reader must know to compare figures."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "versions": {
            "python": platform.python_version(),
            "sqlite": str(sqlite_library().sqlite_version),
            **{name: version(name) for name in LIBRARIES},
        },
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


@dataclass(frozen=True, slots=True)
class Moment:
    """How much the cores have worked so far, and how much of it for this process and its ended children."""

    at: float
    busy_seconds: float
    own_seconds: float

    @classmethod
    def now(cls) -> "Moment":
        usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        own = sum(usage.ru_utime + usage.ru_stime for usage in usages)
        return cls(time.monotonic(), _busy_seconds(), own)

    def foreign_share_since(self, before: "Moment") -> float:
        """What others used of all cores, from 0 to 1; 0 where the system does not tell. Wait for children first."""
        foreign = (self.busy_seconds - before.busy_seconds) - (self.own_seconds - before.own_seconds)
        available = (self.at - before.at) * (os.cpu_count() or 1)
        return max(0.0, foreign / available) if available else 0.0


def _busy_seconds() -> float:
    try:
        first = Path("/proc/stat").read_text().partition("\n")[0].split()
    except OSError:
        return 0.0
    user, nice, system, _idle, _waiting, *rest = (int(word) for word in first[1:])
    return (user + nice + system + sum(rest[:3])) / os.sysconf("SC_CLK_TCK")


async def why_not_quiet() -> str | None:
    """One sentence when this is no time to measure; looks for a while. Our own load must be gone."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load > HIGHEST_LOAD_PER_CORE * cores:
        return f"the load average is {load:.2f} on {cores} cores, above {HIGHEST_LOAD_PER_CORE * cores:.2f}"
    before = Moment.now()
    await asyncio.sleep(IDLE_LOOK_SECONDS)
    return why_disturbed(Moment.now().foreign_share_since(before))


def why_disturbed(foreign_share: float) -> str | None:
    if foreign_share <= MOST_FOREIGN_SHARE:
        return None
    return f"other processes used {foreign_share:.0%} of the cores, more than {MOST_FOREIGN_SHARE:.0%}"
