"""Forks until it may not, and says how often it could. Started as a file inside the sandbox."""

import os
import sys
import time


def main(most: int) -> None:
    made = 0
    for _ in range(most):
        try:
            child = os.fork()
        except OSError:
            break
        if child == 0:
            time.sleep(60)
            os._exit(0)
        made += 1
    os.write(1, str(made).encode())
    if made == most:
        time.sleep(1)  # long enough for whoever counts from outside


if __name__ == "__main__":
    main(int(sys.argv[1]))
