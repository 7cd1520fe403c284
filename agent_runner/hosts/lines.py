"""The lines of a program that nobody trusts: read piece by piece, and never more of them than is allowed."""

from typing import Final

from agent_runner.errors import HostFailed
from agent_runner.hosts.protocol import LONGEST_LINE_BYTES
from agent_runner.sandbox.output import CHUNK_BYTES, Readable


class Lines:
    """`most_bytes` is all that the program may say."""

    def __init__(self, stream: Readable, name: str, most_bytes: int) -> None:
        self._stream: Final = stream
        self._name: Final = name
        self._most_bytes: Final = most_bytes
        self._said_bytes = 0
        self._buffer: Final = bytearray()
        self._searched = 0

    async def next(self) -> bytes | None:
        """The next line without its end; None when the program says nothing more. May be cancelled and called again.

        What comes after the last line end is no line. Raises HostFailed for a line, or for lines, too long.
        """
        while (end := self._buffer.find(b"\n", self._searched)) < 0:
            self._searched = len(self._buffer)
            self._require_room()
            data = await self._stream.read(CHUNK_BYTES)
            if not data:
                return None
            self._buffer.extend(data)
            self._said_bytes += len(data)
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._searched = 0
        if len(line) > LONGEST_LINE_BYTES:
            raise self._too_long()
        return line

    def take_rest(self) -> bytes:
        """What came after the last line end, once."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    def _require_room(self) -> None:
        if len(self._buffer) > LONGEST_LINE_BYTES:
            raise self._too_long()
        if self._said_bytes > self._most_bytes:
            raise HostFailed(
                f"{self._name} said more than the {self._most_bytes // 2**20} MB that it may in one attempt",
                next_step="let it say less, or raise output_mb in its host.toml",
            )

    def _too_long(self) -> HostFailed:
        return HostFailed(f"{self._name} said a line of more than {LONGEST_LINE_BYTES} bytes")
