"""The heartbeat's thread and the loop that it beats for."""

import asyncio
import time

import pytest

from agent_runner.worker.lease import HeartbeatThread


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_it_ends_with_the_loop_of_its_worker(new_url: str) -> None:
    """Whoever is gone without a word holds nothing: no lease of theirs is renewed by a thread that was left behind."""

    async def begin() -> HeartbeatThread:
        heartbeat = HeartbeatThread(new_url, "own", 0.3, dict, lambda _: None)
        heartbeat.start()
        return heartbeat

    heartbeat = asyncio.run(begin())
    end = time.monotonic() + 10
    while heartbeat.is_alive():
        assert time.monotonic() < end
        time.sleep(0.01)
