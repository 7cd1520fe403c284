"""How all runs stand, in one answer: for the first page of a console."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from agent_runner.api.deps import Api, answer, problems
from agent_runner.api.overview_schemas import BucketPublic, CrewPublic, FailurePublic, OverviewPublic, RunCounts
from agent_runner.domain.wording import one_line
from agent_runner.store.overview import Failure, overview

router: Final = APIRouter(tags=["service"], responses=problems(422))

LONGEST_HOURS: Final = 31 * 24
MOST_BUCKETS: Final = 500


@router.get("/overview", response_model=OverviewPublic)
async def read_overview(
    api: Api,
    *,
    hours: Annotated[int, Query(ge=1, le=LONGEST_HOURS, description="How far back the buckets go.")] = 24,
    buckets: Annotated[int, Query(ge=1, le=MOST_BUCKETS, description="How many of the same length.")] = 48,
) -> Response:
    """Counts, queue, workers, the latest failures, and what happened in the last hours. All as of one moment."""
    found = await api.database.read(overview, hours, buckets)
    return answer(
        OverviewPublic(
            now=found.now,
            runs=RunCounts(**{status.lower(): count for status, count in found.counts.items()}),
            due=found.due,
            oldest_due_seconds=found.oldest_due_seconds,
            open_approvals=found.open_approvals,
            workers=CrewPublic(
                alive=len(found.workers),
                slots=sum(worker.slots for worker in found.workers),
                busy=sum(worker.busy for worker in found.workers),
            ),
            bucket_seconds=found.bucket_seconds,
            buckets=[BucketPublic.model_validate(bucket) for bucket in found.buckets],
            failures=[_public(failure) for failure in found.failures],
        )
    )


def _public(failure: Failure) -> FailurePublic:
    first_line = next(iter((failure.error or "").strip().splitlines()), "")
    return FailurePublic(
        id=failure.id,
        goal=failure.goal,
        agent=failure.agent,
        error=one_line(first_line),
        completed_at=failure.completed_at,
    )
