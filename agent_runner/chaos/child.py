"""Becomes another Python program that dies with whoever started this one, even when it is paused at that moment."""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def main() -> None:
    with suppress(OSError, AttributeError):  # Linux only; elsewhere the end of standard input has to do
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.execv(sys.executable, (sys.executable, *sys.argv[1:]))  # noqa: S606 - our own program, named by ourselves


if __name__ == "__main__":
    main()
