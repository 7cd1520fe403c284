"""The door of a server, in front of everything else: which host was asked, and which web page asks.

A browser lets any page send simple requests and open WebSockets to any server, and a rebound DNS name makes a foreign
page look like ours. curl sends neither header, so on this machine it just works.
"""

import asyncio
import ipaddress
import logging
import uuid
from collections.abc import Callable, Collection, Sequence
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent_runner.api.problem import problem, problem_of, shortened
from agent_runner.errors import AgentRunnerError, Forbidden, OutcomeUnknown, WrongHost
from agent_runner.settings import Settings, is_loopback

PREFIX: Final = "/api"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
DEFAULT_PORTS: Final = {"http": "80", "https": "443"}

STOPPED: Final = OutcomeUnknown(
    "the API was stopped before it could answer; what was asked is done or it is not",
    next_step="look whether it is there, or ask again with the same Idempotency-Key",
)

log = logging.getLogger(__name__)


class Guard:
    """Gives each request its id and its one path, refuses foreign hosts and pages, and answers the last-resort 500."""

    def __init__(
        self, app: ASGIApp, *, settings: Settings, host: str, name: str, spelled: Callable[[str], str]
    ) -> None:
        """`host` is the address that is bound, `name` what the server calls itself, `spelled` gives a path its form."""
        self._app: Final = app
        self._name: Final = name
        self._spelled: Final = spelled
        public = urlsplit(settings.public_url).hostname
        named = ("localhost", "127.0.0.1", host, *settings.allowed_hosts, *([public] if public else []))
        self._hosts: Final = frozenset(each.lower() for each in named)
        self._is_on_all_addresses: Final = host in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
        self._origins: Final = frozenset(origin.rstrip("/").lower() for origin in settings.cors_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        scope["path"] = self._spelled(scope["path"])
        state = scope.setdefault("state", {})
        state["request_id"] = request_id = uuid.uuid4().hex
        has_answered = False

        async def send_with_id(message: Message) -> None:
            nonlocal has_answered
            if "headers" in message:
                has_answered = True
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", state["request_id"].encode()),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        try:
            self._refuse_foreigners(scope)
            await self._app(scope, receive, send_with_id)
        except AgentRunnerError as error:
            await problem_of(scope, error)(scope, receive, send_with_id)
        except asyncio.CancelledError as stop:
            if has_answered or "shutdown" not in str(stop):
                raise
            await problem_of(scope, STOPPED)(scope, receive, send_with_id)  # the server's last chance to say it
        except Exception:
            log.exception("Request failed", extra={"request_id": request_id, "path": scope["path"]})
            if not has_answered:
                answer = problem(scope, 500, f"an error of ours; it is in the log under request {request_id}")
                await answer(scope, receive, send_with_id)

    def _refuse_foreigners(self, scope: Scope) -> None:
        """Raises WrongHost or Forbidden."""
        headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
        hosts = [value.decode("latin-1") for name, value in headers if name == b"host"]
        if len(hosts) != 1 or not self._answers_to(host_name(hosts[0])):
            raise WrongHost(
                f"this {self._name} does not answer to the host {shortened(', '.join(hosts))!r}",
                next_step="use localhost, or name the host in ALLOWED_HOSTS",
            )
        if scope["type"] == "http" and scope["method"] in SAFE_METHODS:
            return
        self._refuse_foreign_page(headers, hosts[0])

    def _refuse_foreign_page(self, headers: Collection[tuple[bytes, bytes]], host: str) -> None:
        origins = [value.decode("latin-1") for name, value in headers if name == b"origin"]
        for origin in origins:
            if not self._is_welcome(origin, host):
                raise Forbidden(
                    f"a page of {shortened(origin)!r} may not do this", next_step="name the origin in CORS_ORIGINS"
                )
        if not origins and (b"sec-fetch-site", b"cross-site") in headers:
            raise Forbidden("a page of another site may not do this", next_step="name its origin in CORS_ORIGINS")

    def _is_welcome(self, origin: str, host: str) -> bool:
        return origin.lower() in self._origins or "*" in self._origins or is_same_place(origin, host)

    def _answers_to(self, name: str) -> bool:
        if name in self._hosts or is_loopback(name):
            return True
        return self._is_on_all_addresses and _is_address(name)  # a DNS name can be rebound, an address cannot


def one_path(path: str) -> str:
    """The one spelling of a path: without `/api` in front and without a slash at the end."""
    if path == PREFIX or path.startswith(f"{PREFIX}/"):
        path = path[len(PREFIX) :]
    return path.rstrip("/") or "/"


def host_name(host: str) -> str:
    """The name in a Host header, without its port; brackets of an IPv6 address are taken off."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def is_same_place(origin: str, host: str) -> bool:
    """Whether an origin such as `http://localhost:8000` is the host that was asked."""
    scheme, separator, place = origin.lower().partition("://")
    if not separator or not place:
        return False
    port = DEFAULT_PORTS.get(scheme, "")
    return place.removesuffix(f":{port}") == host.lower().removesuffix(f":{port}")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
