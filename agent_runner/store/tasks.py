"""Every statement that reads or writes `tasks`. A task's state is that of its run under way, else of its latest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, false, insert, or_, select

from agent_runner.domain.run import RunStatus
from agent_runner.domain.task import TaskState, task_state
from agent_runner.errors import NotFound
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.tables import runs, tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """A task and what its run says; `result` is JSON text. The run's fields are None until there is one."""

    id: str
    title: str
    input_prompt: str
    agent: str
    created_at: datetime
    run_id: int | None
    run_status: str | None
    progress: float | None
    current_agent: str | None
    last_message: str | None
    started_at: datetime | None
    completed_at: datetime | None
    result: str | None
    error: str | None

    @property
    def state(self) -> TaskState:
        return task_state(RunStatus(self.run_status) if self.run_status else None)


_CURRENT: Final = (
    select(runs.c.id)
    .where(runs.c.task_id == tasks.c.id)
    .order_by(runs.c.completed_at.is_(None).desc(), runs.c.id.desc())
    .limit(1)
    .correlate(tasks)
    .scalar_subquery()
)
"""An older run may have been tried again after a newer one ended."""
_TASKS: Final = select(
    tasks.c.id,
    tasks.c.title,
    tasks.c.input_prompt,
    tasks.c.agent,
    tasks.c.created_at,
    runs.c.id.label("run_id"),
    runs.c.status.label("run_status"),
    runs.c.progress,
    runs.c.current_agent,
    runs.c.last_message,
    runs.c.started_at,
    runs.c.completed_at,
    runs.c.result,
    runs.c.error,
).select_from(tasks.outerjoin(runs, runs.c.id == _CURRENT))


def create_task(session: WriteSession, task_id: str, title: str, input_prompt: str, agent: str) -> TaskRecord:
    session.execute(
        insert(tasks).values(id=task_id, title=title, input_prompt=input_prompt, agent=agent, created_at=session.now)
    )
    return get_task(session, task_id)


def get_task(session: ReadSession, task_id: str) -> TaskRecord:
    found = session.record(TaskRecord, _TASKS.where(tasks.c.id == task_id))
    if found is None:
        raise NotFound(f"task {task_id} does not exist", next_step="see GET /tasks")
    return found


def list_tasks(
    session: ReadSession, *, before: datetime | None, limit: int, after_id: str | None = None
) -> Sequence[TaskRecord]:
    """Newest first; `before` and `after_id` are the created_at and the id of the last task of the page before.

    Tasks that were committed together have the same created_at, so a reader of pages gives both.
    """
    statement = _TASKS.order_by(tasks.c.created_at.desc(), tasks.c.id).limit(limit)
    if before is not None:
        older = tasks.c.created_at < before
        same_moment = and_(tasks.c.created_at == before, tasks.c.id > after_id) if after_id else false()
        statement = statement.where(or_(older, same_moment))
    return session.records(TaskRecord, statement)
