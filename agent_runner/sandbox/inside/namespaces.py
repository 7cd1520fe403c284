"""Namespaces, where the kernel gives them: own process ids, mounts, network. What it does not give is left out."""

import fcntl
import os
import socket
import struct
from contextlib import suppress

from agent_runner.sandbox.inside import kernel
from agent_runner.sandbox.inside.plan import Plan

_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1
_WANTED = kernel.CLONE_NEWPID | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS


def enter(*, has_network: bool) -> bool:
    """Whether the next child of this process is the first of a world of its own. Root needs no user namespace.

    Raises OSError where half of it was given: then nothing may be started.
    """
    if not kernel.IS_LINUX:
        return False
    flags = _WANTED | (0 if has_network else kernel.CLONE_NEWNET)
    uid, gid = os.getuid(), os.getgid()
    try:
        kernel.unshare(flags if uid == 0 else flags | kernel.CLONE_NEWUSER)
    except OSError:
        return False
    if uid != 0:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} {uid} 1")
        _write("/proc/self/gid_map", f"{gid} {gid} 1")
    return True


def furnish(plan: Plan) -> set[str]:
    """Called by the first process inside. Returns the places that are its own: /proc, /dev/shm, `read-only`."""
    own: set[str] = set()
    try:
        # Not with the others: the launcher goes on seeing the /proc that shows all processes.
        kernel.unshare(kernel.CLONE_NEWNS)
        # Without this a mount inside would also appear outside.
        kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    except OSError:
        return own
    quiet = kernel.MS_NOSUID | kernel.MS_NODEV
    with suppress(OSError):
        kernel.mount("proc", "/proc", "proc", quiet | kernel.MS_NOEXEC)
        own.add("/proc")
    with suppress(OSError):
        kernel.mount("tmpfs", "/dev/shm", "tmpfs", quiet, f"mode=1777,size={plan.memory_bytes}")  # noqa: S108 - its own
        own.add("/dev/shm")  # noqa: S108 - the same
    if not plan.is_closed:
        return own
    if not plan.has_network:
        with suppress(OSError):
            _start_loopback()
            own.add("network")
    with suppress(OSError):
        _let_write_only(plan.writable, plan.kept, own)
        own.add("read-only")
    return own


def _let_write_only(writable: list[str], kept: list[str], own: set[str]) -> None:
    """Only `writable` stays so, less what is `kept` within it. That also stops chmod, chown and attributes."""
    for path in [*writable, *kept]:
        kernel.mount(path, path, "", kernel.MS_BIND | kernel.MS_REC)
    kernel.set_read_only("/", recursive=True, is_read_only=True)
    for path in [*writable, *sorted(own & {"/dev/shm"})]:  # noqa: S108 - its own
        kernel.set_read_only(path, recursive=False, is_read_only=False)


def _start_loopback() -> None:
    """The network of the namespace has nothing but this: a project's tests may talk to a server of their own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP))


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)
