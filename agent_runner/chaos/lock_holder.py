"""A foreign program that holds SQLite's write lock for some seconds: `python -m … FILE SECONDS`."""

import sys
import time
from contextlib import closing

from agent_runner.store.sqlite import sqlite_library


def main() -> None:
    path, seconds = sys.argv[1:]
    with closing(sqlite_library().connect(path, timeout=30, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(float(seconds))
        connection.execute("ROLLBACK")


if __name__ == "__main__":
    main()
