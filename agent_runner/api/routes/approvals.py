"""What runs ask people: the open questions, and the three ways to answer one."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from agent_runner.api.approval_schemas import ApprovalPublic, ApproveRequest, InputRequest, RejectRequest
from agent_runner.api.deps import LARGEST_ID, Api, DecidedBy, IdCursor, Limit, RunId, answer, problems
from agent_runner.api.schemas import Page
from agent_runner.domain.approval import ApprovalStatus
from agent_runner.store.approvals import ApprovalRecord, list_approvals
from agent_runner.store.decisions import Grant, Rejection, grant, reject
from agent_runner.store.decisions import answer as give

router: Final = APIRouter(tags=["approvals"], responses=problems(422))


@router.get("/approvals", response_model=Page[ApprovalPublic])
async def read_approvals(
    api: Api,
    *,
    cursor: IdCursor = None,
    limit: Limit = 50,
    status: ApprovalStatus | None = None,
    run_id: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
) -> Response:
    """Newest first; `status=OPEN` is what waits for somebody."""
    found = await api.database.read(list_approvals, status=status, run_id=run_id, after_id=cursor, limit=limit + 1)
    shown = [ApprovalPublic.model_validate(approval) for approval in found]
    return answer(Page[ApprovalPublic].cut(shown, limit, lambda approval: str(approval.id)))


@router.post("/runs/{run_id}/approve", response_model=ApprovalPublic, responses=problems(404, 409))
async def approve_run(run_id: RunId, api: Api, who: DecidedBy, body: ApproveRequest | None = None) -> Response:
    """Lets the run go on. A diff is approved by its hash; the same answer again changes nothing."""
    body = body or ApproveRequest()
    wanted = Grant(decided_by=who, diff_sha=body.diff_sha, accept_flags=body.accept_flags, comment=body.comment)
    return _shown(await api.database.write(grant, run_id, wanted, body.approval_id))


@router.post("/runs/{run_id}/reject", response_model=ApprovalPublic, responses=problems(404, 409))
async def reject_run(run_id: RunId, api: Api, who: DecidedBy, body: RejectRequest) -> Response:
    """Cancels the run, or with `revise` sends the comment to the agent, which tries again."""
    wanted = Rejection(decided_by=who, comment=body.comment, revise=body.revise)
    return _shown(await api.database.write(reject, run_id, wanted, body.approval_id))


@router.post("/runs/{run_id}/input", response_model=ApprovalPublic, responses=problems(404, 409))
async def give_input(run_id: RunId, api: Api, who: DecidedBy, body: InputRequest) -> Response:
    """Answers a question of the kind INPUT."""
    return _shown(await api.database.write(give, run_id, body.text, who, body.approval_id))


def _shown(approval: ApprovalRecord) -> Response:
    return answer(ApprovalPublic.model_validate(approval))
