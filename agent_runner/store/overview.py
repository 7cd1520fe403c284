"""What one page tells of all runs: how many there are of each status, what became of them lately, what failed last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, Final

from sqlalchemy import ColumnElement, Float, Integer, Select, bindparam, case, cast, func, not_, or_, select, union_all

from agent_runner.domain.run import ACTIVE_STATUSES, FINAL_STATUSES, RunStatus
from agent_runner.store.approvals import count_open
from agent_runner.store.run_queries import first_since
from agent_runner.store.runs import has_status
from agent_runner.store.session import ReadSession
from agent_runner.store.tables import runs
from agent_runner.store.workers import WorkerRecord, live_workers

SHOWN_FAILURES: Final = 10
SHOWN_CHARACTERS: Final = 500
_ENDED: Final = runs.c.completed_at.is_not(None)
_JULIAN_1970: Final = 2440587.5


@dataclass(frozen=True, slots=True)
class Window:
    """So many buckets of the same length, the last of which holds the present moment.

    They begin at multiples of their length since 1970, so that they stay where they are while time goes on.
    """

    start: datetime
    bucket_seconds: float
    buckets: int

    @classmethod
    def until(cls, now: datetime, hours: int, buckets: int) -> "Window":
        length = hours * 3600 / buckets
        end = (now.timestamp() // length + 1) * length
        return cls(datetime.fromtimestamp(end - hours * 3600, UTC), length, buckets)

    def begin_of(self, bucket: int) -> datetime:
        return self.start + timedelta(seconds=bucket * self.bucket_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """What happened from `begins_at` on, and how many runs were queued and running at its end."""

    begins_at: datetime
    created: int
    started: int
    completed: int
    failed: int
    cancelled: int
    queued: int
    running: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A run that FAILED. `goal` and `error` are the beginnings of them."""

    id: int
    goal: str
    agent: str
    error: str | None
    completed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    now: datetime
    counts: dict[RunStatus, int]
    bucket_seconds: float
    buckets: Sequence[Bucket]
    due: int
    oldest_due_seconds: float | None
    open_approvals: int
    workers: Sequence[WorkerRecord]
    failures: Sequence[Failure]


def overview(session: ReadSession, hours: int, buckets: int) -> Overview:
    """Everything as of one commit.

    What it costs grows with the runs of the window, and by an entry of an index with each run that ever ended.
    """
    with session.snapshot():
        now = session.now
        window = Window.until(now, hours, buckets)
        counts = _counts(session)
        due, oldest = _due(session)
        return Overview(
            now=now,
            counts=counts,
            bucket_seconds=window.bucket_seconds,
            buckets=_series(session, window, due, counts[RunStatus.RUNNING]),
            due=due,
            oldest_due_seconds=None if oldest is None else (now - oldest).total_seconds(),
            open_approvals=count_open(session),
            workers=live_workers(session),
            failures=_failures(session),
        )


def _counts(session: ReadSession) -> dict[RunStatus, int]:
    """Each status is counted in an index that holds little else: no run is read."""

    def count(status: RunStatus) -> int:
        is_in_index = [_ENDED] if status in FINAL_STATUSES else []
        row = session.first(select(func.count()).select_from(runs).where(has_status(status), *is_in_index))
        return int(row[0]) if row else 0

    return {status: count(status) for status in RunStatus}


def _due(session: ReadSession) -> tuple[int, datetime | None]:
    """How many QUEUED runs could be claimed now, and since when the oldest could."""
    earliest = func.min(runs.c.available_at, type_=runs.c.available_at.type)
    found = [
        row
        for is_due in (runs.c.is_due, not_(runs.c.is_due) & (runs.c.available_at <= session.now))
        for row in session.rows(select(func.count(), earliest).where(has_status(RunStatus.QUEUED), is_due))
    ]
    return sum(row[0] for row in found), min((row[1] for row in found if row[1] is not None), default=None)


def _failures(session: ReadSession) -> Sequence[Failure]:
    statement = (
        select(
            runs.c.id,
            func.substr(runs.c.goal, 1, SHOWN_CHARACTERS).label("goal"),
            runs.c.agent,
            func.substr(runs.c.error, 1, SHOWN_CHARACTERS).label("error"),
            runs.c.completed_at,
        )
        .where(has_status(RunStatus.FAILED), _ENDED)
        .order_by(runs.c.completed_at.desc())
        .limit(SHOWN_FAILURES)
    )
    return session.records(Failure, statement)


