"""Which header lines go on from one side of the proxy to the other."""

from collections.abc import Iterable
from typing import Final

from starlette.types import Scope

from agent_runner.api.guard import is_same_place
from agent_runner.errors import RequestRefused

Lines = list[tuple[bytes, bytes]]

HOP_BY_HOP: Final = frozenset(
    {
        b"connection",
        b"http2-settings",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""Of one connection only, as are those that the line Connection names."""
OF_THE_REQUEST: Final = frozenset(
    {
        b"content-length",
        b"expect",
        b"forwarded",
        b"host",
        b"origin",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-proto",
        b"x-real-ip",
    }
)
"""Said anew by the proxy, which believes nobody what he says of himself."""
OF_THE_ANSWER: Final = frozenset({b"date", b"server", b"x-content-type-options", b"x-request-id"})
"""Said anew by the server of the console."""


def end_to_end(lines: Iterable[tuple[bytes, bytes]], dropped: frozenset[bytes]) -> Lines:
    """Without those of the connection and the dropped ones. Names come in lower case."""
    kept = [(name.lower(), value) for name, value in lines]
    named = {word.strip().lower() for name, value in kept if name == b"connection" for word in value.split(b",")}
    return [(name, value) for name, value in kept if name not in HOP_BY_HOP | dropped | named]


def request_headers(scope: Scope, origin: str) -> Lines:
    """What the API hears. A page of the console is a page of the API, whose own address is `origin`.

    Raises RequestRefused for a body that would have to be unpacked to be sent on.
    """
    lines: Lines = scope["headers"]
    said = dict(lines)
    host = said[b"host"]
    headers = end_to_end(lines, OF_THE_REQUEST)
    headers += [(b"host", origin.partition("://")[2].encode()), (b"x-forwarded-host", host)]
    headers += [(b"x-forwarded-proto", scope.get("scheme", "http").encode())]
    if client := scope.get("client"):
        headers.append((b"x-forwarded-for", client[0].encode()))
    for name, value in lines:
        if name == b"origin":
            is_ours = is_same_place(value.decode("latin-1"), host.decode("latin-1"))
            headers.append((name, origin.encode() if is_ours else value))
    return headers + _framing(said)


def _framing(said: dict[bytes, bytes]) -> Lines:
    coding = said.get(b"transfer-encoding")
    if coding is None:
        return [(b"content-length", said[b"content-length"])] if b"content-length" in said else []
    if coding.strip().lower() != b"chunked":
        raise RequestRefused(f"the transfer encoding {coding.decode('latin-1')!r} is not taken; only chunked is")
    return [(b"transfer-encoding", b"chunked")]
