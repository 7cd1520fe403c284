"""A worker whose wall clock is off by as many seconds as a file says."""

import os
import runpy
from datetime import datetime, timedelta
from pathlib import Path

from agent_runner.domain import clock

right = clock.utc_now
offset = Path(os.environ["CLOCK_OFFSET"])


def jumping() -> datetime:
    return right() + timedelta(seconds=float(offset.read_text()))


if __name__ == "__main__":
    clock.utc_now = jumping  # before any other module takes it
    runpy.run_module("agent_runner.cli.main", run_name="__main__")
