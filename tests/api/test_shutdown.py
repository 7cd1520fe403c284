"""What a client hears whose request is still waiting when the server has to end."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from agent_runner.settings import Settings
from agent_runner.store.sqlite import sqlite_library
from tests.api.conftest import Server, problem_in


def test_a_request_that_the_end_of_the_server_overtakes_is_answered(server: Server, settings: Settings) -> None:
    """It waits for a lock that nobody gives back in time."""
    lock = sqlite_library().connect(settings.store_url.removeprefix("sqlite:///"), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(httpx.post, f"{server.url}/runs", json={"goal": "x"}, timeout=30)
        while not server.services.database._writer._committing:
            time.sleep(0.01)
        server.begin_to_stop()
        answer = asked.result()
    lock.execute("ROLLBACK")
    lock.close()
    assert answer.status_code == 503
    assert "stopped before it could answer" in problem_in(answer)["detail"]
