"""Starts one command as the plan says, watches its processes, and ends them all: when it ends, or when the worker does.

Started as a file (`python -I -S launcher.py CONTROL PLAN`, two file descriptors): no thread of the worker forks.
The other end of CONTROL belongs to the worker. Closing it stops the command; a dead worker closes it too. What is said
over it holds the command for a while, or interrupts it.
"""

import contextlib
import json
import os
import select
import signal
import sys
from pathlib import Path

if __name__ == "__main__":  # started as a file, it has to find its own package; last, so that it hides no other
    sys.path.append(str(Path(__file__).parents[3]))

from agent_runner.sandbox.inside import kernel, namespaces
from agent_runner.sandbox.inside.confine import STARTED, become_command, hand_over
from agent_runner.sandbox.inside.limits import threads_of_user
from agent_runner.sandbox.inside.plan import Plan
from agent_runner.sandbox.inside.tree import (
    descendants,
    hold_all,
    interrupt_all,
    kill_all,
    let_all_go_on,
    private_bytes,
    reap,
)

HOLD, GO_ON, INTERRUPT = b"h", b"g", b"i"
"""What the worker may say."""
SIGNALLED = 128
"""bubblewrap answers a signal of its command with an exit code above this, as shells do."""
TICK_SECONDS = 0.25
TICK_WITHOUT_PIDFD_SECONDS = 0.05


def main(control: int, plan_file: int) -> None:
    close_all_but({0, 1, 2, control, plan_file})
    for file in (control, plan_file):
        os.set_inheritable(file, False)  # noqa: FBT003 - it takes no name; or the command could write its own result
    plan = Plan.read(plan_file)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    try:
        result = supervise(plan, control, plan_file)
    except OSError as error:
        kill_all()
        result = {"error": str(error)}
    os.write(control, json.dumps(result).encode())


def close_all_but(ours: set[int]) -> None:
    """What the worker has open: not every event loop closes it for a child."""
    for name in os.listdir("/dev/fd"):
        if int(name) not in ours:
            with contextlib.suppress(OSError):  # the listing itself
                os.close(int(name))


def supervise(plan: Plan, control: int, plan_file: int) -> dict[str, object]:
    """Returns `exit` or `signal`, and `stop` for a limit of the whole tree; or `error`: nothing was run."""
    if kernel.IS_LINUX:
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    hand_over(plan)
    counted = 0 if os.getuid() == 0 else threads_of_user(os.getuid())
    is_apart = plan.has_namespaces and namespaces.enter(has_network=plan.has_network or not plan.is_closed)
    said, say = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(said)
        os.close(control)
        if is_apart:
            be_first_process(plan, say)
        if plan.wrapper:
            os.set_inheritable(plan_file, True)  # noqa: FBT003 - it takes no name
            os.set_inheritable(say, True)  # noqa: FBT003 - the same
            plan.wrapper.extend((str(plan_file), str(say)))
        become_command(plan, say, own=set(), counted_already=counted)
    os.close(say)
    be_silent()
    stop, status = watch(control, child, plan, 1 if is_apart else 0)
    words = os.read(said, 65536)
    before, is_wrong, error = words.partition(b"error: ")
    if is_wrong:
        return {"error": error.decode(errors="replace")}
    if plan.wrapper and before != STARTED and stop is None and status != signal.SIGKILL:
        return {"error": "bubblewrap could not set up its root"}
    if is_apart and words:
        status = int(words)
    return as_result(status, is_wrapped=bool(plan.wrapper)) | ({"stop": stop} if stop else {})


def be_first_process(plan: Plan, say: int) -> None:
    """The init of its process namespace: when it ends, the kernel kills everything inside. Never returns."""
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    own = namespaces.furnish(plan)
    command = os.fork()
    if command == 0:
        # A user namespace counts from nothing; the launcher and this process are in it.
        become_command(plan, say, own=own, counted_already=0 if os.getuid() == 0 else 2)
    be_silent()
    while True:
        pid, status = os.wait()
        if pid == command:
            os.write(say, str(status).encode())
            os._exit(0)


def watch(control: int, child: int, plan: Plan, not_counted: int) -> tuple[str | None, int]:
    """Until the child ends, the worker lets go, or a limit is reached. Nothing is left when this returns."""
    handle = os.pidfd_open(child) if hasattr(os, "pidfd_open") else None
    poller = select.poll()
    poller.register(control, select.POLLIN)
    if handle is not None:
        poller.register(handle, select.POLLIN)
    tick = TICK_WITHOUT_PIDFD_SECONDS if handle is None else TICK_SECONDS
    ended: dict[int, int] = {}
    stop: str | None = None
    while child not in ended and stop is None:
        ready = [number for number, _ in poller.poll(tick * 1000)]
        ended |= reap()
        if control in ready and not heed(control):
            break
        if not ready and plan.has_limits:
            stop = limit_reached(plan, not_counted)
    ended |= kill_all()
    return stop, ended.get(child, int(signal.SIGKILL))


def heed(control: int) -> bool:
    """Does what the worker says, and tells it when it is done. False when the worker has let go."""
    said = os.read(control, 1)
    if said == HOLD:
        hold_all()
    elif said == GO_ON:
        let_all_go_on()
    elif said == INTERRUPT:
        interrupt_all()
    if said:
        os.write(control, said)
    return bool(said)


def limit_reached(plan: Plan, not_counted: int) -> str | None:
    found = descendants(os.getpid())
    if sum(one.threads for one in found) - not_counted > plan.processes:
        return "processes"
    return "memory" if private_bytes(found) > plan.memory_bytes else None


def as_result(status: int, *, is_wrapped: bool) -> dict[str, object]:
    code = os.waitstatus_to_exitcode(status)
    if is_wrapped and SIGNALLED < code <= SIGNALLED + signal.NSIG:
        return {"signal": code - SIGNALLED}
    return {"exit": code} if code >= 0 else {"signal": -code}


def be_silent() -> None:
    """Lets go of the command's streams: they end when the command's processes close them."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
