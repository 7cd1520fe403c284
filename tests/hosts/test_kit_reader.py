"""The kit's thread that hears the worker: what goes wrong in it must not leave a program that waits for ever."""

import sys
from pathlib import Path

from tests.hosts.fake_parent import play

GIVES_UP = """
import asyncio
from agent_runner_host import connect

async def main():
    asked = asyncio.ensure_future(host.ask_model_async([{"role": "user", "content": "given up"}]))
    await asyncio.sleep(0)
    asked.cancel()
    second = await host.ask_model_async([{"role": "user", "content": "waited for"}])
    host.result({"text": second["text"]})

host = connect("gives-up")
asyncio.run(main())
"""

TRIPS = """
from agent_runner_host import connect

host = connect("trips")
host.ask_model([{"role": "user", "content": "hello"}], on_delta=lambda delta: delta["what is not in it"])
host.result({})
"""

HAS_THREADS = """
import threading
from agent_runner_host import connect

host = connect("has-threads")
threading.Thread(target=threading.Event().wait).start()
host.ask_model([{"role": "user", "content": "hello"}])
"""


def test_a_model_call_that_nobody_waits_for_any_more_does_not_silence_the_next(tmp_path: Path) -> None:
    heard = play(
        [sys.executable, "-c", GIVES_UP], tmp_path / "private", lambda question: question.messages[0].content.upper()
    )
    assert heard.result == {"text": "WAITED FOR"}


def test_a_mistake_of_the_program_in_the_kits_thread_ends_it_and_stands_in_its_log(tmp_path: Path) -> None:
    heard = play([sys.executable, "-c", TRIPS], tmp_path / "private", lambda _: "hello")
    assert heard.exit_code == 1
    assert "KeyError: 'what is not in it'" in heard.log
    assert heard.said[-1] == heard.questions()[0]


def test_a_program_whose_threads_would_keep_it_alive_ends_when_the_worker_lets_go(tmp_path: Path) -> None:
    heard = play([sys.executable, "-c", HAS_THREADS], tmp_path / "private", lambda _: None)
    assert heard.exit_code == 0
    assert heard.said[-1] == heard.questions()[0]
