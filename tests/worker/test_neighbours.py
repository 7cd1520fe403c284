"""The death of a neighbour is noticed, also by a worker that has just ended itself."""

import asyncio
import threading
import time
from pathlib import Path

import pytest

from agent_runner.store.database import Database
from agent_runner.worker.janitor import Janitor
from agent_runner.worker.neighbours import Neighbourhood, SignOfLife


def test_a_neighbour_is_dead_once_its_lock_is_released(tmp_path: Path) -> None:
    sign, died = SignOfLife(tmp_path, "other"), list[str]()
    neighbours = Neighbourhood(tmp_path, "own", died.append)
    neighbours.look()
    assert died == []
    sign.end()
    _until_nobody_watches()
    assert died == ["other"]


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_neighbour_may_die_after_the_loop_of_who_watches_it(new_url: str) -> None:
    async def watch() -> SignOfLife:
        database = await Database.open(new_url)
        sign = SignOfLife(database.run_directory / "workers", "other")
        Janitor(database, "own", 30.0).look_around()
        await database.close()
        return sign

    sign = asyncio.run(watch())
    assert _watchers()
    sign.end()
    _until_nobody_watches()


def _watchers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "neighbour"]


def _until_nobody_watches() -> None:
    end = time.monotonic() + 10
    while _watchers():
        assert time.monotonic() < end
        time.sleep(0.005)
