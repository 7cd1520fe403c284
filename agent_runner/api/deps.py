"""What the routes share: the services of the process, and the types of what stands in a URL."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from fastapi import Depends, Path, Query
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel, ValidationError
from starlette.requests import HTTPConnection
from starlette.responses import Response

from agent_runner.api.auth import KEY_NAME
from agent_runner.api.stream import Streams
from agent_runner.api.worker_process import DrainWorker
from agent_runner.domain.model import check_alias
from agent_runner.settings import Settings
from agent_runner.store.database import Database

LARGEST_ID: Final = 2**63 - 1
LONGEST_WAIT_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Services:
    """Opened when the API starts, closed when it ends."""

    settings: Settings
    database: Database
    streams: Streams
    drain_worker: DrainWorker


async def services(connection: HTTPConnection) -> Services:
    return connection.app.state.services


def without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("a NUL character cannot be stored")
    return text


async def decided_by(connection: HTTPConnection) -> str:
    return connection.scope.get("state", {}).get(KEY_NAME, "local")


DecidedBy = Annotated[str, Depends(decided_by)]
Api = Annotated[Services, Depends(services)]
PlainText = Annotated[str, AfterValidator(without_nul)]

RunId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The run's id.", examples=[1])]
ProjectId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The project's id.", examples=[1])]
TaskId = Annotated[UUID, Path(description="The task's id.", examples=["6f1f64f0-4c2f-4f2b-9b38-3b8c1f7f1f3e"])]
Version = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="Without it, the latest.")]
Limit = Annotated[int, Query(ge=1, le=500, description="The size of a page.")]
IdCursor = Annotated[
    int | None,
    Query(ge=1, le=LARGEST_ID, description="The `next_cursor` of the page before; leave it out for the first."),
]
Since = Annotated[int, Query(ge=0, le=LARGEST_ID, description="Only events with a greater event_id.")]
Wait = Annotated[
    float,
    Query(
        ge=0,
        le=LONGEST_WAIT_SECONDS,
        allow_inf_nan=False,
        description="Long poll: when there is nothing yet, wait so many seconds for it.",
    ),
]


def answer(model: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The model as it is, without FastAPI checking it a second time."""
    return Response(model.model_dump_json(), status, headers, "application/json")


def check_model(name: str | None, settings: Settings) -> None:
    """Raises InvalidInput for an alias that stands for no model, in our own settings: workers have the same."""
    if name is not None:
        check_alias(name, settings.aliases)


M = TypeVar("M", bound=BaseModel)


def parsed(model: type[M], body: bytes, *, strict: bool | None = None) -> M:
    """The body as the model. For a route where FastAPI's way to the same, at 60 µs, would show.

    And for `strict`: read from JSON no type is guessed, and yet a word may be one of an enum's, and an array a tuple.
    """
    try:
        return model.model_validate_json(body, strict=strict)
    except ValidationError as error:
        wrong = [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]
        raise RequestValidationError(wrong, body=json.loads(body or b"null")) from None


def takes(model: type[BaseModel], example: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The documentation of the body of such a route."""
    content: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}
    if example is not None:
        content["example"] = example
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


PROBLEM_CONTENT: Final[dict[str, Any]] = {
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
}
_MEANING: Final = {
    401: "API_KEYS are set and none of them was sent.",
    403: "A page of another origin asks.",
    404: "There is no such thing.",
    409: "Legal in itself, not now; the sentence says why.",
    413: "The body is larger than 1 MiB.",
    415: "The body is not application/json.",
    422: "A value cannot be used; the sentence holds it.",
    503: "Not possible at the moment.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documentation of the errors of a route."""
    return {status: {"description": _MEANING[status], "content": PROBLEM_CONTENT} for status in statuses}
