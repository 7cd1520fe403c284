"""Limits that the kernel keeps for each process."""

import os
import resource
import sys
from typing import Final

from agent_runner.sandbox.inside.plan import Plan

# Not the address space: runtimes with a garbage collector reserve far more of it than they ever use.
_MEMORY: Final = resource.RLIMIT_DATA


def set_limits(plan: Plan, *, counted_already: int) -> None:
    """`counted_already`: processes of the same user that the kernel counts besides the command's own."""
    _lower(resource.RLIMIT_CORE, 0)
    _lower(_MEMORY, plan.memory_bytes)
    _lower(resource.RLIMIT_NOFILE, plan.open_files)
    _lower(resource.RLIMIT_FSIZE, plan.file_bytes)
    if hasattr(resource, "RLIMIT_NPROC"):
        _lower(resource.RLIMIT_NPROC, plan.processes + counted_already)


def threads_of_user(uid: int) -> int:
    """What the kernel counts against the limit of processes: every thread of the user."""
    if sys.platform != "linux":
        return 0
    total = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.stat(f"/proc/{name}").st_uid == uid:
                    total += len(os.listdir(f"/proc/{name}/task"))
            except OSError:
                continue
    return total


def _lower(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (bound, bound))
