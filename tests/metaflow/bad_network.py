"""A network that fails now and then, between a step and the API."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx


@dataclass
class Gate:
    """Stands before an API. Each request meets the next trouble; with none left it passes."""

    target: str
    url: str = ""
    troubles: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        trouble = self.troubles.pop(0) if self.troubles else "passes"
        self.seen.append(f"{handler.command} {trouble}")
        body = handler.rfile.read(int(handler.headers.get("Content-Length", "0")))
        status, _, retry_after = trouble.partition(" after ")
        if status.isdigit():
            handler.send_response(int(status))
            handler.send_header("Retry-After", retry_after or "7")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        if trouble == "drops":
            handler.connection.close()
            return
        headers = {name: handler.headers[name] for name in ("Authorization", "Content-Type") if name in handler.headers}
        passed_on = httpx.request(handler.command, self.target + handler.path, headers=headers, content=body or None)
        if trouble == "loses the answer":
            handler.connection.close()
            return
        handler.send_response(passed_on.status_code)
        handler.send_header("Content-Length", str(len(passed_on.content)))
        handler.end_headers()
        handler.wfile.write(passed_on.content)


@contextmanager
def gate_before(url: str) -> Generator[Gate]:
    gate = Gate(url)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            gate.answer(self)

        def do_POST(self) -> None:
            gate.answer(self)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
            pass

        def finish(self) -> None:
            if self.wfile.closed or self.connection.fileno() < 0:
                return
            super().finish()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    gate.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="the bad network")
    thread.start()
    try:
        yield gate
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
