import asyncio
import os
import threading
from pathlib import Path

import pytest

from agent_runner.workspace.process import Ended, Outcome, in_thread, run_bounded


def shell(script: str, directory: Path, *, seconds: float = 30, standard_input: bytes = b"") -> Outcome:
    return run_bounded(
        ["/bin/sh", "-c", script],
        environment={"ONLY": "this"},
        directory=directory,
        standard_input=standard_input,
        seconds=seconds,
        limit=1000,
    )


def test_output_errors_and_code_come_back(tmp_path: Path) -> None:
    done = shell("cat; echo wrong >&2; echo $ONLY$HOME; exit 3", tmp_path, standard_input=b"in ")
    assert (done.ended, done.code, done.output, done.errors) == (Ended.BY_ITSELF, 3, b"in this\n", b"wrong\n")


@pytest.mark.parametrize("script", ["sleep 600", "exec >&- 2>&-; sleep 600", "sleep 600 & wait"])
def test_a_child_that_takes_too_long_is_killed_with_its_children(tmp_path: Path, script: str) -> None:
    os.mkfifo(tmp_path / "held")
    reader = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    done = shell(f"exec 9> held; {script}", tmp_path, seconds=0.5)
    assert (done.ended, done.code) == (Ended.TOO_LATE, -9)
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b"", "somebody holds the other end: a child lives on"
    os.close(reader)


def test_a_flood_is_cut(tmp_path: Path) -> None:
    done = shell("while :; do echo yyyyyyyyyyyyyyyyyyyyyy; done", tmp_path)
    assert (done.ended, len(done.output)) == (Ended.TOO_LONG, 1000)


def test_a_flood_of_errors_is_kept_small(tmp_path: Path) -> None:
    assert len(shell("head -c 10000000 /dev/zero >&2", tmp_path).errors) <= 16_384


async def test_a_cancelled_caller_kills_the_child_and_waits_for_the_thread(tmp_path: Path) -> None:
    started, ended = threading.Event(), threading.Event()
    seen: list[Ended] = []

    def work() -> None:
        started.set()
        seen.append(shell("sleep 600", tmp_path).ended)
        ended.set()

    task = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(started.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
    assert seen == [Ended.STOPPED]
