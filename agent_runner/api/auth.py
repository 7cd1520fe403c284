"""Who may use the API: with API_KEYS set, only who sends one of them as a bearer token."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from agent_runner.api.problem import problem_of
from agent_runner.errors import Unauthorized

KEY_NAME: Final = "key_name"
"""Where the request's state holds the name of the key that was sent."""
OPEN_PATHS: Final = frozenset({"/health", "/health/live", "/health/ready"})
"""What a probe asks before anybody has a key."""
OF_RUN_TOKENS: Final = re.compile(r"/runs/[^/]+/reports")
"""Where no key opens, but the token of the run; the route sees to it."""


class KeyCheck:
    """Covers every path, streams and WebSockets too. Keys are never read from the URL, where logs would keep them."""

    def __init__(self, app: ASGIApp, *, keys: Iterable[tuple[str, str]]) -> None:
        """(name, key): the name is what decisions are recorded under."""
        self._app: Final = app
        self._hashes: Final = [(name, _hash(key)) for name, key in keys]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or _is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        if (name := self._name_of(scope)) is not None:
            scope.setdefault("state", {})[KEY_NAME] = name
            await self._app(scope, receive, send)
            return
        error = Unauthorized(
            "this API wants one of its API_KEYS", next_step="send the header Authorization: Bearer KEY"
        )
        await problem_of(scope, error)(scope, receive, send)

    def _name_of(self, scope: Scope) -> str | None:
        token = bearer_token(scope)
        if token is None:
            return None
        given = hashlib.sha256(token.encode("latin-1")).digest()
        matches = [name for name, known in self._hashes if hmac.compare_digest(given, known)]
        return matches[0] if matches else None


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or OF_RUN_TOKENS.fullmatch(path) is not None


def bearer_token(scope: Scope) -> str | None:
    """What the one Authorization header holds, in Latin-1; None without one, with several, or with another scheme."""
    sent = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(sent) != 1:
        return None
    scheme, _, token = sent[0].partition(b" ")
    return token.strip().decode("latin-1") if scheme.lower() == b"bearer" else None


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
