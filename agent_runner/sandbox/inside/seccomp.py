"""seccomp: the system calls that a project's commands never need and an escape does."""

import ctypes
import errno
import os
import struct
from typing import Final

from agent_runner.sandbox.inside import kernel

_SAME_EVERYWHERE: Final = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428, "move_mount": 429,
    "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "clone3": 435, "pidfd_getfd": 438,
    "process_madvise": 440, "mount_setattr": 442, "fchmodat2": 452, "setxattrat": 463, "removexattrat": 466,
    "open_tree_attr": 467,
}  # fmt: skip
_X86: Final = _SAME_EVERYWHERE | {
    "ioctl": 16, "socket": 41, "clone": 56, "chmod": 90, "fchmod": 91, "chown": 92, "fchown": 93, "lchown": 94,
    "ptrace": 101, "syslog": 103, "pivot_root": 155, "adjtimex": 159, "chroot": 161, "acct": 163,
    "settimeofday": 164, "mount": 165, "umount2": 166, "swapon": 167, "swapoff": 168, "reboot": 169,
    "sethostname": 170, "setdomainname": 171, "iopl": 172, "ioperm": 173, "init_module": 175, "delete_module": 176,
    "quotactl": 179, "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198,
    "fremovexattr": 199, "clock_settime": 227, "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250,
    "fchownat": 260, "fchmodat": 268, "unshare": 272, "perf_event_open": 298, "fanotify_init": 300,
    "name_to_handle_at": 303, "open_by_handle_at": 304, "clock_adjtime": 305, "setns": 308, "process_vm_readv": 310,
    "process_vm_writev": 311, "kcmp": 312, "finit_module": 313, "kexec_file_load": 320, "bpf": 321,
    "userfaultfd": 323,
}  # fmt: skip
_ARM: Final = _SAME_EVERYWHERE | {
    "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16,
    "ioctl": 29, "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "fchmod": 52, "fchmodat": 53,
    "fchownat": 54, "fchown": 55, "quotactl": 60, "acct": 89, "unshare": 97, "kexec_load": 104, "init_module": 105,
    "delete_module": 106, "clock_settime": 112, "syslog": 116, "ptrace": 117, "reboot": 142, "sethostname": 161,
    "setdomainname": 162, "settimeofday": 170, "adjtimex": 171, "socket": 198, "add_key": 217, "request_key": 218,
    "keyctl": 219, "clone": 220, "swapon": 224, "swapoff": 225, "perf_event_open": 241, "fanotify_init": 262,
    "name_to_handle_at": 264, "open_by_handle_at": 265, "clock_adjtime": 266, "setns": 268, "process_vm_readv": 270,
    "process_vm_writev": 271, "kcmp": 272, "finit_module": 273, "bpf": 280, "userfaultfd": 282,
    "kexec_file_load": 294,
}  # fmt: skip
_MACHINES: Final = {"x86_64": (0xC000003E, _X86), "aarch64": (0xC00000B7, _ARM)}

_JUDGED_BY_ARGUMENT: Final = {"clone", "clone3", "socket", "ioctl"}
_ATTRIBUTES: Final = {
    "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "setxattr", "lsetxattr",
    "fsetxattr", "setxattrat", "removexattr", "lremovexattr", "fremovexattr", "removexattrat",
}  # fmt: skip
_NEW_NAMESPACES: Final = 0x7E020080
_TIOCSTI: Final = 0x5412
_TIOCLINUX: Final = 0x541C
_FOREIGN_NUMBERS: Final = 0x40000000
"""From here on the numbers of x32, which would pass every rule."""

_LOAD: Final = 0x20
_EQUAL: Final = 0x15
_AT_LEAST: Final = 0x35
_ANY_BIT: Final = 0x45
_RETURN: Final = 0x06
_NUMBER: Final = 0
_ARCHITECTURE: Final = 4
_ARGUMENT: Final = (16, 24)

_ALLOW: Final = 0x7FFF0000
_KILL: Final = 0x80000000
_ERROR: Final = 0x00050000

INET_FAMILIES: Final = (2, 10)
UNIX_FAMILY: Final = 1


def restrict(*, families: tuple[int, ...], may_change_attributes: bool) -> None:
    """Raises OSError where the kernel or the architecture has none. `families`: of the sockets that may be made."""
    program = compiled(families=families, may_change_attributes=may_change_attributes)
    code = ctypes.create_string_buffer(program, len(program))
    described = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    handle = ctypes.create_string_buffer(described, len(described))
    kernel.prctl(kernel.PR_SET_SECCOMP, 2, ctypes.addressof(handle))


def compiled(*, families: tuple[int, ...], may_change_attributes: bool) -> bytes:
    machine = os.uname().machine
    if machine not in _MACHINES:
        raise OSError(errno.ENOSYS, f"there is no seccomp filter for {machine}")
    architecture, numbers = _MACHINES[machine]
    refused = set(numbers) - _JUDGED_BY_ARGUMENT - (_ATTRIBUTES if may_change_attributes else set[str]())
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        *_when(_AT_LEAST, _FOREIGN_NUMBERS, [_error(errno.ENOSYS)]),
        # Its flags lie in memory where no filter can look; without it, libraries take `clone`.
        *_when(_EQUAL, numbers["clone3"], [_error(errno.ENOSYS)]),
    ]
    for name in sorted(refused):
        lines += _when(_EQUAL, numbers[name], [_error(errno.EPERM)])
    lines += _when(_EQUAL, numbers["clone"], _judge(0, _when(_ANY_BIT, _NEW_NAMESPACES, [_error(errno.EPERM)])))
    allowed = [line for family in families for line in _when(_EQUAL, family, [(_RETURN, 0, 0, _ALLOW)])]
    lines += _when(_EQUAL, numbers["socket"], [(_LOAD, 0, 0, _ARGUMENT[0]), *allowed, _error(errno.EACCES)])
    typing = [line for code in (_TIOCSTI, _TIOCLINUX) for line in _when(_EQUAL, code, [_error(errno.EPERM)])]
    lines += _when(_EQUAL, numbers["ioctl"], _judge(1, typing))
    lines.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("HBBI", *line) for line in lines)


_Line = tuple[int, int, int, int]


def _when(comparison: int, value: int, then: list[_Line]) -> list[_Line]:
    return [(comparison, 0, len(then), value), *then]


def _judge(argument: int, rules: list[_Line]) -> list[_Line]:
    return [(_LOAD, 0, 0, _ARGUMENT[argument]), *rules, (_RETURN, 0, 0, _ALLOW)]


def _error(number: int) -> _Line:
    return (_RETURN, 0, 0, _ERROR | number)
