"""Landlock: which files this process and all it starts may open, and that they reach nobody outside."""

import ctypes
import os
import stat
from contextlib import suppress
from typing import Final

from agent_runner.sandbox.inside import kernel
from agent_runner.sandbox.inside.plan import Plan

# The same numbers on every architecture.
_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_ASK_VERSION: Final = 1
_BENEATH: Final = 1

_EXECUTE: Final = 1
_WRITE_FILE: Final = 1 << 1
_READ_FILE: Final = 1 << 2
_READ_DIRECTORY: Final = 1 << 3
_MAKE_CHARACTER_DEVICE: Final = 1 << 6
_MAKE_BLOCK_DEVICE: Final = 1 << 11
_RENAME: Final = 1 << 13
_TRUNCATE: Final = 1 << 14
_DEVICE_CONTROL: Final = 1 << 15

_SINCE_FIRST: Final = (1 << 13) - 1
_ON_FILES: Final = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICE_CONTROL
_READ: Final = _EXECUTE | _READ_FILE | _READ_DIRECTORY
_NOBODY_MAKES: Final = _MAKE_CHARACTER_DEVICE | _MAKE_BLOCK_DEVICE

_NETWORK: Final = 0b11
_OUTSIDE: Final = 0b11
"""Abstract sockets and signals of processes outside."""
_DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def version() -> int:
    """0 where the kernel has no Landlock."""
    with suppress(OSError):
        return kernel.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_ASK_VERSION))
    return 0


def restrict(plan: Plan, own: set[str]) -> None:
    """`own`: what the namespaces gave. Raises OSError where the kernel has no Landlock."""
    known = version()
    files = _file_rights(known)
    network = 0 if plan.has_network or "network" in own else _NETWORK
    attributes = (ctypes.c_uint64 * 3)(files, network, _OUTSIDE)
    size = 24 if known >= 6 else 16 if known >= 4 else 8  # noqa: PLR2004 - the versions that brought more rights
    ruleset = kernel.syscall(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), ctypes.c_uint(0))
    devices = (_READ_FILE | _WRITE_FILE | _TRUNCATE) & files
    for path in [*plan.readable, *sorted(own & {"/proc"})]:
        _allow(ruleset, path, _READ & files)
    for path in [*plan.writable, *sorted(own & {"/dev/shm"})]:  # noqa: S108 - its own
        _allow(ruleset, path, files & ~_NOBODY_MAKES & ~_DEVICE_CONTROL)
    for path in _DEVICES:
        _allow(ruleset, path, devices)
    kernel.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0))
    os.close(ruleset)


def _file_rights(known: int) -> int:
    rights = _SINCE_FIRST
    for since, right in ((2, _RENAME), (3, _TRUNCATE), (5, _DEVICE_CONTROL)):
        if known >= since:
            rights |= right
    return rights


def _allow(ruleset: int, path: str, rights: int) -> None:
    """What is not there needs no rule."""
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        allowed = rights if stat.S_ISDIR(os.fstat(folder).st_mode) else rights & _ON_FILES
        rule = allowed.to_bytes(8, "little") + folder.to_bytes(4, "little")
        kernel.syscall(
            _ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_BENEATH), ctypes.c_char_p(rule), ctypes.c_uint(0)
        )
    finally:
        os.close(folder)
