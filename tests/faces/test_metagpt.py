"""MetaGPTRunner beside real workers: states, events, callbacks, stopping, and the end of its threads."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_runner.errors import Conflict, InvalidInput, NotFound, StoreUnavailable
from agent_runner.faces import MetaGPTRunner
from agent_runner.settings import Settings
from tests.e2e.conftest import Site, until

ENDS = {"RUN_COMPLETED", "RUN_FAILED", "RUN_CANCELLED"}


class Heard:
    """What a callback has been told, and by which thread."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.threads: set[str] = set()

    def __call__(self, event: dict[str, Any]) -> None:
        self.threads.add(threading.current_thread().name)
        self.events.append(event)

    def ids(self, task_id: str) -> list[int]:
        return [event["event_id"] for event in self.events if event["task_id"] == task_id]

    def has_ended(self, task_id: str) -> bool:
        return any(event["task_id"] == task_id and event["event_type"] in ENDS for event in self.events)


def its_threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith(("agent-runner", "sqlite"))}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A database of its own, without a worker."""
    return Settings(database_url=f"sqlite:///{tmp_path}/runs.db")  # pyright: ignore[reportCallIssue] - all have defaults


@pytest.fixture
def worked_on(live: Site) -> Settings:
    """The database of a running API and worker."""
    return Settings(database_url=f"sqlite:///{live.directory}/runs.db")  # pyright: ignore[reportCallIssue] - all have defaults


@pytest.fixture
def runner(settings: Settings) -> Iterator[MetaGPTRunner]:
    with MetaGPTRunner(settings) as runner:
        yield runner


@pytest.mark.processes
def test_every_event_of_several_tasks_is_heard_once_in_order_from_one_thread(worked_on: Settings) -> None:
    heard = Heard()
    with MetaGPTRunner(worked_on, on_event=heard, agent="simple") as runner:
        tasks = [runner.start_task(f"Idea {number}") for number in range(4)]
        until(lambda: all(heard.has_ended(task) for task in tasks), "all tasks have ended")
        for task in tasks:
            recorded = runner.get_task_events(task)
            assert heard.ids(task) == list(range(1, len(recorded) + 1))
            assert [event for event in heard.events if event["task_id"] == task] == recorded
            assert runner.get_task_events(task, since_event_id=3) == recorded[3:]
    assert heard.threads == {"agent-runner on_event"}


@pytest.mark.processes
def test_a_ring_for_a_task_that_has_just_been_read_to_its_end_ends_nothing(worked_on: Settings) -> None:
    heard = Heard()
    with MetaGPTRunner(worked_on, on_event=heard, agent="simple") as runner:
        first = runner.start_task("First")
        until(lambda: heard.has_ended(first), "the first task has ended")
        follower, run_id = runner._follower, heard.events[0]["run_id"]
        assert follower is not None

        async def ring_late() -> None:
            follower._due.add(run_id)
            follower._rung.set()

        runner._store.finish(ring_late())
        second = runner.start_task("Second")
        until(lambda: heard.has_ended(second), "the second task has ended")


@pytest.mark.processes
def test_states_and_events_are_those_of_the_api(worked_on: Settings, live: Site) -> None:
    with MetaGPTRunner(worked_on, agent="simple") as runner:
        task_id = runner.start_task("Snake", "Write the game Snake")
        until(lambda: runner.get_task_state(task_id)["status"] == "SUCCEEDED", "the task has succeeded")
        state = runner.get_task_state(task_id)
        assert state == live.get(f"/tasks/{task_id}/state")
        assert (state["agent"], state["progress"]) == ("simple", 1.0)
        assert runner.get_task_events(task_id) == live.get(f"/tasks/{task_id}/events")["events"]
        assert live.get(f"/tasks/{task_id}")["title"] == "Snake"
        assert live.run(int(str(state["run_id"])))["goal"] == "Write the game Snake"


@pytest.mark.processes
def test_a_callback_may_ask_the_runner_and_may_fail(worked_on: Settings, caplog: pytest.LogCaptureFixture) -> None:
    asked: list[str] = []
    ended = threading.Event()

    def on_event(event: dict[str, Any]) -> None:
        asked.append(str(runner.get_task_state(event["task_id"])["task_id"]))
        if event["event_type"] in ENDS:
            ended.set()
        raise ValueError(f"no luck with {event['event_id']}")

    with MetaGPTRunner(worked_on, on_event=on_event, agent="simple") as runner:
        task_id = runner.start_task("Idea")
        assert ended.wait(30)
        count = len(runner.get_task_events(task_id))
    assert asked == [task_id] * count
    assert [record.message for record in caplog.records] == ["on_event failed"] * count


def test_a_task_waits_until_a_worker_comes(runner: MetaGPTRunner) -> None:
    task_id = runner.start_task("Snake")
    state = runner.get_task_state(task_id)
    assert (state["status"], state["progress"], state["started_at"]) == ("PENDING", 0.0, None)
    assert state["agent"] == "metagpt"
    assert [event["event_type"] for event in runner.get_task_events(task_id)] == ["RUN_CREATED"]


def test_an_agent_that_nobody_can_have_is_refused(settings: Settings) -> None:
    with pytest.raises(InvalidInput, match=r"there is no agent 'nobody'; known are: .*metagpt"):
        MetaGPTRunner(settings, agent="nobody")


def test_a_task_is_stopped_once(runner: MetaGPTRunner) -> None:
    task_id = runner.start_task("Snake")
    runner.stop_task(task_id)
    assert runner.get_task_state(task_id)["status"] == "CANCELLED"
    with pytest.raises(Conflict, match="no run under way"):
        runner.stop_task(task_id)


def test_closing_first_delivers_what_was_recorded(settings: Settings) -> None:
    heard = Heard()
    with MetaGPTRunner(settings, on_event=heard) as runner:
        task_id = runner.start_task("Snake")
        runner.stop_task(task_id)
    assert [event["event_type"] for event in heard.events] == ["RUN_CREATED", "RUN_CANCELLED"]


def test_closing_ends_the_threads_and_is_said_to_late_callers(settings: Settings) -> None:
    runner = MetaGPTRunner(settings, on_event=print)
    task_id = runner.start_task("Snake")
    assert its_threads() == {"agent-runner store", "agent-runner on_event", "sqlite writer_0"}
    runner.close()
    runner.close()
    assert its_threads() == set()
    with pytest.raises(StoreUnavailable, match="closed"):
        runner.get_task_state(task_id)


def test_a_callback_may_close_the_runner(settings: Settings) -> None:
    runner = MetaGPTRunner(settings, on_event=lambda _: runner.close())
    runner.start_task("Snake")
    until(lambda: not its_threads(), "the threads have ended")


@pytest.mark.parametrize("task_id", ["6f1f64f0-4c2f-4f2b-9b38-3b8c1f7f1f3e", "1", ""])
def test_a_task_that_is_not_there_is_not_found(runner: MetaGPTRunner, task_id: str) -> None:
    for verb in (runner.get_task_state, runner.get_task_events, runner.stop_task):
        with pytest.raises(NotFound, match="does not exist"):
            verb(task_id)


@pytest.mark.parametrize("text", ["", "  ", "\ud800", "a\x00b", "x" * 70_000], ids=repr)
def test_an_idea_that_cannot_be_kept_is_refused(runner: MetaGPTRunner, text: str) -> None:
    with pytest.raises(InvalidInput, match="title"):
        runner.start_task(text)
    with pytest.raises(InvalidInput, match="input_prompt"):
        runner.start_task("Snake", text)


@pytest.mark.processes
def test_a_task_that_was_never_started_is_pending_and_has_no_events(worked_on: Settings, live: Site) -> None:
    task = live.post("/tasks", {"title": "Snake", "input_prompt": "Write it"})
    with MetaGPTRunner(worked_on) as runner:
        assert runner.get_task_state(task["id"])["status"] == "PENDING"
        assert runner.get_task_events(task["id"]) == []
