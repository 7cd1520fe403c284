"""The last steps inside of bubblewrap: Landlock, limits, user and seccomp, then the command. Started as a file."""

import os
import sys
from pathlib import Path

if __name__ == "__main__":  # started as a file, it has to find its own package; last, so that it hides no other
    sys.path.append(str(Path(__file__).parents[3]))

from dataclasses import replace

from agent_runner.sandbox.inside import kernel
from agent_runner.sandbox.inside.confine import STARTED, become_command
from agent_runner.sandbox.inside.plan import Plan

COUNTED_ALREADY = 1
"""The init of bubblewrap, which is in the same user namespace."""


def main(plan_file: int, say: int) -> None:
    plan = replace(Plan.read(plan_file), wrapper=[])
    os.close(plan_file)
    os.set_inheritable(say, False)  # noqa: FBT003 - it takes no name
    own = {"/proc", "/dev/shm", "read-only"}  # noqa: S108 - its own
    if not plan.has_network:
        own.add("network")
    os.write(say, STARTED)
    become_command(plan, say, own=own, counted_already=0 if plan.uid is not None else COUNTED_ALREADY)


if __name__ == "__main__":
    kernel.prctl(kernel.PR_SET_PDEATHSIG, 9)
    main(int(sys.argv[1]), int(sys.argv[2]))
