"""How strongly a command is held, and how much it may take."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Level(IntEnum):
    """From nothing to a root of its own. Every level has a clean environment and leaves no process behind."""

    L0 = 0
    L1 = 1
    L2 = 2
    L3 = 3

    @property
    def sentence(self) -> str:
        return {
            Level.L0: "nothing but a clean environment holds a command back",
            Level.L1: "limits on memory, processes and files, but it may read and write whatever the worker may",
            Level.L2: "Landlock and seccomp: only the files it was given, no network, no other process",
            Level.L3: "bubblewrap: a file system and a network of its own, with Landlock and seccomp inside",
        }[self]


class Stop(StrEnum):
    """Why a command was stopped before its own end."""

    TIME = "time"
    MEMORY = "memory"
    PROCESSES = "processes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one command may take. `memory_bytes` holds for each process and for all of its processes together."""

    seconds: float = 300.0
    memory_bytes: int = 2 * 1024**3
    processes: int = 256
    open_files: int = 1024
    output_bytes: int = 200_000
    """So much is kept of each of stdout and stderr: half from its beginning, half from its end."""
    file_bytes: int = 1024**3
    """The largest file it may write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A command that ended: by itself (`exit_code`), by a signal (`signal`), or because it was stopped (`stop`)."""

    exit_code: int | None
    signal: int | None
    stdout: str
    stderr: str
    truncated: bool
    stop: Stop | None
    level: Level
    seconds: float

    @property
    def timed_out(self) -> bool:
        return self.stop is Stop.TIME
