"""Answering with the console's files: deep links, caching, compression, and what a browser may do with them."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from agent_runner.api.problem import problem, shortened
from agent_runner.console.build import ASSETS, INDEX, Build, File, Files, Variant

SECURITY: Final = {
    # Nothing may stand in the document, neither script nor style: the console brings both as files.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
METHODS: Final = ("GET", "HEAD")


class Pages:
    def __init__(self, build: Build) -> None:
        self._build: Final = build

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._answer(scope)
        for name, value in SECURITY.items():
            answer.headers.setdefault(name, value)
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        path = scope["path"]
        if scope["method"] not in METHODS:
            sentence = f"{scope['method']} is not possible at {shortened(path)}"
            return problem(scope, 405, sentence, headers={"Allow": ", ".join(METHODS)}, next_step="the API is at /api")
        built = await self._build.files()
        if built is None:
            return _not_built() if _is_page(path) else _nothing(scope)
        file = _find(built, path)
        return _nothing(scope) if file is None else _as_asked(file, Headers(scope=scope))


def _find(built: Files, path: str) -> File | None:
    """The file of that name, else the document, whose router knows the pages."""
    return built.get(path) or (built.get(INDEX) if _is_page(path) else None)


def _is_page(path: str) -> bool:
    *folders, last = path.split("/")
    is_honest = path.isprintable() and "\\" not in path and not {".", ".."} & {*folders, last}
    return is_honest and "." not in last and not path.startswith(ASSETS)


def _nothing(scope: Scope) -> Response:
    path = shortened(scope["path"])
    return problem(scope, 404, f"there is nothing at {path!r}", next_step="start at /", headers=_UNCACHED)


_UNCACHED: Final = {"Cache-Control": "no-store"}


_OF_ONE_PAGE: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""It is all there is, so its look stands in it."""


def _not_built() -> Response:
    page = files("agent_runner.console").joinpath("not_built.html").read_bytes()
    return Response(page, 503, {**_UNCACHED, "Content-Security-Policy": _OF_ONE_PAGE}, "text/html")


def _as_asked(file: File, headers: Headers) -> Response:
    encoding, variant = _variant(file, headers.get("accept-encoding", ""))
    answer = {"Cache-Control": file.cache_control, "ETag": variant.etag, "Vary": "Accept-Encoding"}
    if _is_known(variant, headers.get("if-none-match", "")):
        return Response(status_code=304, headers=answer)
    if encoding is not None:
        answer["Content-Encoding"] = encoding
    return Response(variant.content, headers=answer | {"Content-Type": file.media_type})


def _variant(file: File, accepted: str) -> tuple[str | None, Variant]:
    wanted = set(_accepted(accepted))
    for encoding, variant in file.encoded.items():
        if encoding in wanted:
            return encoding, variant
    return None, file.plain


def _accepted(header: str) -> Iterator[str]:
    """The names in Accept-Encoding that are not refused with a weight of 0."""
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        if not _is_zero(weight):
            yield name.strip()


def _is_zero(weight: str) -> bool:
    return weight.replace(" ", "").removeprefix("q=") in {"0", "0.0", "0.00", "0.000"}


def _is_known(variant: Variant, header: str) -> bool:
    return variant.etag in {tag.strip().removeprefix("W/") for tag in header.split(",")} or header.strip() == "*"
