"""What a command says: bounded while it is read, and made harmless before anybody sees it."""

import re
from collections import deque
from typing import Final, Protocol

CHUNK_BYTES: Final = 65536
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Everything that changes what a terminal or a reader sees; the tab and the newline stay."""


class Readable(Protocol):
    async def read(self, n: int = -1, /) -> bytes: ...


class Kept:
    """The first and the last bytes of a stream, however long it is; what lies between is counted and dropped."""

    def __init__(self, most_bytes: int) -> None:
        self._head_room = most_bytes - most_bytes // 2
        self._tail_room: Final = most_bytes // 2
        self._head: Final = bytearray()
        self._tail: Final[deque[bytes]] = deque()
        self._tail_bytes = 0
        self.dropped_bytes = 0

    def add(self, data: bytes) -> None:
        head, tail = data[: self._head_room], data[self._head_room :]
        self._head.extend(head)
        self._head_room -= len(head)
        if not tail:
            return
        self._tail.append(tail)
        self._tail_bytes += len(tail)
        while self._tail_bytes > self._tail_room:
            oldest = self._tail.popleft()
            surplus = min(self._tail_bytes - self._tail_room, len(oldest))
            self._tail_bytes -= surplus
            self.dropped_bytes += surplus
            if surplus < len(oldest):
                self._tail.appendleft(oldest[surplus:])

    async def read_all(self, stream: Readable) -> None:
        while data := await stream.read(CHUNK_BYTES):
            self.add(data)

    def text(self) -> str:
        """Escaped text, with a note where bytes were dropped."""
        tail = b"".join(self._tail)
        if not self.dropped_bytes:
            return escaped(bytes(self._head) + tail)
        return f"{escaped(self._head)}\n[… {self.dropped_bytes} bytes left out …]\n{escaped(tail)}"


def escaped(data: bytes | bytearray) -> str:
    """Text that cannot move a cursor, hide a line or break JSON: what is not plain text is spelled out."""
    text = data.decode(errors="backslashreplace").replace("\r\n", "\n")
    return _CONTROL.sub(lambda found: _spelled(ord(found[0])), text)


def _spelled(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"  # noqa: PLR2004 - one byte
