"""What the kernel says of a process: its CPU time, its system calls, its memory. Linux only."""

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

HOW_CALLS_ARE_COUNTED: Final = "strace" if shutil.which("strace") else "voluntary context switches"


def cpu_seconds(pid: int) -> float:
    """Exact to the nanosecond, where utime and stime of /proc/PID/stat count in hundredths of a second."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def cpu_of_tree(pid: int) -> float:
    """Of a process and its children; the server has one for each connection. Ended ones are counted by their parent."""
    total = _cpu_with_ended_children(pid)
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int((entry / "stat").read_text().rpartition(") ")[2].split()[1]) == pid:
                total += cpu_seconds(int(entry.name))
    return total


def _cpu_with_ended_children(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    user, system, ended_user, ended_system = map(int, fields[11:15])
    return (user + system + ended_user + ended_system) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(pid: int) -> float:
    return _status(Path(f"/proc/{pid}"), "VmRSS") / 1024


def voluntary_switches(pid: int) -> int:
    """How often a thread went to sleep: at least one system call each."""
    return sum(_status(task, "voluntary_ctxt_switches") for task in Path(f"/proc/{pid}/task").iterdir())


async def calls_a_second(pid: int, seconds: float) -> float:
    """System calls of a process while we watch, by strace; without it, how often its threads went to sleep."""
    if HOW_CALLS_ARE_COUNTED != "strace":
        before = voluntary_switches(pid)
        await asyncio.sleep(seconds)
        return (voluntary_switches(pid) - before) / seconds
    process = await asyncio.create_subprocess_exec(
        "strace", "-c", "-f", "-U", "calls,name", "-p", str(pid), stderr=subprocess.PIPE
    )
    await asyncio.sleep(seconds)
    process.send_signal(2)
    _, said = await process.communicate()
    total = re.search(r"^\s*(\d+)\s+total$", said.decode(), re.MULTILINE)
    if total is None and b"attached" not in said:
        raise RuntimeError(f"strace could not watch: {said.decode()[-1000:]}")
    return int(total.group(1)) / seconds if total else 0.0  # of no call at all it prints no table


def _status(directory: Path, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+)", (directory / "status").read_text(), re.MULTILINE)
    assert found is not None, f"{directory} says nothing of {name}"
    return int(found.group(1))
