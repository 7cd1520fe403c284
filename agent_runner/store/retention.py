"""Forgetting what ended long ago: which runs may go, and the statement that removes some of them."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, exists, func, select

from agent_runner.domain.run import FINAL_STATUSES
from agent_runner.store.database import Database
from agent_runner.store.runs import has_status
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.tables import runs, tasks

PAGE: Final = 1000
"""Runs that one read looks through."""
BATCH: Final = 200
"""Runs that one transaction removes: others wait for it."""
YOUNGEST: Final = timedelta(minutes=10)
"""What has ended more lately than this stays, whatever is asked: somebody may just be reading how it ended."""


@dataclass(frozen=True, slots=True)
class Removed:
    runs: int
    tasks: int


@dataclass(frozen=True, slots=True)
class Page:
    """Runs in the order of their ids: those that may go, and where the next page begins; None after the last."""

    old: Sequence[int]
    last_id: int | None


def cutoff(session: ReadSession, days: float) -> datetime:
    """What ended before this may go; by the database's clock."""
    return session.now - max(timedelta(days=days), YOUNGEST)


def look(session: ReadSession, after_id: int, days: float) -> Page:
    """The next runs after an id. There is no index for it: ids rise with time, so the oldest runs come first.

    A page on which every run was created later than the cutoff is the last: no run ends before it is created.
    """
    ended_before = cutoff(session, days)
    found = session.rows(
        select(
            runs.c.id,
            (runs.c.created_at < ended_before).label("is_old"),
            func.coalesce(_has_gone_cold(ended_before), False).label("may_go"),
        )
        .where(runs.c.id > after_id)
        .order_by(runs.c.id)
        .limit(PAGE)
    )
    is_last = len(found) < PAGE or not any(row.is_old for row in found)
    return Page([row.id for row in found if row.may_go], None if is_last else found[-1].id)


def _has_gone_cold(ended_before: datetime) -> ColumnElement[bool]:
    return has_status(*FINAL_STATUSES) & (runs.c.completed_at < ended_before)


def remove(session: WriteSession, run_ids: Sequence[int], days: float) -> Removed:
    """Removes those of the runs that are still final and old, with their events and journals, and tasks left without.

    A run that somebody is just changing is left to the next time, and one that was queued again meanwhile stays.
    """
    old = _has_gone_cold(cutoff(session, days))
    free = select(runs.c.id).where(runs.c.id.in_(run_ids), old).with_for_update(skip_locked=True).cte("free")
    gone = session.execute(
        delete(runs).where(runs.c.id.in_(select(free.c.id)), old).returning(runs.c.id, runs.c.task_id)
    ).all()
    emptied = {row.task_id for row in gone if row.task_id is not None}
    return Removed(len(gone), _remove_tasks(session, sorted(emptied), days) if emptied else 0)


def _remove_tasks(session: WriteSession, task_ids: Sequence[str], days: float) -> int:
    """Locked first, looked at second: whoever had begun to give the task a new run has either ended or not begun."""
    old = tasks.c.id.in_(task_ids) & (tasks.c.created_at < cutoff(session, days))
    free: list[Any] = [row.id for row in session.rows(select(tasks.c.id).where(old).with_for_update(skip_locked=True))]
    has_runs = exists().where(runs.c.task_id == tasks.c.id)
    return session.execute(delete(tasks).where(tasks.c.id.in_(free), ~has_runs)).rowcount


async def old_runs(database: Database, days: float) -> AsyncGenerator[Sequence[int]]:
    """All that may go, the oldest first, in batches for `remove`."""
    after_id: int | None = 0
    while after_id is not None:
        page = await database.read(look, after_id, days)
        after_id = page.last_id
        for start in range(0, len(page.old), BATCH):
            yield page.old[start : start + BATCH]


async def prune(database: Database, days: float, pause: Callable[[], Awaitable[object]]) -> Removed:
    """Removes all that may go, one batch after the other, with a pause after each."""
    removed = Removed(0, 0)
    async for batch in old_runs(database, days):
        some = await database.write(remove, batch, days)
        removed = Removed(removed.runs + some.runs, removed.tasks + some.tasks)
        await pause()
    return removed
