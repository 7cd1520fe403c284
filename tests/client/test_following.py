"""Following a run through what happens to the API and to the connection."""

from threading import Thread

import httpx
import pytest

from agent_runner.client import ApiUnreachable, Event, ServerError
from agent_runner.client.following import events
from agent_runner.client.steps import Call, Pause, Program
from tests.client.conftest import Open
from tests.e2e.conftest import Site, until


@pytest.mark.processes
def test_an_api_that_is_killed_and_comes_back_costs_no_event(opened: Open, site: Site) -> None:
    site.settings["DEMO_STEP_SECONDS"] = "0.5"
    api = site.start_api()
    site.start_worker()
    run_id = site.queue()
    found: list[Event] = []
    troubles: list[str] = []

    def follow() -> None:
        found.extend(opened(site.url).collect("events", run_id, follow=True, on_trouble=troubles.append))

    thread = Thread(target=follow)
    thread.start()
    until(lambda: len(site.events(run_id)) >= 3, "the run has begun")
    api.kill()
    api.wait()
    until(lambda: troubles, "the client has noticed")
    site.start_api()
    thread.join()
    assert [event.event_id for event in found] == [event["event_id"] for event in site.events(run_id)]
    assert found[-1].event_type == "RUN_COMPLETED"
    assert len(troubles) == 1


@pytest.mark.processes
def test_an_api_that_stays_away_is_given_up_when_the_patience_ends(opened: Open, site: Site) -> None:
    api = site.start_api()
    run_id = site.queue()
    client = opened(site.url)
    errors: list[Exception] = []

    def wait() -> None:
        try:
            client.call("wait", run_id, patience_seconds=0.2)
        except ApiUnreachable as error:
            errors.append(error)

    thread = Thread(target=wait)
    thread.start()
    until(lambda: site.get("/health/ready"), "the API answers")
    api.kill()
    thread.join()
    assert len(errors) == 1


class Script:
    """Answers the calls of a program, one after the other, and notes them."""

    def __init__(self, *answers: httpx.Response) -> None:
        self._answers = list(answers)
        self.paths: list[str] = []

    def drive(self, program: Program[None]) -> list[int]:
        """The numbers of the events that the program gives."""
        found: list[int] = []
        outcome: httpx.Response | None = None
        try:
            while True:
                step = program.send(outcome)
                outcome = None
                match step:
                    case Call():
                        self.paths.append(step.path.rpartition("/")[2])
                        outcome = self._answers.pop(0)
                    case Event():
                        found.append(step.event_id)
                    case Pause():
                        self.paths.append("pause")
        except StopIteration:
            return found


def page(total: int, *numbered: tuple[int, str]) -> httpx.Response:
    listed = [
        {"event_id": number, "run_id": 7, "timestamp": "2026-11-20T21:00:00Z", "event_type": kind, "payload": {}}
        for number, kind in numbered
    ]
    return httpx.Response(200, json={"events": listed, "total": total})


def run_is(status: str) -> httpx.Response:
    run = {"id": 7, "goal": "Say hello", "agent": "simple", "status": status, "created_at": "2026-11-20T21:00:00Z"}
    return httpx.Response(200, json=run)


def test_a_run_that_ends_just_after_an_empty_page_keeps_its_last_event() -> None:
    script = Script(page(1, (1, "RUN_CREATED")), page(1), run_is("COMPLETED"), page(2, (2, "RUN_COMPLETED")))
    assert script.drive(events(7, follow=True)) == [1, 2]
    assert script.paths == ["events", "events", "7", "events"]


def test_a_run_that_was_queued_again_is_followed_beyond_its_first_end() -> None:
    failed_and_retried = page(3, (1, "RUN_CREATED"), (2, "RUN_FAILED"), (3, "RUN_RETRIED"))
    script = Script(failed_and_retried, page(5, (4, "RUN_STARTED"), (5, "RUN_COMPLETED")))
    assert script.drive(events(7, follow=True)) == [1, 2, 3, 4, 5]


def test_a_page_that_stops_at_an_end_before_the_last_event_is_not_the_end() -> None:
    script = Script(page(3, (1, "RUN_CREATED"), (2, "RUN_CANCELLED")), page(4, (3, "RUN_RETRIED"), (4, "RUN_FAILED")))
    assert script.drive(events(7, follow=True)) == [1, 2, 3, 4]


def test_a_poll_that_is_answered_early_is_not_asked_again_at_once() -> None:
    script = Script(page(0), run_is("QUEUED"), page(1, (1, "RUN_COMPLETED")))
    assert script.drive(events(7, follow=True)) == [1]
    assert script.paths == ["events", "7", "pause", "events"]


def test_passing_trouble_is_waited_out() -> None:
    troubles: list[str] = []
    away = httpx.Response(503, json={"detail": "the database cannot be used: locked"})
    script = Script(away, away, page(1, (1, "RUN_COMPLETED")))
    assert script.drive(events(7, follow=True, on_trouble=troubles.append)) == [1]
    assert troubles == ["the database cannot be used: locked"]


def test_what_is_no_api_is_said() -> None:
    script = Script(httpx.Response(200, html="<h1>It works</h1>"))
    with pytest.raises(ServerError, match="something unexpected"):
        script.drive(events(7))


def test_recorded_events_are_read_page_by_page() -> None:
    script = Script(page(3, (1, "RUN_CREATED"), (2, "RUN_STARTED")), page(3, (3, "RUN_COMPLETED")))
    assert script.drive(events(7)) == [1, 2, 3]
