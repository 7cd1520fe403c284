"""The line between a step on another machine and the API of its run, over a network that fails now and then."""

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, cast

import httpx
from pydantic import ValidationError

from agent_runner.client.errors import ClientError
from agent_runner.client.transport import http_options
from agent_runner.domain.report import KnownCall
from agent_runner.errors import ConfigurationError, InvalidInput, TopologyFailed

API_URL: Final = "AGENT_RUNNER_API_URL"
RUN_ID: Final = "AGENT_RUNNER_RUN_ID"
RUN_TOKEN: Final = "AGENT_RUNNER_RUN_TOKEN"  # noqa: S105 - the variable that holds it
PAUSES_SECONDS: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, *(60.0,) * 8)
"""Between the tries, ten minutes in all: an answer is paid for, and the API may just be started again."""
LONGEST_PAUSE_SECONDS: Final = 60.0
TIMEOUT_SECONDS: Final = 30.0
LONGEST_SENTENCE: Final = 500
NOTHING_KNOWN: Final = "urn:agent-runner:not-found"
_PASSING: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_NOT_TAKEN: Final = frozenset({HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY})


@dataclass(frozen=True, slots=True)
class PlaceOfReports:
    url: str
    run_id: int
    token: str = field(repr=False)


def place_of_reports(url: str | None, token: str | None, run_id: str | None) -> PlaceOfReports | None:
    """From what the environment of a step says; None where it names no run.

    Raises ConfigurationError where one of the three is missing: what is asked then would be paid for and not reported.
    """
    if not token and not run_id:
        return None
    given = {API_URL: url, RUN_TOKEN: token, RUN_ID: run_id}
    if missing := [name for name, value in given.items() if not value]:
        raise ConfigurationError(
            f"the environment of this step lacks {' and '.join(missing)}, and has the others that it reports with",
            next_step=f"give all of {', '.join(given)} to the steps, or none",
        )
    assert url and token and run_id, "none is missing"  # noqa: PT018 - for the type checker
    if not re.fullmatch(r"[0-9]{1,18}", run_id):
        raise ConfigurationError(f"{RUN_ID} is {run_id[:100]!r}, which is no number of a run")
    if not re.fullmatch(r"[\w.~+/=-]+", token.strip(), re.ASCII):
        raise ConfigurationError(f"{RUN_TOKEN} is no token: it holds what no header can hold")
    return PlaceOfReports(url, int(run_id), token.strip())


class ReportLine:
    """Threads may not share it. Close it."""

    def __init__(self, place: PlaceOfReports, pause: Callable[[float], None] = time.sleep) -> None:
        """Raises ConfigurationError when the URL is none."""
        self._place = place
        self._pause = pause
        try:
            self._http = httpx.Client(**http_options(place.url, place.token, TIMEOUT_SECONDS))
        except ClientError as error:
            raise ConfigurationError(f"{API_URL}: {error.message}", next_step=error.next_step) from None

    def close(self) -> None:
        self._http.close()

    def known(self, key: str, input_hash: str) -> KnownCall | None:
        """None: it is to be carried out. Raises TopologyFailed when the API refuses, or cannot be reached."""
        answer = self._ask("GET", key, {"input_hash": input_hash}, None)
        if answer.status_code == HTTPStatus.NOT_FOUND and _problem(answer).get("type") == NOTHING_KNOWN:
            return None
        return self._read(answer, key)

    def report(self, key: str, text: str) -> KnownCall:
        """What is known of the call from now on.

        Raises InvalidInput when the API does not take such a report, and TopologyFailed as above.
        """
        answer = self._ask("POST", key, {}, text)
        if answer.status_code in _NOT_TAKEN:
            raise InvalidInput(_said(answer))
        return self._read(answer, key)

    def _ask(self, method: str, key: str, query: dict[str, str], text: str | None) -> httpx.Response:
        last: httpx.Response | httpx.TransportError | None = None
        for pause in (*PAUSES_SECONDS, None):
            last = self._once(method, {"key": key} | query, text)
            if isinstance(last, httpx.Response) and not _is_passing(last.status_code):
                return last
            if pause is not None:
                # Many steps wait for the same API: not all of them shall come back at once.
                self._pause(max(pause * random.uniform(0.5, 1.0), _wished(last)))  # noqa: S311 - no secret
        tries = len(PAUSES_SECONDS) + 1
        why = _said(last) if isinstance(last, httpx.Response) else _trouble(last)
        raise TopologyFailed(
            f"the API at {self._place.url} has not answered for the call {key!r} in {tries} tries: {why}",
            next_step=f"see whether this machine reaches it at {API_URL}",
        )

    def _once(self, method: str, query: dict[str, str], text: str | None) -> httpx.Response | httpx.TransportError:
        headers = {} if text is None else {"Content-Type": "application/json"}
        path = f"runs/{self._place.run_id}/reports"
        try:
            return self._http.request(method, path, params=query, content=text, headers=headers)
        except httpx.TransportError as error:
            return error

    def _read(self, answer: httpx.Response, key: str) -> KnownCall:
        if not answer.is_success:
            raise TopologyFailed(
                f"the API at {self._place.url} refuses the call {key!r} of run {self._place.run_id}"
                f" ({answer.status_code}): {_said(answer)}",
                next_step="a flow that its worker has given up is not gone on with; retry the run",
            )
        try:
            return KnownCall.model_validate_json(answer.content)
        except ValidationError:
            raise TopologyFailed(
                f"what answers at {self._place.url} is no agent-runner API of this version",
                next_step=f"see what {API_URL} names",
            ) from None


def _is_passing(status: int) -> bool:
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING


def _wished(answer: httpx.Response | httpx.TransportError) -> float:
    """How long the API asks to be left alone, within bounds."""
    said = answer.headers.get("Retry-After", "") if isinstance(answer, httpx.Response) else ""
    return min(float(said), LONGEST_PAUSE_SECONDS) if said.isascii() and said.isdigit() else 0.0


def _said(answer: httpx.Response) -> str:
    return str(_problem(answer).get("detail") or f"it was answered with {answer.status_code}")[:LONGEST_SENTENCE]


def _trouble(error: httpx.TransportError | None) -> str:
    return (str(error) or type(error).__name__)[:LONGEST_SENTENCE]


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}
