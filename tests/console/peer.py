"""What stands where the API would be, and shows what the proxy really sends to it."""

import hashlib
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Heard:
    method: str
    target: str
    headers: list[tuple[str, str]]
    size: int
    digest: str

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    peer: "Peer"

    def __getattr__(self, name: str) -> Any:
        """Every method is taken."""
        if name.startswith("do_"):
            return self._take
        raise AttributeError(name)

    def _take(self) -> None:
        digest, size = hashlib.sha256(), 0
        self.peer.has_begun.set()
        try:
            for part in self._body():
                digest.update(part)
                size += len(part)
        except ValueError:  # a body in chunks that breaks off
            self.close_connection = True
            return
        self.peer.heard.append(Heard(self.command, self.path, self.headers.items(), size, digest.hexdigest()))
        self.peer.answer(self)

    def _body(self) -> Iterator[bytes]:
        if self.headers.get("transfer-encoding") == "chunked":
            while length := int(self.rfile.readline(), 16):
                yield self.rfile.read(length)
                self.rfile.readline()
            self.rfile.readline()
        rest = int(self.headers.get("content-length", "0"))
        while rest > 0 and (part := self.rfile.read(min(rest, 65536))):
            rest -= len(part)
            yield part

    def finish(self) -> None:
        super().finish()
        self.peer.has_ended.set()

    def say(self, status: int, *headers: tuple[str, str], body: bytes = b"") -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 304 and all(name.lower() != "transfer-encoding" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as it is called
        """Says nothing."""


def greet(handler: Handler) -> None:
    handler.say(200, ("Content-Type", "application/json"), body=b'{"ok": true}')


class Peer:
    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.has_begun = threading.Event()
        self.has_ended = threading.Event()
        self.answer: Callable[[Handler], None] = greet
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"peer": self}))
        self.server.daemon_threads = True
        self.port: int = self.server.server_port
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), name="peer")

    @contextmanager
    def listening(self) -> Generator["Peer"]:
        self._thread.start()
        try:
            yield self
        finally:
            self.server.shutdown()
            self.server.server_close()
            self._thread.join()
