"""HTTP as uvicorn speaks it, with two things that it lacks.

The headers have a deadline. And the streams hear that the server stops, which otherwise waits for them for ever.
"""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from agent_runner.api.stream import Streams

HEADER_DEADLINE_SECONDS: Final = 10.0
TOO_SLOW: Final = (
    b'{"type":"about:blank","title":"Request Timeout","status":408,"detail":"the headers came too slowly"}'
)


class DeadlineProtocol(HttpToolsProtocol):
    """One connection."""

    _deadline: asyncio.TimerHandle | None = None
    _has_begun: bool = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn has it
        super().connection_made(transport)
        self._set_deadline()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._deadline is None and self._waits_for_headers():
            self._set_deadline()

    def on_message_begin(self) -> None:
        self._has_begun = True
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

    def _waits_for_headers(self) -> bool:
        return not self.transport.is_closing() and (
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
        if self.transport.is_closing():
            return
        if self._has_begun:
            self.transport.write(
                b"HTTP/1.1 408 Request Timeout\r\ncontent-type: application/problem+json\r\ncontent-length: "
                + str(len(TOO_SLOW)).encode()
                + b"\r\nconnection: close\r\n\r\n"
                + TOO_SLOW
            )
        self.transport.close()
