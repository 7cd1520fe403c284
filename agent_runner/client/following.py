"""Following a run or a task to its end: long polls from a cursor, so an API restart loses and doubles no event."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from agent_runner.client.errors import ApiError, ApiUnreachable, StillPending
from agent_runner.client.records import Event, EventPage, Run
from agent_runner.client.steps import PASSING_TROUBLE, Call, Pause, Program, T, deliver, read_answer
from agent_runner.client.verbs import record, run_call, task_status_call
from agent_runner.domain.task import ACTIVE_STATES

LONGEST_POLL_SECONDS: Final = 20.0
SHORTEST_POLL_SECONDS: Final = 0.5
EVENTS_A_PAGE: Final = 500
SHORTEST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 1.0
DEFAULT_PATIENCE_SECONDS: Final = 60.0

Trouble = Callable[[str], None]
"""Is told, once for each outage, why nothing comes at the moment."""


def wait(
    run_id: int,
    timeout: float | None = None,
    *,
    patience_seconds: float = DEFAULT_PATIENCE_SECONDS,
    on_trouble: Trouble | None = None,
) -> Program[Run]:
    """The run, once it is final. Raises StillPending after `timeout` seconds.

    An API that has answered once may be away for `patience_seconds`, for example while it restarts.
    """
    call = run_call(run_id)
    feed = Feed(_run_source(run_id), 0, timeout, patience_seconds, on_trouble)
    while True:
        run = yield from _persist(feed, call)
        if run.is_final:
            return run
        feed.has_ended = False
        while not feed.has_ended:
            yield from _next_events(feed)
            _give_up_when_late(feed)


def events(
    run_id: int,
    since_event_id: int = 0,
    *,
    follow: bool = False,
    timeout: float | None = None,
    patience_seconds: float = DEFAULT_PATIENCE_SECONDS,
    on_trouble: Trouble | None = None,
) -> Program[None]:
    """The recorded events with a greater id, each once, in their order.

    With `follow` also those to come, until the one that ends the run; raises StillPending after `timeout` seconds.
    An API that has answered once may be away for `patience_seconds`; `on_trouble` is told of it.
    """
    feed = Feed(_run_source(run_id), since_event_id, timeout, patience_seconds, on_trouble)
    return _follow(feed) if follow else _recorded(feed)


def task_events(
    task_id: str,
    since_event_id: int = 0,
    *,
    follow: bool = False,
    timeout: float | None = None,
    patience_seconds: float = DEFAULT_PATIENCE_SECONDS,
    on_trouble: Trouble | None = None,
) -> Program[None]:
    """As `events`, of a task's latest run."""
    feed = Feed(_task_source(task_id), since_event_id, timeout, patience_seconds, on_trouble)
    return _follow(feed) if follow else _recorded(feed)


@dataclass(frozen=True, slots=True)
class Source:
    """What is followed, and the call that says whether it is over."""

    name: str
    path: str
    is_over: Call[bool]


def _run_source(run_id: int) -> Source:
    return Source(f"run {run_id}", f"/runs/{run_id}/events", _mapped(run_call(run_id), lambda run: run.is_final))


def _task_source(task_id: str) -> Source:
    is_over = _mapped(task_status_call(task_id), lambda state: state.status not in ACTIVE_STATES)
    return Source(f"task {task_id}", f"/tasks/{task_id}/events", is_over)


@dataclass(slots=True)
class Feed:
    """Where a reader stands."""

    source: Source
    cursor: int
    timeout: float | None
    patience_seconds: float
    on_trouble: Trouble | None
    started_at: float = field(default_factory=time.monotonic, init=False)
    has_answered: bool = field(default=False, init=False)
    """Before the first answer an API that does not answer is an error: the URL is wrong, or nothing runs."""
    has_ended: bool = field(default=False, init=False)

    def seconds_left(self) -> float:
        if self.timeout is None:
            return LONGEST_POLL_SECONDS
        return max(0.0, self.started_at + self.timeout - time.monotonic())


def _follow(feed: Feed) -> Program[None]:
    while not feed.has_ended:
        yield from (yield from _next_events(feed))
        _give_up_when_late(feed)


def _recorded(feed: Feed) -> Program[None]:
    page = yield from deliver(_page_call(feed, 0))
    while page.events:
        yield from page.events
        feed.cursor = page.events[-1].event_id
        if feed.cursor >= page.total:
            return
        page = yield from deliver(_page_call(feed, 0))


def _next_events(feed: Feed) -> Program[tuple[Event, ...]]:
    """What one long poll brings; may be nothing. Moves the cursor."""
    seconds = min(feed.seconds_left(), LONGEST_POLL_SECONDS)
    asked_at = time.monotonic()
    page = yield from _persist(feed, _page_call(feed, seconds))
    if page.events:
        feed.cursor = page.events[-1].event_id
        feed.has_ended = page.events[-1].ends_the_run and feed.cursor >= page.total
    elif (yield from _persist(feed, feed.source.is_over)):
        # It may have ended after the empty page was read, and then its last events are still to come.
        page = yield from _persist(feed, _page_call(feed, 0))
        feed.cursor = page.events[-1].event_id if page.events else feed.cursor
        feed.has_ended = not page.events or page.events[-1].ends_the_run
    elif time.monotonic() - asked_at < min(seconds, SHORTEST_POLL_SECONDS):
        yield Pause(SHORTEST_POLL_SECONDS)  # a task without a run has nothing that a poll could wait for
    return page.events


def _give_up_when_late(feed: Feed) -> None:
    if not feed.has_ended and feed.seconds_left() == 0:
        raise StillPending(f"{feed.source.name} is not final yet", next_step="it goes on by itself: wait again")


def _page_call(feed: Feed, seconds: float) -> Call[EventPage]:
    return Call(
        method="GET",
        path=feed.source.path,
        read=record(EventPage),
        query={"since_event_id": feed.cursor, "limit": EVENTS_A_PAGE, "wait": round(seconds, 3)},
        longest_answer_seconds=seconds,
        is_repeatable=True,
    )


def _persist(feed: Feed, call: Call[T]) -> Program[T]:
    """Makes a call, again and again while the API is away, for as long as the patience lasts."""
    lost_at: float | None = None
    pause = SHORTEST_PAUSE_SECONDS
    while True:
        outcome = yield call
        try:
            answer = read_answer(call, outcome)
        except (ApiUnreachable, ApiError) as error:
            lost_at = _bear(feed, error, lost_at)
        else:
            feed.has_answered = True
            return answer
        yield Pause(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def _bear(feed: Feed, error: ApiUnreachable | ApiError, lost_at: float | None) -> float:
    """Since when there is trouble. Raises when it does not pass, or not in time."""
    passes = feed.has_answered if isinstance(error, ApiUnreachable) else error.status in PASSING_TROUBLE
    if not passes:
        raise error
    if lost_at is None:
        if feed.on_trouble:
            feed.on_trouble(error.message)
        lost_at = time.monotonic()
    if time.monotonic() - lost_at > feed.patience_seconds:
        raise error
    if feed.seconds_left() == 0:
        raise StillPending(f"{feed.source.name} could not be seen to end: {error.message}") from error
    return lost_at


def _mapped(call: Call[T], is_over: Callable[[T], bool]) -> Call[bool]:
    read = call.read
    return Call(method=call.method, path=call.path, read=lambda answer: is_over(read(answer)), is_repeatable=True)
