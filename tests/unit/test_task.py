"""A task's state is what its latest run says."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from agent_runner.domain.run import RunStatus
from agent_runner.domain.task import TaskState, task_state, task_state_view


def test_a_task_without_a_run_is_pending() -> None:
    assert task_state(None) is TaskState.PENDING


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (RunStatus.RUNNING, TaskState.RUNNING),
        (RunStatus.WAITING, TaskState.RUNNING),
        (RunStatus.COMPLETED, TaskState.SUCCEEDED),
        (RunStatus.FAILED, TaskState.FAILED),
        (RunStatus.CANCELLED, TaskState.CANCELLED),
    ],
)
def test_a_task_says_in_its_own_words_what_its_run_says(status: RunStatus, state: TaskState) -> None:
    assert task_state(status) is state


def test_every_status_of_a_run_has_a_state() -> None:
    assert {task_state(status) for status in RunStatus} == set(TaskState)


@dataclass(frozen=True, kw_only=True)
class Facts:
    id: str = "0b6f"
    agent: str = "simple"
    run_id: int | None = 7
    state: TaskState = TaskState.SUCCEEDED
    progress: float | None = 1.0
    current_agent: str | None = None
    last_message: str | None = "done"
    started_at: datetime | None = datetime(2026, 1, 2, tzinfo=UTC)
    completed_at: datetime | None = None
    result: str | None = '{"summary": "ok"}'
    error: str | None = None


def test_a_succeeded_task_shows_its_result() -> None:
    view = task_state_view(Facts())
    assert view["final_result"] == {"summary": "ok"}
    assert "error" not in view
    assert (view["status"], view["started_at"], view["completed_at"]) == (
        "SUCCEEDED",
        "2026-01-02T00:00:00.000000Z",
        None,
    )


def test_a_failed_task_shows_its_error_and_no_result() -> None:
    view = task_state_view(Facts(state=TaskState.FAILED, error="no model answered"))
    assert view["error"] == "no model answered"
    assert "final_result" not in view


def test_a_task_that_never_ran_has_no_progress() -> None:
    view = task_state_view(Facts(run_id=None, state=TaskState.PENDING, progress=None, started_at=None, result=None))
    assert (view["progress"], view["run_id"], view["started_at"]) == (0.0, None, None)
