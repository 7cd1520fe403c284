"""HTTP as uvicorn speaks it, with two things that it lacks.

The headers have a deadline and a limit. And the streams hear that the server stops, which else waits for them for ever.
"""

import asyncio
import json
from http import HTTPStatus
from typing import Final, Protocol, runtime_checkable

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_DEADLINE_SECONDS: Final = 10.0
LARGEST_HEADER_BYTES: Final = 64 * 1024


@runtime_checkable
class Streams(Protocol):
    """What the lifespan of an application gives as `streams`: answers that end only when they are told to."""

    def close(self) -> None: ...


class DeadlineProtocol(HttpToolsProtocol):
    """One connection."""

    _deadline: asyncio.TimerHandle | None = None
    _has_begun: bool = False
    _header_bytes: int = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn has it
        super().connection_made(transport)
        self._set_deadline()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._has_begun:
            self._header_bytes += len(data)
            if self._header_bytes > LARGEST_HEADER_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are larger than 64 KiB")
        if self._deadline is None and (self._has_begun or self._is_idle()):
            self._set_deadline()

    def on_message_begin(self) -> None:
        self._has_begun = True
        self._header_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._has_begun = False
        self._lift_deadline()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lift_deadline()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        streams = self.app_state.get("streams")
        if isinstance(streams, Streams):
            streams.close()
        super().shutdown()

    def _is_idle(self) -> bool:
        return (
            self.cycle is None  # pyright: ignore[reportUnnecessaryComparison] - uvicorn declares it without None
            or self.cycle.response_complete
        )

    def _set_deadline(self) -> None:
        self._deadline = self.loop.call_later(HEADER_DEADLINE_SECONDS, self._cut)

    def _lift_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut(self) -> None:
        self._deadline = None
        if self._has_begun:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, f"the headers did not arrive within {HEADER_DEADLINE_SECONDS:g} s")
        self.transport.close()

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        """Answers, unless another answer is under way, and closes the connection."""
        problem = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
        body = json.dumps(problem).encode()
        head = (
            f"HTTP/1.1 {status} {status.phrase}\r\ncontent-type: application/problem+json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        if self._is_idle() and not self.transport.is_closing():
            self.transport.write(head.encode() + body)
        self.transport.close()
