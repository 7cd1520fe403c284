"""Tries to get out of the sandbox in every way we know, and says what it reached. Started as a file inside of it."""

import ctypes
import json
import os
import resource
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress

MOUNT_TARGET = "mounted"
_PTRACE_SEIZE = 0x4206
_NEW_USER = 0x10000000
_NEW_MOUNTS = 0x00020000
_libc = ctypes.CDLL(None, use_errno=True)


class Aims:
    """What the probe planted outside."""

    def __init__(self, planted: dict[str, str]) -> None:
        self.secret = planted["secret"]
        self.folder = planted["folder"]
        self.inside = planted["inside"]
        self.port = int(planted["port"])
        self.abstract = "\0" + planted["abstract"]
        self.unix = planted["unix"]
        self.victim = int(planted["victim"])
        self.mark = planted["mark"].encode()


def read_outside(aims: Aims) -> bool:
    with open(aims.secret, "rb") as file:
        return bool(file.read())


def list_outside(aims: Aims) -> bool:
    return bool(os.listdir(aims.folder))


def write_outside(aims: Aims) -> bool:
    def create() -> None:
        with open(f"{aims.folder}/made", "x") as file:
            file.write("made")

    def append() -> None:
        with open(aims.secret, "ab") as file:
            file.write(b"more")

    return any_of(
        create,
        append,
        lambda: os.truncate(aims.secret, 1),
        lambda: os.mkdir(f"{aims.folder}/place"),
        lambda: os.unlink(f"{aims.folder}/other"),
        lambda: os.rename(f"{aims.inside}/mine", f"{aims.folder}/mine"),
    )


def follow_links(aims: Aims) -> bool:
    def by_symlink(target: str) -> None:
        link = f"{aims.inside}/link-{time.monotonic_ns()}"
        os.symlink(target, link)
        with open(link, "rb") as file:
            file.read()

    def by_hard_link() -> None:
        os.link(aims.secret, f"{aims.inside}/hard")
        with open(f"{aims.inside}/hard", "rb") as file:
            file.read()

    return any_of(lambda: by_symlink(aims.secret), lambda: by_symlink("../../" + aims.secret), by_hard_link)


def change_mode_outside(aims: Aims) -> bool:
    return any_of(
        lambda: os.chmod(aims.secret, 0o640),
        lambda: os.chmod(aims.folder, 0o700),
        lambda: os.chown(aims.secret, os.getuid(), os.getgid()),
        lambda: os.setxattr(aims.secret, "user.mark", b"1"),
    )


def connect(aims: Aims) -> bool:
    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
            # Without a network of its own, this reaches whoever listens; nobody answers a datagram.
            datagram.connect(("127.0.0.1", aims.port))
            datagram.send(b"hello")
            datagram.settimeout(0.2)
            datagram.recv(1)

    return any_of(lambda: socket.create_connection(("127.0.0.1", aims.port), 1).close(), send)


def connect_abstract(aims: Aims) -> bool:
    with socket.socket(socket.AF_UNIX) as stream:
        stream.connect(aims.abstract)
    return True


def connect_unix(aims: Aims) -> bool:
    with socket.socket(socket.AF_UNIX) as stream:
        stream.connect(aims.unix)
    return True


def signal_others(aims: Aims) -> bool:
    os.kill(aims.victim, 0)
    return True


def trace_others(aims: Aims) -> bool:
    pid, nothing = ctypes.c_long(aims.victim), ctypes.c_void_p(None)
    return _libc.ptrace(ctypes.c_long(_PTRACE_SEIZE), pid, nothing, nothing) == 0


def read_other_environments(aims: Aims) -> bool:
    for name in os.listdir("/proc"):
        with suppress(OSError):
            if name.isdigit() and int(name) != os.getpid():
                with open(f"/proc/{name}/environ", "rb") as file:
                    if aims.mark in file.read():
                        return True
    return False


def mount(aims: Aims) -> bool:
    def unshare() -> bool:
        return _libc.unshare(ctypes.c_int(_NEW_USER | _NEW_MOUNTS)) == 0

    target = f"{aims.inside}/{MOUNT_TARGET}".encode()
    return in_child(unshare) or _libc.mount(b"none", target, b"tmpfs", ctypes.c_ulong(0), None) == 0


def become_root(_: Aims) -> bool:
    """Root already is root; he would have to become another."""
    other = 1 if os.getuid() == 0 else 0
    return in_child(lambda: any_of(lambda: os.setuid(other), lambda: os.setresuid(other, other, other)))


def inherit_files(_: Aims) -> bool:
    """Whether a file of the worker is open here."""
    for number in range(3, 256):
        with suppress(OSError):
            os.fstat(number)
            return True
    return False


def take_memory(_: Aims) -> bool:
    limit = resource.getrlimit(resource.RLIMIT_DATA)[0]
    if limit == resource.RLIM_INFINITY:
        return True
    try:
        return bool(bytearray(2 * limit))
    except MemoryError:
        return False


def take_files(_: Aims) -> bool:
    limits = [resource.getrlimit(which)[0] for which in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE)]
    return resource.RLIM_INFINITY in limits


def leave_descendants(_: Aims) -> bool:
    """Always says no: whether one is left is seen from outside."""
    for detach in (os.setsid, lambda: None):
        if os.fork() == 0:
            try:
                detach()
                if os.fork() == 0:
                    for stream in (0, 1, 2):
                        os.close(stream)
                    time.sleep(60)
            finally:
                os._exit(0)
    return False


def in_child(attempt: Callable[[], bool]) -> bool:
    """For what would change this process for the tries that follow."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if attempt() else 1
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def any_of(*tries: Callable[[], object]) -> bool:
    reached = False
    for attempt in tries:
        with suppress(OSError, AttributeError):  # not every system has every call
            attempt()
            reached = True
    return reached


TRIES: dict[str, Callable[[Aims], bool]] = {
    "read outside": read_outside,
    "list outside": list_outside,
    "write outside": write_outside,
    "follow links": follow_links,
    "change mode outside": change_mode_outside,
    "connect to the network": connect,
    "connect to an abstract socket": connect_abstract,
    "connect to a unix socket": connect_unix,
    "signal others": signal_others,
    "trace others": trace_others,
    "read other environments": read_other_environments,
    "mount": mount,
    "become root": become_root,
    "inherit files": inherit_files,
    "take memory": take_memory,
    "take files": take_files,
    "leave descendants": leave_descendants,
}


def main(aims: Aims) -> None:
    found: dict[str, bool] = {}
    with open(f"{aims.inside}/mine", "w") as file:
        file.write("mine")
    for name, attempt in TRIES.items():
        try:
            found[name] = attempt(aims)
        except OSError:
            found[name] = False
    print(json.dumps(found))  # noqa: T201 - this is its answer


if __name__ == "__main__":
    main(Aims(json.loads(sys.argv[1])))
