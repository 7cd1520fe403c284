"""The service itself: what it is, and who works."""

import asyncio
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from agent_runner import __version__
from agent_runner.api.deps import Api, answer, problems
from agent_runner.api.schemas import QueuePublic, WorkerPublic, WorkerStatus, WorkStarted
from agent_runner.store.session import ReadSession
from agent_runner.store.wakeup import Ring
from agent_runner.store.workers import QueueCounts, WorkerRecord, live_workers, queue_counts

router: Final = APIRouter(tags=["service"], responses=problems(422))


@router.get("/")
async def root() -> dict[str, str | dict[str, str]]:
    """Name, version and where to go from here."""
    return {
        "name": "agent-runner",
        "version": __version__,
        "links": {
            "docs": "/docs",
            "openapi": "/openapi.json",
            "health": "/health/status",
            "runs": "/runs",
            "tasks": "/tasks",
            "projects": "/projects",
            "agents": "/agents",
            "models": "/models",
            "worker": "/worker/status",
            "overview": "/overview",
            "about": "/about",
        },
    }


@router.get("/worker/status", response_model=WorkerStatus)
async def worker_status(api: Api) -> Response:
    """The live workers and the queue."""
    workers, queue = await api.database.read(who_works)
    interval = min((worker.check_interval for worker in workers), default=api.settings.worker_check_interval)
    return answer(
        WorkerStatus(
            running=bool(workers),
            check_interval=interval,
            workers=[WorkerPublic.model_validate(worker) for worker in workers],
            queue=QueuePublic.model_validate(queue),
        )
    )


@router.post("/worker/process", status_code=202, response_model=WorkStarted, response_model_exclude_none=True)
async def process_queue(api: Api) -> WorkStarted:
    """Wakes the live workers. With none alive, starts one process that works until the queue is empty."""
    workers, queue = await api.database.read(who_works)
    if workers:
        api.database.doorbell.ring(Ring(work=True))
        return WorkStarted(
            mode="woken",
            workers=len(workers),
            queued=queue.queued,
            message=f"{len(workers)} workers are told of {queue.queued} queued runs",
        )
    pid = await asyncio.to_thread(api.drain_worker.start)
    return WorkStarted(
        mode="started",
        pid=pid,
        queued=queue.queued,
        message=f"no worker was alive: a process works on {queue.queued} queued runs, "
        f"then ends; its log is {api.drain_worker.log_path}",
    )


def who_works(session: ReadSession) -> tuple[list[WorkerRecord], QueueCounts]:
    return list(live_workers(session)), queue_counts(session)
