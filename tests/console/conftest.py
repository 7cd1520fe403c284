"""The server of the console: over a small made-up build, alone, before a real API, and before a peer that records."""

import gzip
import socket
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from agent_runner.api.server import options_at
from agent_runner.console.app import create_app
from agent_runner.settings import Settings
from tests.api.conftest import Server, server, settings, settings_at, standing_server
from tests.console.peer import Peer
from tests.server_thread import ServerThread

__all__ = ["server", "settings", "standing_server"]

INDEX = "<!doctype html><title>console</title><script type=module src=/assets/index-1a2b3c4d.js></script>"
SCRIPT = "document.title = 'console';" * 50


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """As the build leaves it, with what it must not give out inside it and beside it."""
    (tmp_path / "secret.txt").write_text("secret")
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text(INDEX)
    (dist / "theme.js").write_text("document.documentElement.dataset.theme = 'dark'")
    (dist / "assets" / "index-1a2b3c4d.js").write_text(SCRIPT)
    (dist / "assets" / "index-1a2b3c4d.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (dist / "assets" / "index-1a2b3c4d.js.br").write_bytes(b"brotli, as far as this test goes")
    (dist / "assets" / "odd.xyz").write_text("of no known kind")
    (dist / ".built-from").write_text("secret")
    (dist / "link.txt").symlink_to(tmp_path / "secret.txt")
    return dist


@pytest.fixture
def client(dist: Path) -> httpx.AsyncClient:
    return client_of(dist)


def client_of(dist: Path, **changes: object) -> httpx.AsyncClient:
    app = create_app(settings_at(dist.parent, **changes), dist)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:3001")


@contextmanager
def console_before(api_port: int, dist: Path, **changes: object) -> Generator[ServerThread]:
    """The console's server, whose API is at a port of this machine."""
    settings: Settings = settings_at(dist.parent, api_port=api_port, **changes)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        options = options_at("127.0.0.1", 1)
        console = ServerThread(create_app(settings, dist), options, listener)
        console.start()
        try:
            yield console
        finally:
            console.stop()


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer().listening() as peer:
        yield peer


@pytest.fixture
def console(server: Server, dist: Path) -> Iterator[ServerThread]:
    """Before a real API."""
    with console_before(server.address[1], dist) as console:
        yield console


@pytest.fixture(scope="module")
def standing_console(standing_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerThread]:
    """One for tests that leave nothing behind."""
    with console_before(standing_server.address[1], tmp_path_factory.mktemp("none") / "dist") as console:
        yield console


@pytest.fixture
def http(console: ServerThread) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=console.url, timeout=20, trust_env=False) as client:
        yield client


@pytest.fixture
def before_peer(peer: Peer, dist: Path) -> Iterator[ServerThread]:
    with console_before(peer.port, dist) as console:
        yield console


@pytest.fixture
def to_peer(before_peer: ServerThread) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=before_peer.url, timeout=20, trust_env=False) as client:
        yield client
