"""How both clients speak HTTP: the same settings, the same request, and one way through a program."""

import ipaddress
from typing import Any, Final, Generic

import httpx

from agent_runner.client.errors import ClientError
from agent_runner.client.steps import Call, Outcome, Program, Step, T

DEFAULT_URL: Final = "http://127.0.0.1:8000"
DEFAULT_TIMEOUT_SECONDS: Final = 30.0


def http_options(url: str, api_key: str | None, timeout_seconds: float) -> dict[str, Any]:
    """What httpx.Client and httpx.AsyncClient are made with. Raises ClientError when the URL is none."""
    parsed = _parsed(url)
    return {
        "base_url": parsed,
        "timeout": timeout_seconds,
        "headers": {"Authorization": f"Bearer {api_key}"} if api_key else {},
        "verify": parsed.scheme != "http",  # no certificates are loaded for plain HTTP
        "trust_env": not is_loopback(parsed.host),  # a proxy cannot reach this machine's own loopback
    }


def _parsed(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ClientError(f"{url!r} is not the URL of an API", next_step=f"write it like {DEFAULT_URL}")
    return parsed


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def request_options(call: Call[Any], timeout_seconds: float) -> dict[str, Any]:
    """What `request` of either httpx client is called with."""
    return {
        "method": call.method,
        "url": call.path,
        "params": dict(call.query),
        "json": call.body,
        "headers": dict(call.headers),
        "timeout": timeout_seconds + (call.longest_answer_seconds or 0),
    }


class Walk(Generic[T]):
    """A program on its way: `step` is what to do next, until `is_done`; then there is the `result`."""

    def __init__(self, program: Program[T]) -> None:
        self._program: Final = program
        self.step: Step
        self.result: T
        self.is_done: bool = False
        self.go_on(None)

    def go_on(self, outcome: Outcome) -> None:
        """Tells the program what became of the step. Raises what the program raises."""
        try:
            self.step = self._program.send(outcome)
        except StopIteration as end:
            self.result = end.value
            self.is_done = True
