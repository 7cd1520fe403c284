"""The processes below this one: how many, how large, and how to end them all."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Final, NamedTuple

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class Relative(NamedTuple):
    pid: int
    parent: int
    state: str
    threads: int


def descendants(root: int) -> list[Relative]:
    """Everything below a process. Who loses his parent becomes a child of the subreaper, so he is found too."""
    everybody = _everybody_of_proc() if sys.platform == "linux" else _everybody_of_ps()
    children: dict[int, list[Relative]] = {}
    for one in everybody:
        children.setdefault(one.parent, []).append(one)
    found: list[Relative] = []
    waiting = [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += [one.pid for one in below]
    return found


def private_bytes(found: list[Relative]) -> int:
    """The memory that only these processes hold; what they share with others is not counted."""
    total = 0
    for one in found:
        with suppress(OSError, ValueError, IndexError), open(f"/proc/{one.pid}/statm", "rb") as file:
            words = file.read().split()
            total += (int(words[1]) - int(words[2])) * _PAGE
    return total


def hold_all() -> None:
    """Stops everything below this process. Returns when nothing of it runs, however fast it forks."""
    while found := [one for one in descendants(os.getpid()) if one.state not in "TtZX"]:
        _signal(found, signal.SIGSTOP)


def let_all_go_on() -> None:
    _signal(descendants(os.getpid()), signal.SIGCONT)


def interrupt_all() -> None:
    """As Ctrl-C does on a terminal: every process is asked to end, and may clean up."""
    _signal(descendants(os.getpid()), signal.SIGINT)


def kill_all() -> dict[int, int]:
    """Ends everything below this process, which must be their reaper. Returns when none is left, with wait statuses."""
    me = os.getpid()
    ended: dict[int, int] = {}
    while found := [one for one in descendants(me) if one.state != "Z"]:
        _signal(found, signal.SIGSTOP)  # first hold all: a fork bomb makes no more while it is swept
        _signal(found, signal.SIGKILL)
        ended |= reap()
    return ended | reap()


def _signal(found: list[Relative], number: signal.Signals) -> None:
    for one in found:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(one.pid, number)


def reap() -> dict[int, int]:
    """The children that have ended, with their wait status."""
    ended: dict[int, int] = {}
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            ended[pid] = status
    return ended


def _everybody_of_proc() -> list[Relative]:
    found: list[Relative] = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        with suppress(OSError, ValueError, IndexError), open(f"/proc/{name}/stat", "rb") as file:
            # The name of a process may hold spaces and parentheses; what follows the last one may not.
            words = file.read().rpartition(b")")[2].split()
            found.append(Relative(int(name), int(words[1]), words[0].decode(), int(words[17])))
    return found


def _everybody_of_ps() -> list[Relative]:
    said = subprocess.run(["/bin/ps", "-axo", "pid=,ppid=,state="], capture_output=True, text=True, check=False).stdout
    rows = [line.split() for line in said.splitlines()]
    return [Relative(int(row[0]), int(row[1]), row[2][:1], 1) for row in rows if len(row) == 3]  # noqa: PLR2004 - the columns asked for
