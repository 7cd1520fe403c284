"""What a request body may be: JSON of a bounded size and depth that arrives in time."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any, Final, NoReturn, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent_runner.api.problem import problem_of, shortened
from agent_runner.errors import AgentRunnerError, BodyNotJson, BodyTooLarge, BodyTooSlow, InvalidInput

LARGEST_BODY_BYTES: Final = 1024 * 1024
DEEPEST_NESTING: Final = 32
BODY_DEADLINE_SECONDS: Final = 10.0
METHODS_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


class BodyGate:
    """Reads the body once, judges it, and hands it on in one piece."""

    def __init__(self, app: ASGIApp, *, deadline_seconds: float = BODY_DEADLINE_SECONDS) -> None:
        self._app: Final = app
        self._deadline_seconds: Final = deadline_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        announced = headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
        if not announced and scope["method"] not in METHODS_WITH_BODY:
            await self._app(scope, receive, send)
            return
        try:
            body = await self._admit(headers, receive, is_announced=announced)
        except AgentRunnerError as error:
            answer = problem_of(scope, error)
            if isinstance(error, BodyTooSlow):
                answer.headers["Connection"] = "close"
            await answer(scope, receive, send)
            return
        if body is not None:
            await self._app(scope, _replay(body, receive), send)

    async def _admit(self, headers: dict[bytes, bytes], receive: Receive, *, is_announced: bool) -> bytes | None:
        """The body; None when the client has gone. Raises when it is not one that a route should see."""
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length[:20]) > LARGEST_BODY_BYTES:
            raise _too_large(f"{int(length[:20])} bytes")
        if is_announced:
            refuse_other_types(headers.get(b"content-type", b"").decode("latin-1"))
        try:
            async with asyncio.timeout(self._deadline_seconds):
                body = await _read(receive)
        except TimeoutError:
            raise BodyTooSlow(f"the request body did not arrive within {self._deadline_seconds:g} seconds") from None
        if body:
            refuse_bad_json(body)
        return body


async def _read(receive: Receive) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > LARGEST_BODY_BYTES:
            raise _too_large("larger")
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _too_large(size: str) -> BodyTooLarge:
    return BodyTooLarge(f"the request body is {size}; at most {LARGEST_BODY_BYTES} bytes are taken")


def _replay(body: bytes, receive: Receive) -> Receive:
    is_given = False

    async def replayed() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


def refuse_other_types(content_type: str) -> None:
    """Only what makes a browser ask first. Raises BodyNotJson."""
    name, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [value.strip('"') for key, _, value in (part.partition("=") for part in parameters) if key == "charset"]
    if name != "application/json" or any(charset not in {"utf-8", "utf8"} for charset in charsets):
        raise BodyNotJson(
            f"the request body is of type {shortened(content_type)!r}; only application/json in UTF-8 is taken",
            next_step="send the header Content-Type: application/json",
        )


def refuse_bad_json(body: bytes) -> None:
    """Raises InvalidInput for what is not JSON, or is JSON that cannot be stored and sent again."""
    try:
        text = body.decode()
        value = json.loads(text, parse_constant=_refuse_number, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"the request body is not UTF-8: byte {error.start} is {body[error.start]:#04x}") from None
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"the request body is not JSON: {error.msg} at character {error.pos}: "
            f"{shortened(error.doc[error.pos : error.pos + 40])!r}"
        ) from None
    except ValueError:
        raise InvalidInput("the request body holds a number with too many digits") from None
    except RecursionError:
        raise _too_deep() from None
    if "\\u" in text or text.count("[") + text.count("{") > DEEPEST_NESTING:
        for string in _strings(value):
            _refuse_characters(string)


def _finite(spelled: str) -> float:
    number = float(spelled)
    return number if abs(number) != float("inf") else _refuse_number(spelled)


def _refuse_number(spelled: str) -> NoReturn:
    raise InvalidInput(f"the request body holds {shortened(spelled)}, which is no JSON number")


def _too_deep() -> InvalidInput:
    return InvalidInput(f"the request body is nested deeper than {DEEPEST_NESTING} levels")


def _strings(root: Any) -> Iterator[str]:
    """Every string and key in it. Raises InvalidInput when it is nested too deep."""
    level = [root]
    for _ in range(DEEPEST_NESTING):
        yield from (value for value in level if isinstance(value, str))
        level = [inner for value in level for inner in _inside(value)]
    yield from (value for value in level if isinstance(value, str))
    if any(isinstance(value, dict | list) for value in level):
        raise _too_deep()


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        pairs = cast("dict[str, Any]", value)
        return [*pairs.keys(), *pairs.values()]
    return cast("list[Any]", value) if isinstance(value, list) else []


def _refuse_characters(string: str) -> None:
    if "\x00" in string:
        raise InvalidInput(f"the request body holds a NUL character, in {shortened(repr(string))}")
    try:
        string.encode()
    except UnicodeEncodeError as error:
        found = ord(string[error.start])
        raise InvalidInput(
            f"the request body holds half of a surrogate pair, U+{found:04X}, in {shortened(repr(string))}"
        ) from None
