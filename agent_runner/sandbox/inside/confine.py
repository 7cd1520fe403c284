"""The last steps before the command: from here on every process is held."""

import contextlib
import os
import signal
import stat
from typing import Never

from agent_runner.sandbox.inside import kernel, landlock, seccomp
from agent_runner.sandbox.inside.limits import set_limits
from agent_runner.sandbox.inside.plan import Plan

STARTED = b"started"
NOT_FOUND = 127
NOT_RUNNABLE = 126


def become_command(plan: Plan, say: int, *, own: set[str], counted_already: int) -> Never:
    """Confines this process and turns it into the command. What cannot be confined is said, and nothing is run."""
    try:
        confine(plan, own, counted_already)
    except (OSError, ValueError) as error:
        os.write(say, f"error: {error}".encode())
        os._exit(NOT_RUNNABLE)
    command = plan.wrapper or plan.command
    try:
        os.execvpe(command[0], command, plan.environment)  # noqa: S606 - the one place where a command starts
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode(errors="backslashreplace"))
        os._exit(NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUNNABLE)


def confine(plan: Plan, own: set[str], counted_already: int) -> None:
    """The order matters: what needs rights comes before they are given up, and seccomp comes last."""
    parent = os.getppid()
    os.setsid()
    os.umask(0o022)
    os.chdir(plan.cwd)
    if plan.has_limits and not plan.wrapper:
        set_limits(plan, counted_already=counted_already)
    if kernel.IS_LINUX:
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
            file.write("500")  # when memory is short, the kernel takes the command and not the worker
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        hold(plan, own)
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)  # another user would clear it, so it comes after
        if os.getppid() != parent:
            raise ProcessLookupError("the launcher ended")
        if plan.has_seccomp and not plan.wrapper:
            # Where attributes outside are not out of reach by themselves, they cannot be changed anywhere.
            is_safe = plan.uid is not None or "read-only" in own
            families = seccomp.INET_FAMILIES if plan.has_network or "network" in own else ()
            seccomp.restrict(families=families, may_change_attributes=is_safe)
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def hold(plan: Plan, own: set[str]) -> None:
    """Files, user and rights of the command."""
    if plan.wrapper:
        return  # bubblewrap needs its rights; the launcher inside does the rest
    if plan.has_landlock:
        landlock.restrict(plan, own)
    if plan.uid is not None:
        # Reading past the permissions is harmless where Landlock holds, and without it nothing below a private
        # directory of root could be used.
        wanted = 1 << kernel.CAP_DAC_READ_SEARCH if plan.has_landlock else 0
        kept = kernel.permitted_capabilities() & (kernel.FILE_RIGHTS if plan.keeps_file_rights else wanted)
        kernel.prctl(kernel.PR_SET_KEEPCAPS, 1)
        with contextlib.suppress(OSError):
            # Or access(2), by which programs look whether a file is there, would leave the kept rights out.
            kernel.prctl(kernel.PR_SET_SECUREBITS, kernel.SECBIT_NO_SETUID_FIXUP)
        os.setgroups([])
        os.setresgid(plan.uid, plan.uid, plan.uid)
        os.setresuid(plan.uid, plan.uid, plan.uid)
        kernel.keep_capabilities(kept)
    elif plan.is_closed:
        kernel.keep_capabilities(0)


def hand_over(plan: Plan) -> None:
    """Gives the writable places to the command's user."""
    if plan.uid is not None and not plan.keeps_file_rights:
        give_away(plan.writable, plan.uid)


def give_away(places: list[str], uid: int) -> None:
    """All that lies in them. A file with a second name stays: it may lie outside too."""
    for root in places:
        for _, _, files, folder in os.fwalk(root):
            for name in [".", *files]:
                with contextlib.suppress(FileNotFoundError):
                    _give(name, folder, uid)


def _give(name: str, folder: int, uid: int) -> None:
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if found.st_uid != uid and (stat.S_ISDIR(found.st_mode) or found.st_nlink == 1):
        os.chown(name, uid, uid, dir_fd=folder, follow_symlinks=False)
