"""Health: whether the process lives, whether it can do its work, and how it stands."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from agent_runner import __version__
from agent_runner.api.deps import Api, Services, answer, problems
from agent_runner.api.health_schemas import DatabaseHealth, Health, Readiness, StatusReport
from agent_runner.api.problem import problem
from agent_runner.api.routes.service import who_works
from agent_runner.api.schemas import QueuePublic, WorkerPublic
from agent_runner.errors import AgentRunnerError
from agent_runner.store.database import Database
from agent_runner.store.health import is_standby, look_at_tables, revision, try_to_write
from agent_runner.store.migrations import HEAD

T = TypeVar("T")

router: Final = APIRouter(tags=["health"], responses=problems(422))

LONGEST_TRY_SECONDS: Final = 3.0
LEAST_FREE_BYTES: Final = 1024 * 1024
"""Less would be filled by a few runs, while the probe's own small write may still fit into what the log has."""


@router.get("/health")
@router.get("/health/live")
async def live() -> Health:
    """The process answers."""
    return Health(status="ok", version=__version__)


@router.get("/health/ready", response_model=Readiness, responses=problems(503))
async def ready(request: Request, api: Api) -> Response:
    """The database can be read and written, and has the tables of this version."""
    health = await examine(api)
    if health.usable:
        return answer(Readiness(status="ready", reasons=[]))
    return problem(
        request.scope, 503, "; ".join(health.reasons), kind="urn:agent-runner:not-ready", headers={"Retry-After": "1"}
    )


@router.get("/health/status", response_model=StatusReport)
async def status(api: Api) -> Response:
    """Database, workers and queue."""
    health = await examine(api)
    report = StatusReport(
        status="ok" if health.usable else "degraded", version=__version__, database=health, workers=[], queue=None
    )
    try:
        workers, queue = await _in_time(api.database.read(who_works))
    except (AgentRunnerError, TimeoutError):
        return answer(report)
    return answer(
        report.model_copy(
            update={
                "workers": [WorkerPublic.model_validate(worker) for worker in workers],
                "queue": QueuePublic.model_validate(queue),
            }
        )
    )


async def examine(api: Services) -> DatabaseHealth:
    """Reads and writes, each for a bounded time: whoever holds the write lock must not hold the probe too."""
    reasons: list[str] = []
    found: str | None = None
    try:
        found, complaint = await _in_time(_try_out(api.database))
        reasons += complaint
    except AgentRunnerError as error:
        reasons.append(error.message)
    except TimeoutError:
        reasons.append(f"the database did not answer within {LONGEST_TRY_SECONDS:g} seconds")
    free = await asyncio.to_thread(api.database.free_bytes)
    if free is not None and free < LEAST_FREE_BYTES:
        reasons.append(f"only {free} bytes are free on the disk of the database")
    kind = api.settings.store_url.partition(":")[0].partition("+")[0]
    return DatabaseHealth(usable=not reasons, kind=kind, revision=found, reasons=reasons)


async def _try_out(database: Database) -> tuple[str | None, list[str]]:
    """The revision of the tables, and what speaks against working with them."""
    found = await database.read(revision)
    if found != HEAD:
        return found, [f"the tables are of revision {found}, this program needs {HEAD}"]
    if await database.read(is_standby):
        return found, ["the PostgreSQL server is a standby, which can only be read"]
    await database.read(look_at_tables)
    await database.write(try_to_write)
    return found, []


async def _in_time(work: Coroutine[Any, Any, T]) -> T:
    """Raises TimeoutError without waiting until the work has noticed: a lost connection takes its time to be closed."""
    task = asyncio.create_task(work)
    done, _ = await asyncio.wait({task}, timeout=LONGEST_TRY_SECONDS)
    if not done:
        task.cancel()
        raise TimeoutError
    return task.result()
