"""What Python's library does not offer of Linux: prctl, unshare, mount, capabilities, raw system calls."""

import ctypes
import os
import sys
from typing import Final

IS_LINUX: Final = sys.platform == "linux"

CLONE_NEWNS: Final = 0x00020000
CLONE_NEWUTS: Final = 0x04000000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000

MS_RDONLY: Final = 1
MS_NOSUID: Final = 2
MS_NODEV: Final = 4
MS_NOEXEC: Final = 8
MS_BIND: Final = 4096
MS_REC: Final = 16384
MS_PRIVATE: Final = 1 << 18

PR_SET_PDEATHSIG: Final = 1
PR_SET_KEEPCAPS: Final = 8
PR_CAPBSET_DROP: Final = 24
PR_SET_SECCOMP: Final = 22
PR_SET_SECUREBITS: Final = 28
PR_SET_CHILD_SUBREAPER: Final = 36
PR_SET_NO_NEW_PRIVS: Final = 38
PR_CAP_AMBIENT: Final = 47

SECBIT_NO_SETUID_FIXUP: Final = 1 << 2

CAP_DAC_READ_SEARCH: Final = 2
FILE_RIGHTS: Final = 0b11111
"""The capabilities to own, read, write and change the mode of any file; their numbers are the first five."""
_LAST_CAPABILITY: Final = 63
_CAPABILITY_VERSION: Final = 0x20080522
_MOUNT_SETATTR: Final = 442  # the same on every architecture
_AT_FDCWD: Final = -100
_AT_RECURSIVE: Final = 0x8000
_MOUNT_ATTR_RDONLY: Final = 1

_libc: Final = ctypes.CDLL(None, use_errno=True)


def syscall(number: int, *arguments: object) -> int:
    """Raises OSError with the name of the error."""
    return _checked(_libc.syscall(ctypes.c_long(number), *arguments), f"system call {number}")


def prctl(option: int, *arguments: int) -> int:
    padded = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(_libc.prctl(ctypes.c_int(option), *padded), f"prctl {option}")


def unshare(flags: int) -> None:
    _checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    done = _libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode())
    _checked(done, f"mount {target}")


def set_read_only(path: str, *, recursive: bool, is_read_only: bool) -> None:
    """Changes only this one attribute of a mount. Needs Linux 5.12."""
    value = _MOUNT_ATTR_RDONLY
    attributes = (ctypes.c_uint64 * 4)(value if is_read_only else 0, 0 if is_read_only else value, 0, 0)
    flags = _AT_RECURSIVE if recursive else 0
    syscall(
        _MOUNT_SETATTR,
        ctypes.c_int(_AT_FDCWD),
        ctypes.c_char_p(path.encode()),
        ctypes.c_uint(flags),
        ctypes.byref(attributes),
        ctypes.c_size_t(ctypes.sizeof(attributes)),
    )


def permitted_capabilities() -> int:
    data = (ctypes.c_uint32 * 6)()
    _checked(_libc.capget(ctypes.byref(_capability_header()), ctypes.byref(data)), "capget")
    return data[1] | data[4] << 32


def keep_capabilities(wanted: int) -> None:
    """Drops every capability but those of the bit set, which the command inherits."""
    low, high = wanted & 0xFFFFFFFF, wanted >> 32
    data = (ctypes.c_uint32 * 6)(low, low, low, high, high, high)
    _checked(_libc.capset(ctypes.byref(_capability_header()), ctypes.byref(data)), "capset")
    for number in range(_LAST_CAPABILITY + 1):
        if wanted >> number & 1:
            prctl(PR_CAP_AMBIENT, 2, number)


def _capability_header() -> ctypes.Array[ctypes.c_uint32]:
    return (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result
