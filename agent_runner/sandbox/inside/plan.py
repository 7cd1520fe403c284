"""What the launcher is told: one JSON document from the worker."""

import json
import os
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A command and everything that holds it. Sizes in bytes; the flags are single protections."""

    command: list[str]
    cwd: str
    environment: dict[str, str]
    readable: list[str]
    writable: list[str]
    memory_bytes: int
    processes: int
    open_files: int
    file_bytes: int
    has_limits: bool = True
    has_namespaces: bool = True
    is_closed: bool = True
    """No network, unless it `has_network`. With namespaces, everything but `writable` is mounted read-only."""
    has_network: bool = False
    """The network of the machine, its own services among it. Where nothing is closed, it is there anyway."""
    has_landlock: bool = True
    has_seccomp: bool = True
    uid: int | None = None
    """The user that the command becomes; only root can do this."""
    keeps_file_rights: bool = False
    """The user may still do to files what root may. The kernel counts the processes of every user but root."""
    wrapper: list[str] = field(default_factory=list[str])
    """What the command is started through, for bubblewrap."""

    @property
    def kept(self) -> list[str]:
        """What is only readable although it lies in a writable place; needs mounts."""
        return sorted(
            path
            for path in self.readable
            if any(path.startswith(f"{place}/") for place in self.writable) and os.path.lexists(path)
        )

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def read(cls, file: int) -> "Plan":
        """From an open file, whose position does not matter and does not change."""
        return cls(**json.loads(os.pread(file, os.fstat(file).st_size, 0)))
