"""Runs: queue, read, change, cancel, retry, delete."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from agent_runner.api.approval_schemas import ApprovalPublic
from agent_runner.api.budget import BudgetWanted, RetryRequest, larger_budget, own_budget, public_budget
from agent_runner.api.deps import (
    Api,
    IdCursor,
    Limit,
    RunId,
    answer,
    check_model,
    parsed,
    problems,
    services,
    takes,
)
from agent_runner.api.run_filter import WantedRuns
from agent_runner.api.schemas import (
    CancelRequest,
    ForkRequest,
    RunCreate,
    RunPage,
    RunPatch,
    RunPublic,
    StepPublic,
    StepsPublic,
    UsagePublic,
    without_none,
)
from agent_runner.domain.catalog import DEFAULT_AGENT, runner_of
from agent_runner.domain.policy import RunPolicy
from agent_runner.domain.run import RunStatus
from agent_runner.errors import AlreadyActive, InvalidInput
from agent_runner.settings import Settings
from agent_runner.store.approvals import ApprovalRecord, open_questions
from agent_runner.store.forks import ForkWanted, fork
from agent_runner.store.new_runs import CreatedRun, NewRun, create_runs
from agent_runner.store.run_queries import (
    RunFilter,
    RunRecord,
    count_runs,
    get_run,
    list_runs,
    why_not_running,
)
from agent_runner.store.runs import cancel, delete_final, edit_queued, rerun
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.steps import RecordedStep, journal
from agent_runner.store.tasks import get_task

router: Final = APIRouter(tags=["runs"], responses=problems(422))

MOST_COUNTED: Final = 10_000
_KEY: Final = re.compile(r"[\x20-\x7e]{1,200}")
_KEY_HEADER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "1 to 200 printable characters. Sending the same request again gives the same run.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]([ -~]*[!-~])?$"},
}


@router.post(
    "/runs",
    status_code=201,
    response_model=RunPublic,
    responses=problems(404, 409),
    openapi_extra={"parameters": [_KEY_HEADER], **takes(RunCreate)},
)
async def create_run(request: Request) -> Response:
    """Queues a run. The answer comes after the durable commit."""
    api = await services(request)
    body = parsed(RunCreate, await request.body())
    wanted = as_new_run(body, api.settings, request.headers.get("idempotency-key"))
    created: CreatedRun = await api.database.write_together(create_runs, wanted)
    if created.is_new:
        return answer(fresh(wanted, created), 201)
    run = await api.database.read(get_run, created.id)
    return answer(public(run), 201, {"Idempotency-Replayed": "true"})


@router.get("/runs", response_model=RunPage)
async def read_runs(
    api: Api,
    wanted: WantedRuns,
    *,
    cursor: IdCursor = None,
    limit: Limit = 50,
    count: Annotated[bool, Query(description="Whether to count what matches, on all pages.")] = False,
) -> Response:
    """Newest first."""
    found = await api.database.read(_runs_and_questions, wanted, cursor, limit + 1, MOST_COUNTED + 1 if count else 0)
    shown = [public(run, asked=found.asked.get(run.id)) for run in found.runs]
    page = RunPage.cut(shown, limit, lambda run: str(run.id))
    if count:
        total = {"total": min(found.count, MOST_COUNTED), "has_more_than_total": found.count > MOST_COUNTED}
        page = page.model_copy(update=total)
    return answer(page)


@router.get("/runs/{run_id}", response_model=RunPublic, responses=problems(404))
async def read_run(run_id: RunId, api: Api) -> Response:
    run, why, asked = await api.database.read(_run_and_why, run_id)
    return answer(public(run, why, asked))


@router.patch("/runs/{run_id}", response_model=RunPublic, responses=problems(404, 409))
async def change_run(run_id: RunId, body: RunPatch, api: Api) -> Response:
    """Changes a run that is still QUEUED."""
    return answer(public(await api.database.write(_change, run_id, body.model_dump(exclude_unset=True))))


@router.delete("/runs/{run_id}", status_code=204, responses=problems(404, 409))
async def delete_run(run_id: RunId, api: Api) -> None:
    """Removes a run that has ended, with its events and its journal."""
    await api.database.write(delete_final, run_id)


@router.post("/runs/{run_id}/cancel", status_code=202, response_model=RunPublic, responses=problems(404, 409))
async def cancel_run(run_id: RunId, api: Api, body: CancelRequest | None = None) -> Response:
    """A run that waits is CANCELLED at once, a RUNNING one when its worker has stopped the agent."""
    return answer(public(await api.database.write(_cancel, run_id, body and body.reason)), 202)


@router.post("/runs/{run_id}/retry", status_code=202, response_model=RunPublic, responses=problems(404, 409))
async def retry_run(run_id: RunId, api: Api, body: RetryRequest | None = None) -> Response:
    """Queues a FAILED or CANCELLED run again. Its finished steps are not repeated."""
    wanted = body and body.budget
    return answer(public(await api.database.write(_retry, run_id, api.settings.run_max_attempts, wanted)), 202)


@router.post(
    "/runs/{run_id}/fork",
    status_code=202,
    response_model=RunPublic,
    responses=problems(404, 409),
    openapi_extra={"parameters": [_KEY_HEADER]},
)
async def fork_run(run_id: RunId, request: Request, api: Api, body: ForkRequest | None = None) -> Response:
    """Queues a new run that keeps the finished steps of this one, up to a step, and goes on live from there."""
    body, key = body or ForkRequest(), _usable(request.headers.get("idempotency-key"))
    check_model(body.model, api.settings)
    wanted = ForkWanted(
        run_id=run_id,
        from_step=body.from_step,
        goal=body.goal,
        model=body.model,
        max_attempts=api.settings.run_max_attempts,
        idempotency_key=key,
        request_hash=_hashed(body.canonical(run_id)) if key else None,
    )
    return answer(public(await api.database.write(_fork, wanted)), 202)


@router.get("/runs/{run_id}/steps", response_model=StepsPublic, responses=problems(404))
async def read_steps(run_id: RunId, api: Api) -> Response:
    """The journal: what is done and will not be done again."""
    fence, journal = await api.database.read(_journal, run_id)
    steps = [_step(step, fence) for step in journal]
    return answer(StepsPublic(steps=steps, total=len(steps)))


# ---- from the request to the store


def as_new_run(body: RunCreate, settings: Settings, idempotency_key: str | None) -> NewRun:
    """Raises InvalidInput for a key or an alias that cannot be used."""
    agent = body.agent or DEFAULT_AGENT
    check_model(body.model, settings)
    return NewRun(
        goal=body.goal,
        agent=agent,
        model=body.model,
        runner=runner_of(agent, body.runner),
        input=json.dumps(body.input or {}),
        config=json.dumps(without_none(body.config)) if body.config else "{}",
        max_attempts=(body.config and body.config.max_attempts) or settings.run_max_attempts,
        time_limit_seconds=(body.budget and body.budget.seconds) or settings.run_time_limit_seconds,
        budget=own_budget(body.budget, body.on_budget, settings),
        default_budget=settings.default_budget,
        policy=_policy(body),
        priority=body.priority,
        project_id=body.project_id,
        task_id=str(body.task_id) if body.task_id else None,
        available_at=body.available_at,
        idempotency_key=_usable(idempotency_key),
        request_hash=_hashed(body.canonical()) if idempotency_key else None,
    )


def _usable(idempotency_key: str | None) -> str | None:
    if idempotency_key is not None and not _KEY.fullmatch(idempotency_key):
        raise InvalidInput(f"the Idempotency-Key {idempotency_key[:200]!r} is not 1 to 200 printable characters")
    return idempotency_key


def _hashed(canonical: str) -> str:
    return hashlib.sha256(canonical.encode()).hexdigest()


def _policy(body: RunCreate) -> str | None:
    """None for a run that narrows nothing, as most are."""
    named = body.model_fields_set & RunPolicy.model_fields.keys()
    policy = RunPolicy(**{name: value for name in named if (value := getattr(body, name)) is not None})
    return None if policy == RunPolicy() else policy.model_dump_json(exclude_unset=True)


def _public_policy(policy: str | None) -> dict[str, Any]:
    """What was given, field by field."""
    return json.loads(policy) if policy else {}


def _run_and_why(session: ReadSession, run_id: int) -> tuple[RunRecord, str | None, ApprovalRecord | None]:
    run = get_run(session, run_id)
    return run, why_not_running(session, run), _questions_of(session, [run]).get(run_id)


@dataclass(frozen=True, slots=True)
class _Found:
    runs: Sequence[RunRecord]
    asked: Mapping[int, ApprovalRecord]
    count: int


def _runs_and_questions(
    session: ReadSession, wanted: RunFilter, after_id: int | None, limit: int, most_counted: int
) -> _Found:
    runs = list_runs(session, wanted, after_id=after_id, limit=limit)
    count = count_runs(session, wanted, most_counted) if most_counted else 0
    return _Found(runs, _questions_of(session, runs), count)


def _questions_of(session: ReadSession, runs: Sequence[RunRecord]) -> Mapping[int, ApprovalRecord]:
    waiting = [run.id for run in runs if run.status == RunStatus.WAITING]
    return open_questions(session, waiting) if waiting else {}


def _change(session: WriteSession, run_id: int, columns: dict[str, Any]) -> RunRecord:
    if "available_at" in columns and columns["available_at"] is None:
        columns = columns | {"available_at": session.now}
    edit_queued(session, run_id, columns)
    return get_run(session, run_id)


def _cancel(session: WriteSession, run_id: int, reason: str | None) -> RunRecord:
    cancel(session, run_id, reason)
    return get_run(session, run_id)


def _retry(session: WriteSession, run_id: int, attempts: int, budget: BudgetWanted | None) -> RunRecord:
    retry_one(session, run_id, attempts, budget)
    return get_run(session, run_id)


def retry_one(session: WriteSession, run_id: int, attempts: int, budget: BudgetWanted | None = None) -> None:
    """`attempts` are for a run that names no number. Raises NotFound, IllegalMove, AlreadyActive or InvalidInput."""
    run = get_run(session, run_id)
    latest = get_task(session, run.task_id) if run.task_id else None
    if latest is not None and latest.run_id != run_id and latest.completed_at is None:
        raise AlreadyActive(
            f"task {run.task_id} already has run {latest.run_id} under way",
            next_step=f"wait for it, or stop it with POST /tasks/{run.task_id}/stop",
        )
    limits = larger_budget(run, budget) if budget else {}
    rerun(session, run_id, json.loads(run.config).get("max_attempts", attempts), **limits)


def _fork(session: WriteSession, wanted: ForkWanted) -> RunRecord:
    old = json.loads(get_run(session, wanted.run_id).config)
    allowed = replace(wanted, max_attempts=old.get("max_attempts", wanted.max_attempts))
    return get_run(session, fork(session, allowed).id)


def _journal(session: ReadSession, run_id: int) -> tuple[int, Sequence[RecordedStep]]:
    return get_run(session, run_id).fence, list(journal(session, run_id).values())


def _step(step: RecordedStep, fence: int) -> StepPublic:
    return StepPublic(
        key=step.key,
        position=step.position,
        input_hash=step.input_hash,
        output=json.loads(step.output),
        fence=step.fence,
        replayed=step.fence < fence,
        started_at=step.started_at,
        finished_at=step.finished_at,
    )


# ---- from the store to the answer


def public(run: RunRecord, why: str | None = None, asked: ApprovalRecord | None = None) -> RunPublic:
    return RunPublic(
        id=run.id,
        project_id=run.project_id,
        task_id=run.task_id,
        goal=run.goal,
        agent=run.agent,
        model=run.model,
        runner=run.runner,
        input=json.loads(run.input),
        config=json.loads(run.config),
        status=RunStatus(run.status),
        priority=run.priority,
        attempt=run.attempt,
        max_attempts=run.max_attempts,
        time_limit_seconds=run.time_limit_seconds,
        **public_budget(run.budget, run.time_limit_seconds),
        **_public_policy(run.policy),
        iteration=run.iteration,
        progress=run.progress,
        current_agent=run.current_agent,
        last_message=run.last_message,
        result=None if run.result is None else json.loads(run.result),
        error=run.error,
        created_at=run.created_at,
        available_at=run.available_at,
        started_at=run.started_at,
        completed_at=run.completed_at,
        cancel_requested=run.cancel_requested_at is not None,
        forked_from=run.forked_from,
        usage=UsagePublic.model_validate(run),
        approval=None if asked is None else ApprovalPublic.model_validate(asked),
        why_not_running=why,
    )


def fresh(wanted: NewRun, created: CreatedRun) -> RunPublic:
    """The run as its commit left it, without reading it again."""
    return RunPublic(
        id=created.id,
        project_id=wanted.project_id,
        task_id=wanted.task_id,
        goal=wanted.goal,
        agent=wanted.agent,
        model=wanted.model,
        runner=wanted.runner,
        input=json.loads(wanted.input),
        config=json.loads(wanted.config),
        status=RunStatus.QUEUED,
        priority=wanted.priority,
        attempt=0,
        max_attempts=wanted.max_attempts,
        time_limit_seconds=wanted.time_limit_seconds,
        **public_budget(created.budget, wanted.time_limit_seconds),
        **_public_policy(wanted.policy),
        iteration=0,
        progress=0.0,
        current_agent=None,
        last_message=None,
        result=None,
        error=None,
        created_at=created.created_at,
        available_at=wanted.available_at or created.created_at,
        started_at=None,
        completed_at=None,
        cancel_requested=False,
        forked_from=None,
        usage=UsagePublic(),
        approval=None,
        why_not_running=None,
    )
