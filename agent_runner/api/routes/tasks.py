"""Tasks: what a person asked. A task's state is that of its run under way, else of its latest."""

import json
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from agent_runner.api.deps import Api, Limit, Services, Since, TaskId, Wait, answer, problems
from agent_runner.api.routes.events import answer_with_events, as_answer
from agent_runner.api.schemas import EventsPublic, Page, TaskAccepted, TaskCreate, TaskPublic, TaskStatePublic
from agent_runner.domain.catalog import AGENT_OF_TASKS, topology_of
from agent_runner.domain.clock import to_wire
from agent_runner.domain.task import task_state_view
from agent_runner.errors import Conflict, InvalidInput, NotFound
from agent_runner.store.catalog import TOPOLOGIES, get
from agent_runner.store.events import EventPage
from agent_runner.store.new_runs import CreatedRun, create_runs
from agent_runner.store.session import WriteSession
from agent_runner.store.task_runs import run_of, stop_task
from agent_runner.store.tasks import TaskRecord, create_task, get_task, list_tasks

router: Final = APIRouter(tags=["tasks"], responses=problems(422))

TaskCursor = Annotated[
    str | None,
    Query(
        max_length=100,
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z_[0-9a-f-]{36}$",
        description="The `next_cursor` of the page before; leave it out for the first.",
    ),
]


@router.post("/tasks", status_code=201, response_model=TaskPublic, responses=problems(404))
async def new_task(body: TaskCreate, api: Api) -> Response:
    """A topology that does it must be there; it is taken as it is when the task is run."""
    agent = body.agent or AGENT_OF_TASKS
    task = await api.database.write(_create, str(uuid4()), body.title, body.input_prompt, agent)
    return answer(TaskPublic.model_validate(task), 201)


@router.get("/tasks", response_model=Page[TaskPublic])
async def read_tasks(api: Api, *, cursor: TaskCursor = None, limit: Limit = 50) -> Response:
    """Newest first."""
    before, after_id = (None, None) if cursor is None else _place(cursor)
    tasks = await api.database.read(list_tasks, before=before, after_id=after_id, limit=limit + 1)
    public = [TaskPublic.model_validate(task) for task in tasks]
    return answer(Page[TaskPublic].cut(public, limit, lambda task: f"{to_wire(task.created_at)}_{task.id}"))


@router.get("/tasks/{task_id}", response_model=TaskPublic, responses=problems(404))
async def read_task(task_id: TaskId, api: Api) -> Response:
    return answer(TaskPublic.model_validate(await _task(api, task_id)))


@router.post("/tasks/{task_id}/run", status_code=202, response_model=TaskAccepted, responses=problems(404, 409))
async def run_task(task_id: TaskId, api: Api) -> Response:
    """Queues a run of the task. While one is under way this is a conflict."""
    task = await _task(api, task_id)
    wanted = run_of(
        task,
        max_attempts=api.settings.run_max_attempts,
        time_limit_seconds=api.settings.run_time_limit_seconds,
        default_budget=api.settings.default_budget,
    )
    try:
        created: CreatedRun = await api.database.write_together(create_runs, wanted)
    except NotFound as error:  # the task is there: what does it is not any more
        raise Conflict(error.message, next_step=error.next_step) from error
    message = f"Task accepted: run {created.id} with the agent {task.agent}"
    return answer(TaskAccepted(message=message, task_id=task.id, run_id=created.id), 202)


@router.get("/tasks/{task_id}/state", response_model=TaskStatePublic, responses=problems(404))
async def read_state(task_id: TaskId, api: Api) -> Response:
    view = task_state_view(await _task(api, task_id))
    return Response(json.dumps(view), media_type="application/json")


@router.get("/tasks/{task_id}/events", response_model=EventsPublic, responses=problems(404, 503))
async def read_task_events(
    task_id: TaskId, request: Request, api: Api, since_event_id: Since = 0, limit: Limit = 100, wait: Wait = 0
) -> Response:
    """The events of the task's latest run."""
    task = await _task(api, task_id)
    if task.run_id is None:
        return as_answer(EventPage(0, since_event_id, [], is_final=False, last_event_id=0))
    return await answer_with_events(request, api, task.run_id, since_event_id, limit, wait)


@router.post("/tasks/{task_id}/stop", status_code=202, response_model=TaskAccepted, responses=problems(404, 409))
async def stop_run_of_task(task_id: TaskId, api: Api) -> Response:
    """Cancels the task's run."""
    run_id = await api.database.write(stop_task, str(task_id))
    return answer(TaskAccepted(message=f"Stopping run {run_id}", task_id=str(task_id), run_id=run_id), 202)


def _create(session: WriteSession, task_id: str, title: str, input_prompt: str, agent: str) -> TaskRecord:
    if (topology := topology_of(agent)) is not None:
        get(session, TOPOLOGIES, topology, None)
    return create_task(session, task_id, title, input_prompt, agent)


async def _task(api: Services, task_id: UUID) -> TaskRecord:
    return await api.database.read(get_task, str(task_id))


def _place(cursor: str) -> tuple[datetime, str]:
    """created_at and id of the last task of the page before."""
    moment, _, task_id = cursor.partition("_")
    try:
        return datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%f%z"), str(UUID(task_id))
    except ValueError:
        raise InvalidInput(f"the cursor {cursor!r} is no next_cursor of this list") from None
