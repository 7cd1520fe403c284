"""Starting and stopping the runs of a task."""

import json

from agent_runner.errors import Conflict
from agent_runner.store.new_runs import CreatedRun, NewRun, create_runs
from agent_runner.store.runs import cancel
from agent_runner.store.session import WriteSession
from agent_runner.store.tasks import TaskRecord, create_task, get_task


def run_of(
    task: TaskRecord, *, max_attempts: int, time_limit_seconds: float, default_budget: str | None = None
) -> NewRun:
    """The run that does what the task asks."""
    return NewRun(
        goal=task.input_prompt,
        agent=task.agent,
        input=json.dumps({"title": task.title}),
        config="{}",
        max_attempts=max_attempts,
        time_limit_seconds=time_limit_seconds,
        default_budget=default_budget,
        task_id=task.id,
    )


def create_running_task(session: WriteSession, title: str, run: NewRun) -> CreatedRun:
    """A new task, whose id and prompt are the run's `task_id` and goal, and this as its first run: both or neither."""
    assert run.task_id is not None, "the run belongs to the task"
    create_task(session, run.task_id, title, run.goal, run.agent)
    [answer] = create_runs(session, [run])
    if isinstance(answer, Exception):
        raise answer
    return answer


def stop_task(session: WriteSession, task_id: str) -> int:
    """Cancels the task's run and returns its number. Raises NotFound, and Conflict when none is under way."""
    task = get_task(session, task_id)
    if task.run_id is None or task.completed_at is not None:
        raise Conflict(
            f"task {task_id} is {task.state}: it has no run under way",
            next_step=f"POST /tasks/{task_id}/run starts one",
        )
    cancel(session, task.run_id, "the task was stopped")
    return task.run_id
