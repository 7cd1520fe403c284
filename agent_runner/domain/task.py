"""A task's state: what its run under way says, else its latest, in the words of the tasks API."""

import json
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from pydantic import JsonValue

from agent_runner.domain.clock import to_wire
from agent_runner.domain.run import RunStatus


class TaskState(StrEnum):
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


ACTIVE_STATES: Final = frozenset({TaskState.PENDING, TaskState.RUNNING})

_STATE_OF: Final = {
    RunStatus.QUEUED: TaskState.PENDING,
    RunStatus.RUNNING: TaskState.RUNNING,
    RunStatus.WAITING: TaskState.RUNNING,
    RunStatus.COMPLETED: TaskState.SUCCEEDED,
    RunStatus.FAILED: TaskState.FAILED,
    RunStatus.CANCELLED: TaskState.CANCELLED,
}


def task_state(latest_run: RunStatus | None) -> TaskState:
    """PENDING until a worker has started the task's latest run."""
    return TaskState.PENDING if latest_run is None else _STATE_OF[latest_run]


class TaskFacts(Protocol):
    """What is known of a task; `result` is JSON text, and the run's fields are None until there is one."""

    @property
    def id(self) -> str: ...
    @property
    def agent(self) -> str: ...
    @property
    def run_id(self) -> int | None: ...
    @property
    def state(self) -> TaskState: ...
    @property
    def progress(self) -> float | None: ...
    @property
    def current_agent(self) -> str | None: ...
    @property
    def last_message(self) -> str | None: ...
    @property
    def started_at(self) -> datetime | None: ...
    @property
    def completed_at(self) -> datetime | None: ...
    @property
    def result(self) -> str | None: ...
    @property
    def error(self) -> str | None: ...


def task_state_view(task: TaskFacts) -> dict[str, JsonValue]:
    """A task's state as every reader gets it: `GET /tasks/{id}/state` and MetaGPTRunner.

    `agent` says who really does the work; `final_result` is there once the task has SUCCEEDED, `error` once it has not.
    """
    view: dict[str, JsonValue] = {
        "task_id": task.id,
        "status": task.state.value,
        "agent": task.agent,
        "run_id": task.run_id,
        "progress": task.progress or 0.0,
        "current_agent": task.current_agent,
        "last_message": task.last_message,
        "started_at": to_wire(task.started_at) if task.started_at else None,
        "completed_at": to_wire(task.completed_at) if task.completed_at else None,
    }
    if task.state is TaskState.SUCCEEDED and task.result is not None:
        view["final_result"] = json.loads(task.result)
    if task.error is not None:
        view["error"] = task.error
    return view
