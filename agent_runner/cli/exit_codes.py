"""What the command line's exit code says to a script."""

from enum import IntEnum


class ExitCode(IntEnum):
    OK = 0
    ERROR = 1
    USAGE = 2
    UNREACHABLE = 3
    NOT_ALLOWED = 4
    RUN_FAILED = 5
    RUN_CANCELLED = 6
    NOT_FOUND = 7
    STILL_PENDING = 8
    INTERRUPTED = 130
