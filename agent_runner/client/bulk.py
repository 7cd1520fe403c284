"""The verbs that change many runs in one request."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agent_runner.client.records import ChangedRuns
from agent_runner.client.steps import Call, Program, deliver
from agent_runner.client.verbs import given, record
from agent_runner.domain.clock import to_wire
from agent_runner.domain.run import RunStatus


def cancel_runs(  # noqa: PLR0913 - what POST /runs/cancel can name
    ids: Sequence[int] | None = None,
    *,
    status: Sequence[RunStatus | str] | None = None,
    project_id: int | None = None,
    task_id: str | None = None,
    agent: str | None = None,
    runner: str | None = None,
    text: str | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    reason: str | None = None,
) -> Program[ChangedRuns]:
    """Cancels up to 1,000 runs: those named, or those of a filter, in the words of `runs`. Ask again for `more`."""
    wanted = _filter(status, created_after, created_before)
    wanted |= given(project_id=project_id, task_id=task_id, agent=agent, runner=runner, text=text)
    return _change("cancel", ids, wanted, reason=reason)


def retry_runs(  # noqa: PLR0913 - what POST /runs/retry can name
    ids: Sequence[int] | None = None,
    *,
    status: Sequence[RunStatus | str] | None = None,
    project_id: int | None = None,
    task_id: str | None = None,
    agent: str | None = None,
    runner: str | None = None,
    text: str | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
) -> Program[ChangedRuns]:
    """Queues up to 1,000 FAILED or CANCELLED runs again: those named, or those of a filter."""
    wanted = _filter(status, created_after, created_before)
    wanted |= given(project_id=project_id, task_id=task_id, agent=agent, runner=runner, text=text)
    return _change("retry", ids, wanted)


def _filter(
    status: Sequence[RunStatus | str] | None, after: datetime | None, before: datetime | None
) -> dict[str, Any]:
    statuses = [status] if isinstance(status, str) else status and list(status)
    return given(status=statuses, created_after=after and to_wire(after), created_before=before and to_wire(before))


def _change(verb: str, ids: Sequence[int] | None, wanted: dict[str, Any], **more: Any) -> Program[ChangedRuns]:
    """Twice is as good as once: what is changed already is skipped."""
    body = given(ids=ids and list(ids), filter=wanted or None, **more)
    return deliver(
        Call(method="POST", path=f"/runs/{verb}", read=record(ChangedRuns), body=body, is_repeatable=verb == "cancel")
    )
