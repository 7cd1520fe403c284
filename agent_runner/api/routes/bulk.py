"""Many runs in one request. Each is changed by itself, as a request about it alone would."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from agent_runner.api.bulk_schemas import MOST_RUNS, CancelRunsRequest, ChangedRuns, RunsWanted, SkippedRun
from agent_runner.api.deps import Api, Services, answer, problems
from agent_runner.api.routes.runs import retry_one
from agent_runner.domain.run import ACTIVE_STATUSES, RERUN, RunStatus
from agent_runner.errors import Conflict, InvalidInput, NotFound
from agent_runner.store.run_queries import RunFilter, run_ids
from agent_runner.store.runs import cancel, is_asked_to_stop, status_of
from agent_runner.store.session import WriteSession

router: Final = APIRouter(tags=["runs"], responses=problems(422))

AT_ONCE: Final = 50
"""Runs that are handed to the writer together: others who write wait for no more than these."""

Statuses = frozenset[RunStatus] | None
"""Those in which a filter has found its runs, which may have moved on since; None where the runs are named."""


@router.post("/runs/cancel", status_code=202, response_model=ChangedRuns)
async def cancel_runs(body: CancelRunsRequest, api: Api) -> Response:
    """Cancels up to 1,000 runs, those of a filter newest first. One that is RUNNING ends when its agent has stopped."""
    wanted = body.meant(ACTIVE_STATUSES)
    not_asked_yet = wanted and replace(wanted, is_asked_to_stop=False)

    async def change(run_id: int) -> None:
        await api.database.write(_cancel, run_id, wanted and wanted.statuses, body.reason)

    return await _each(api, body, not_asked_yet, change)


@router.post("/runs/retry", status_code=202, response_model=ChangedRuns)
async def retry_runs(body: RunsWanted, api: Api) -> Response:
    """Queues up to 1,000 FAILED or CANCELLED runs again, those of a filter newest first."""
    wanted = body.meant(RERUN.sources)

    async def change(run_id: int) -> None:
        await api.database.write(_retry, run_id, wanted and wanted.statuses, api.settings.run_max_attempts)

    return await _each(api, body, wanted, change)


async def _each(
    api: Services, body: RunsWanted, wanted: RunFilter | None, change: Callable[[int], Awaitable[None]]
) -> Response:
    ids: Sequence[int] = list(dict.fromkeys(body.ids or ()))
    if wanted is not None:
        ids = await api.database.read(run_ids, wanted, MOST_RUNS + 1)
    meant, changed, skipped = ids[:MOST_RUNS], list[int](), list[SkippedRun]()
    for start in range(0, len(meant), AT_ONCE):
        part = meant[start : start + AT_ONCE]
        for run_id, why_not in zip(part, await asyncio.gather(*(_why_not(change, each) for each in part)), strict=True):
            if why_not is None:
                changed.append(run_id)
            else:
                skipped.append(SkippedRun(id=run_id, reason=why_not))
    return answer(ChangedRuns(changed=changed, skipped=skipped, more=len(ids) > len(meant)), 202)


async def _why_not(change: Callable[[int], Awaitable[None]], run_id: int) -> str | None:
    try:
        await change(run_id)
    except (Conflict, NotFound, InvalidInput) as error:
        return error.message
    return None


def _cancel(session: WriteSession, run_id: int, statuses: Statuses, reason: str | None) -> None:
    _require_still(session, run_id, statuses)
    if is_asked_to_stop(session, run_id):
        raise Conflict(f"run {run_id} is asked to stop already")
    cancel(session, run_id, reason)


def _retry(session: WriteSession, run_id: int, statuses: Statuses, attempts: int) -> None:
    _require_still(session, run_id, statuses)
    retry_one(session, run_id, attempts)


def _require_still(session: WriteSession, run_id: int, statuses: Statuses) -> None:
    """The run is as the filter has found it, and stays so until it is changed. Raises Conflict or NotFound."""
    status = status_of(session, run_id, lock=True)
    if statuses is not None and status not in statuses:
        raise Conflict(f"run {run_id} is {status} by now, and no longer one of those that the filter means")
