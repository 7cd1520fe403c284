"""How every error leaves the API: RFC 9457 problem+json with a sentence that holds the value."""

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final, cast

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope
from starlette.websockets import WebSocket

from agent_runner.errors import AgentRunnerError, StoreUnavailable, TooManyStreams, Unauthorized

MEDIA_TYPE: Final = "application/problem+json"
SHOWN_CHARACTERS: Final = 200
"""So much of an offending value is shown."""

log = logging.getLogger(__name__)


def problem(
    scope: Scope,
    status: int,
    detail: str,
    *,
    kind: str = "about:blank",
    next_step: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer that works for a request and, before it is accepted, for a WebSocket."""
    body = {"type": kind, "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    if next_step is not None:
        body["next_step"] = next_step
    body["request_id"] = request_id_of(scope)
    return Response(json.dumps(body), status, headers, MEDIA_TYPE)


def request_id_of(scope: Scope) -> str:
    return scope.get("state", {}).get("request_id", "")


def problem_of(scope: Scope, error: AgentRunnerError) -> Response:
    if error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("Request failed", extra={"request_id": request_id_of(scope), "error": error.message})
    headers: dict[str, str] = {}
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, StoreUnavailable | TooManyStreams):
        headers["Retry-After"] = "1"
    kind = "urn:agent-runner:" + re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()
    return problem(scope, error.status, error.message, kind=kind, next_step=error.next_step, headers=headers)


def handle_errors(app: FastAPI) -> None:
    """What a route raises, and what is raised before a route is reached, becomes a problem."""
    app.add_exception_handler(AgentRunnerError, _on_our_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(WebSocketRequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_error)


async def _on_our_error(connection: Request | WebSocket, error: Exception) -> Response:
    assert isinstance(error, AgentRunnerError)
    return problem_of(connection.scope, error)


async def _on_invalid(connection: Request | WebSocket, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError | WebSocketRequestValidationError)
    body = error.body if isinstance(error, RequestValidationError) else None
    detail = "; ".join(sentence(wrong, body) for wrong in error.errors())
    return problem(
        connection.scope,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        detail,
        kind="urn:agent-runner:invalid-input",
        next_step="see /docs for what this route takes",
    )


async def _on_http_error(connection: Request | WebSocket, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_methods_at(connection)))
    return problem(connection.scope, error.status_code, _why(connection, error), headers=headers)


def _methods_at(connection: HTTPConnection) -> set[str]:
    """Each method has a route of its own, so the router knows only those of the first one that has the path."""
    routes = [route for route in connection.app.routes if isinstance(route, Route)]
    scope = connection.scope
    return {method for route in routes if route.matches(scope)[0] is not Match.NONE for method in route.methods or ()}


def _why(connection: HTTPConnection, error: HTTPException) -> str:
    path = shortened(connection.scope["path"])
    if error.status_code == HTTPStatus.NOT_FOUND:
        return f"there is nothing at {path}"
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"{connection.scope['method']} is not possible at {path}"
    return str(error.detail)


def sentence(wrong: Mapping[str, Any], body: Any = None) -> str:
    """One sentence for one field, from what pydantic says of it. Of a body as a whole the sentence says enough."""
    where, *location = wrong["loc"]
    name = ".".join(_as_in(body if where == "body" else None, location)) or str(where)
    said, given = _said(wrong), wrong["input"]
    match wrong["type"]:
        case "missing" | "union_tag_invalid":
            return f"{name}: {said}"
        case "union_tag_not_found":
            return f"{name}.{said}"
        case "value_error" if isinstance(given, dict):
            return f"{name}: {said}"
        case _:
            return f"{name}: {said} (got {shortened(repr(given))})"


def _said(wrong: Mapping[str, Any]) -> str:
    match wrong:
        case {"type": "union_tag_not_found", "ctx": {"discriminator": tag}}:
            return f"{_words(tag)}: Field required"
        case {"type": "union_tag_invalid", "ctx": {"tag": tag, "expected_tags": known}}:
            return f"{shortened(repr(tag))} is none of these: {_words(known)}"
        case {"type": "too_long", "ctx": {"max_length": most, "actual_length": int(length)}}:
            return f"it has {length} entries; at most {most} are taken"
        case _:
            return str(wrong["msg"]).removeprefix("Value error, ")


def _words(quoted: object) -> str:
    """Those in an enumeration by pydantic, which shows members of enums as Python does."""
    return ", ".join(re.findall(r"'([^']*)'", str(quoted)))


def _as_in(body: Any, location: Iterable[Any]) -> Iterator[str]:
    """The place as the client has written it: pydantic also names the member of a union that it has chosen."""
    for part in location:
        if not _is_tag(body, part):
            body = _inside(body, part)
            yield str(part)


def _is_tag(given: Any, part: Any) -> bool:
    return isinstance(given, dict) and part not in given and part in cast("dict[str, Any]", given).values()


def _inside(given: Any, part: Any) -> Any:
    try:
        return given[part]
    except (LookupError, TypeError):
        return None


def shortened(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
