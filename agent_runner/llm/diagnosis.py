"""What an error of the model libraries means: a sentence for people, and whether another try may help."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Final, cast

from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelQuotaExceededError,
    ModelTimeoutError,
    UserError,
)

from agent_runner.llm.endpoint import Endpoint, Provider
from agent_runner.llm.failure import CallFailed

PASSING_STATUSES: Final = frozenset({408, 409, 425, 429})
"""Besides all from 500 on."""
LONGEST_QUOTE: Final = 300


def diagnosis(error: Exception, endpoint: Endpoint) -> CallFailed:
    """Never holds the key, whatever the server or a library quotes."""
    ours = next((each for each in _chain(error) if isinstance(each, CallFailed)), None)
    if ours is not None:
        return ours
    match error:
        case ModelHTTPError():
            return _refused(error, endpoint)
        case ModelTimeoutError():
            return CallFailed(f"{endpoint.name} at {endpoint.base_url} did not answer in time", is_passing=True)
        case ModelConnectionError():
            return _cut_off(error, endpoint)
        case UserError():
            return CallFailed(f"{endpoint.name} cannot be asked: {_quoted(str(error), endpoint)}", is_passing=False)
        case _:
            return CallFailed(_no_answer(error, endpoint), is_passing=True)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _cut_off(error: ModelConnectionError, endpoint: Endpoint) -> CallFailed:
    if error.phase in {"connect", "pool"}:
        advice = " (start it with `ollama serve`)" if endpoint.provider is Provider.OLLAMA else ""
        sentence = f"{endpoint.name} cannot be reached at {endpoint.base_url}{advice}"
    else:
        sentence = f"{endpoint.name} at {endpoint.base_url} broke off in the middle of its answer"
    return CallFailed(sentence, is_passing=True)


def _no_answer(error: Exception, endpoint: Endpoint) -> str:
    if isinstance(error, ModelAPIError) and error.in_stream:
        said = _quoted(_message(error.body) or error.message, endpoint)
        return f"{endpoint.name} at {endpoint.base_url} gave up in the middle of its answer ({said})"
    said = _quoted(f"{type(error).__name__}: {error}", endpoint)
    return f"{endpoint.name} answered with something that is no answer: {said}"


def _refused(error: ModelHTTPError, endpoint: Endpoint) -> CallFailed:
    status = error.status_code
    said = _quoted(_message(error.body), endpoint)
    sentence = f"{endpoint.name} at {endpoint.base_url} answered {status}" + (f" ({said})" if said else "")
    if not isinstance(error, ModelQuotaExceededError) and (
        status in PASSING_STATUSES or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    ):
        return CallFailed(sentence, is_passing=True, retry_after_seconds=error.retry_after)
    return CallFailed(f"{sentence}: {_advice(error, endpoint)}", is_passing=False)


def _advice(error: ModelHTTPError, endpoint: Endpoint) -> str:
    if isinstance(error, ModelQuotaExceededError):
        return "the account has no quota or credit left, look at its billing page"
    if isinstance(error, ModelContextWindowExceededError):
        return "shorten the goal, or use a model that reads more"
    if error.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return f"check {_key_setting(endpoint)}"
    if error.status_code == HTTPStatus.NOT_FOUND:
        is_ollama = endpoint.provider is Provider.OLLAMA
        return f"run `ollama pull {endpoint.model}`" if is_ollama else "check the model's name in LLM_MODEL"
    return "the request is not one this server takes, check LLM_MODEL"


def _key_setting(endpoint: Endpoint) -> str:
    return "OLLAMA_BASE_URL" if endpoint.provider is Provider.OLLAMA else f"{endpoint.provider.upper()}_API_KEY"


def _message(body: object) -> str:
    """The providers agree on a `message`, sometimes inside `error`."""
    fields = _fields(body)
    inner = fields.get("error", body)
    message = _fields(inner).get("message", inner)
    return message if isinstance(message, str) else ""


def _fields(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _quoted(text: str, endpoint: Endpoint) -> str:
    """One printable line without the key."""
    if endpoint.api_key is not None:
        text = text.replace(endpoint.api_key.get_secret_value(), "***")
    line = "".join(character if character.isprintable() else " " for character in text[: LONGEST_QUOTE * 4])
    line = " ".join(line.split())
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1] + "…"
