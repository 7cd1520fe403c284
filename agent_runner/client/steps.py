"""What a verb of the client is made of: calls, pauses and events, in an order that no transport knows.

A verb is a program: a generator that yields steps and is sent what became of each. `Client` and `AsyncClient` only
carry the steps out, so that retries, waiting and following exist once.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, ParamSpec, TypeAlias, TypeVar, cast

import httpx
from pydantic import ValidationError

from agent_runner.client.errors import ApiError, ApiUnreachable, ServerError, error_class
from agent_runner.client.records import Event

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T]):
    """One HTTP request, and how its answer is read."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    query: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Of a list every entry is a parameter of its own."""
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    longest_answer_seconds: float | None = None
    """How long the API may take to answer, when that is more than the client's own timeout."""
    is_repeatable: bool = False
    """Whether doing it twice does no more than doing it once."""


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


Step: TypeAlias = Call[Any] | Pause | Event
"""A call to make, a pause to take, or an event to hand to whoever follows."""
Outcome: TypeAlias = httpx.Response | httpx.TransportError | None
Program: TypeAlias = Generator[Step, Outcome, T]

PAUSES_BETWEEN_TRIES: Final = (0.1, 0.4)
PASSING_TROUBLE: Final = frozenset({502, 503, 504})


def deliver(call: Call[T]) -> Program[T]:
    """Makes a call, again after passing trouble when that is safe. Raises ApiUnreachable or ApiError."""
    for pause in PAUSES_BETWEEN_TRIES:
        outcome = yield call
        if not _may_try_again(call, outcome):
            return read_answer(call, outcome)
        yield Pause(pause)
    return read_answer(call, (yield call))


def _may_try_again(call: Call[Any], outcome: Outcome) -> bool:
    if isinstance(outcome, httpx.Response):
        return call.is_repeatable and outcome.status_code in PASSING_TROUBLE
    return call.is_repeatable or isinstance(outcome, httpx.ConnectError)  # never sent, so nothing happened


def read_answer(call: Call[T], outcome: Outcome) -> T:
    """The answer as its record. Raises ApiUnreachable or ApiError."""
    if not isinstance(outcome, httpx.Response):
        raise _unreachable(call, outcome)
    if not outcome.is_success:
        raise _refusal(call, outcome)
    try:
        return call.read(outcome)
    except ValidationError as error:
        first = error.errors()[0]
        raise ServerError(
            outcome.status_code,
            f"{call.method} {call.path} was answered with something unexpected: {first['loc']}: {first['msg']}",
            next_step="check that the URL names an agent-runner API of this version",
        ) from error


def _unreachable(call: Call[Any], outcome: httpx.TransportError | None) -> ApiUnreachable:
    request = outcome.request if outcome is not None else None
    where = f"{request.url.scheme}://{request.url.netloc.decode()}" if request is not None else "the URL"
    if isinstance(outcome, httpx.ConnectError | httpx.ConnectTimeout):
        return ApiUnreachable(
            f"nothing answers at {where}: {outcome}", next_step="start the API, for example with: agent-runner up"
        )
    said = str(outcome) or type(outcome).__name__
    unsure = "" if call.is_repeatable else "; whether it was done is not known"
    return ApiUnreachable(
        f"{where} did not answer {call.method} {call.path}: {said}{unsure}", next_step="see whether the API runs"
    )


def _refusal(call: Call[Any], answer: httpx.Response) -> ApiError:
    problem = _problem(answer)
    detail = problem.get("detail") or f"{call.method} {call.path} was answered with {answer.status_code}"
    next_step = problem.get("next_step")
    return error_class(answer.status_code)(
        answer.status_code, str(detail), next_step=str(next_step) if next_step else None
    )


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}