# ---- the series


def _series(session: ReadSession, window: Window, due: int, running: int) -> Sequence[Bucket]:
    """What the times that runs have now tell of each bucket.

    A run counts as queued from the time it was due until its first claim, and as running from then until it ended: that
    it waited in between, for a person or its next try, is not seen. The last bucket says exactly what is now.
    A run that was queued again after it ended has forgotten that it had ended, and one that was deleted was never.
    """
    tally = _Tally(window.buckets)
    for row in session.rows(_moments(session, window)):
        tally.add(row)
    queued, running_then = [*accumulate(tally.queued)], [*accumulate(tally.running)]
    queued[-1], running_then[-1] = due, running
    return [
        Bucket(
            begins_at=window.begin_of(bucket),
            created=tally.created[bucket],
            started=tally.started[bucket],
            completed=tally.ended[RunStatus.COMPLETED][bucket],
            failed=tally.ended[RunStatus.FAILED][bucket],
            cancelled=tally.ended[RunStatus.CANCELLED][bucket],
            queued=queued[bucket],
            running=running_then[bucket],
        )
        for bucket in range(window.buckets)
    ]


class _Tally:
    """Counts per bucket; of `queued` and `running` by how much they change, what was before being in the first."""

    def __init__(self, buckets: int) -> None:
        self._buckets: Final = buckets
        self.created: Final = [0] * buckets
        self.started: Final = [0] * buckets
        self.ended: Final = {status: [0] * buckets for status in FINAL_STATUSES}
        self.queued: Final = [0] * buckets
        self.running: Final = [0] * buckets

    def add(self, row: Any) -> None:
        """`row`: so many runs of one status, which were created, due, started and ended in the same buckets."""
        self._note(self.created, row.created, row.runs)
        self._note(self.started, row.started, row.runs)
        if row.ended is not None:
            self._note(self.ended[RunStatus(row.status)], row.ended, row.runs)
        self._span(self.queued, row.due, row.ended if row.started is None else row.started, row.runs)
        self._span(self.running, row.started, row.ended, row.runs)

    def _note(self, counts: list[int], bucket: int | None, count: int) -> None:
        if bucket is not None and 0 <= bucket < self._buckets:
            counts[bucket] += count

    def _span(self, changes: list[int], begin: int | None, end: int | None, count: int) -> None:
        if begin is None or begin >= self._buckets or (end is not None and end <= begin):
            return
        changes[max(begin, 0)] += count
        if end is not None and end < self._buckets:
            changes[max(end, 0)] -= count


def _moments(session: ReadSession, window: Window) -> Select[*tuple[Any, ...]]:
    """How many runs were created, due, started and ended in which buckets, of all that lived in the window.

    Those are the runs that were created in it, those that ended in it, and those that have not ended.
    """
    first_id = first_since(session, window.start)
    older = runs.c.id + 0 < first_id  # SQLite would read all of them in the order of their ids
    due = case(
        (
            (runs.c.available_at > runs.c.created_at)
            & or_(runs.c.started_at.is_(None), runs.c.available_at <= runs.c.started_at),
            runs.c.available_at,
        ),
        else_=runs.c.created_at,
    )
    times = {"created": runs.c.created_at, "due": due, "started": runs.c.started_at, "ended": runs.c.completed_at}
    columns = [runs.c.status, *(_bucket(session, window, time).label(name) for name, time in times.items())]
    alive = union_all(
        select(*columns).where(runs.c.id >= first_id),
        select(*columns).where(older, has_status(*FINAL_STATUSES), runs.c.completed_at >= window.start),
        *(select(*columns).where(older, has_status(status)) for status in sorted(ACTIVE_STATUSES)),
    ).subquery("alive")
    return select(*alive.c, func.count().label("runs")).group_by(*alive.c)


def _bucket(session: ReadSession, window: Window, time: ColumnElement[Any]) -> ColumnElement[Any]:
    """The number of the bucket in which a time lies: -1 before the first; NULL for no time."""
    start = bindparam(None, window.start, type_=runs.c.created_at.type)
    if session.dialect == "postgresql":
        number: ColumnElement[Any] = func.floor(func.extract("epoch", time - start) / window.bucket_seconds)
    else:
        seconds = (func.julianday(time, type_=Float) - _JULIAN_1970) * 86400.0 - window.start.timestamp()
        number = seconds / window.bucket_seconds
    return case((time < start, -1), else_=cast(number, Integer))
