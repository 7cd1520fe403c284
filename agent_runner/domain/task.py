"""A task's state: what its latest run says, in the words of the tasks API."""

from enum import StrEnum
from typing import Final

from agent_runner.domain.run import RunStatus


class TaskState(StrEnum):
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


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
