"""The arguments of bubblewrap: a root with nothing in it but what the plan names."""

import os
import sys
from pathlib import Path
from typing import Final

from agent_runner.sandbox.inside import inner
from agent_runner.sandbox.inside.plan import Plan

BUBBLEWRAP: Final = "bwrap"
_ALWAYS: Final = (
    *("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
    *("--die-with-parent", "--proc", "/proc", "--dev", "/dev"),
)
# Only until the command is there: the launcher inside needs them to become its user, and then drops them.
_AS_ROOT: Final = tuple(
    word
    for right in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_DAC_READ_SEARCH")
    for word in ("--cap-add", right)
)


def wrapper(plan: Plan, program: str) -> list[str]:
    """The whole command line but for the two file descriptors at its end, which only the launcher knows."""
    binds = dict.fromkeys((*plan.readable, *_needed_by_the_launcher()), "--ro-bind")
    binds |= dict.fromkeys(plan.writable, "--bind")
    memory = ("--perms", "1777", "--size", str(plan.memory_bytes), "--tmpfs", "/dev/shm")  # noqa: S108 - its own
    network = () if plan.has_network else ("--unshare-net",)
    words = [program, *_ALWAYS, *network, *memory, *(_AS_ROOT if os.getuid() == 0 else ("--unshare-user",))]
    for path in sorted(binds):  # a place comes before what lies in it
        if Path(path).is_symlink():
            words += ["--symlink", str(Path(path).readlink()), path]
        elif Path(path).exists():
            words += [binds[path], path, path]
    return [*words, "--remount-ro", "/", "--chdir", plan.cwd, "--", *_python(), str(Path(inner.__file__))]


def _python() -> list[str]:
    return [os.path.realpath(sys.executable), "-I", "-S"]


def _needed_by_the_launcher() -> list[str]:
    """Landlock takes them away again before the command starts, unless the plan names them too."""
    room = Path(__file__).parent
    return [os.path.realpath(sys.base_prefix), str(room), str(room.parent / "__init__.py")]
