"""What the steps of a run on other machines ask and report: with the token of the run, and with nothing else."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from agent_runner.api.auth import bearer_token
from agent_runner.api.deps import PROBLEM_CONTENT, Api, PlainText, RunId, answer, parsed, problems, takes
from agent_runner.api.openapi import OF_RUN_TOKENS
from agent_runner.domain.redaction import RUN_TOKEN, Redaction
from agent_runner.domain.report import INPUT_HASH, LONGEST_CALL_KEY, CallReport, KnownCall
from agent_runner.errors import NotFound, Unauthorized
from agent_runner.store.reports import add_report, fence_of, known_of
from agent_runner.store.session import ReadSession

_MEANING: Final = {
    401: "No token of a run was sent; a key is none.",
    403: "The token is one of another run, or a page of another origin asks.",
    409: "The token is not good any more, or the call was recorded with another question.",
}
_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": meaning, "content": PROBLEM_CONTENT} for status, meaning in _MEANING.items()
}

router: Final = APIRouter(tags=["runs"], responses={**problems(422), **_REFUSALS})


async def run_token(connection: HTTPConnection) -> str:
    """Raises Unauthorized before anything else of the request is looked at."""
    token = bearer_token(connection.scope)
    if token is None or not token.startswith(RUN_TOKEN):
        raise Unauthorized(
            "this route wants the token that the worker gave to the flow of the run; a key is not enough",
            next_step="send the header Authorization: Bearer TOKEN",
        )
    return token


Token = Annotated[str, Depends(run_token)]
CallKey = Annotated[
    PlainText,
    Query(min_length=1, max_length=LONGEST_CALL_KEY, description="Of the call.", examples=["debate/round-1/pro"]),
]
AskedWith = Annotated[
    str, Query(pattern=INPUT_HASH, description="The sha256 of the question, which what is known must be an answer to.")
]


@router.get(
    "/runs/{run_id}/reports",
    response_model=KnownCall,
    responses=problems(404),
    openapi_extra={"security": OF_RUN_TOKENS},
)
async def read_report(run_id: RunId, key: CallKey, input_hash: AskedWith, api: Api, token: Token) -> Response:
    """What is known of the call; 404 says: nothing, so carry it out and report it."""
    known = await api.database.read(_known, run_id, token, key, input_hash)
    if known is None:
        raise NotFound(f"nothing is known of the call {key!r} of run {run_id}", next_step="carry it out and report it")
    return answer(known)


@router.post(
    "/runs/{run_id}/reports",
    status_code=201,
    response_model=KnownCall,
    responses={200: {"model": KnownCall, "description": "Known already; this report changes nothing."}},
    openapi_extra={"security": OF_RUN_TOKENS, **takes(CallReport)},
)
async def add_one(run_id: RunId, key: CallKey, request: Request, api: Api, token: Token) -> Response:
    """What a call has come to. The first report stands, and every later one is answered with it.

    A failure stands until the worker tries the run again.
    """
    fence = await api.database.read(fence_of, run_id, token)
    report = parsed(CallReport, await request.body(), strict=True)
    text = report.as_text(Redaction([*api.settings.secrets(), token]))
    known, is_new = await api.database.write(add_report, run_id, fence, key, text)
    return answer(known, 201 if is_new else 200)


def _known(session: ReadSession, run_id: int, token: str, key: str, input_hash: str) -> KnownCall | None:
    return known_of(session, run_id, fence_of(session, run_id, token), key, input_hash)
