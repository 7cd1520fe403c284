"""Which runs are meant: as parameters of a URL, and in the body of a request about many."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query

from agent_runner.api.deps import LARGEST_ID, PlainText
from agent_runner.api.fields import Moment
from agent_runner.domain.run import RunStatus
from agent_runner.store.run_queries import RunFilter

_STATUS: Final = "One or several; WAITING is waiting for a person."
_TEXT: Final = "Looked for in the goal, whatever its case."
_AFTER: Final = "Made at this time or later; it needs a time zone."
_BEFORE: Final = "Made before this time."
_NEWER: Final = "Only runs with a greater id: those that came since a page was read."


async def wanted_runs(  # noqa: PLR0913 - the parameters of GET /runs
    *,
    status: Annotated[list[RunStatus], Query(default_factory=list, description=_STATUS)],
    project_id: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    task_id: UUID | None = None,
    agent: PlainText | None = None,
    runner: Annotated[PlainText | None, Query(description="Of runs that are topologies.")] = None,
    text: Annotated[PlainText | None, Query(max_length=500, description=_TEXT)] = None,
    created_after: Annotated[Moment | None, Query(description=_AFTER)] = None,
    created_before: Annotated[Moment | None, Query(description=_BEFORE)] = None,
    newer_than: Annotated[int | None, Query(ge=0, le=LARGEST_ID, description=_NEWER)] = None,
) -> RunFilter:
    return RunFilter(
        statuses=frozenset(status),
        project_id=project_id,
        task_id=task_id and str(task_id),
        agent=agent,
        runner=runner,
        text=text,
        created_after=created_after,
        created_before=created_before,
        newer_than=newer_than,
    )


WantedRuns = Annotated[RunFilter, Depends(wanted_runs)]
