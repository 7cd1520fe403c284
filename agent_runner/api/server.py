"""Serving the API with uvicorn, in one process or several."""

import asyncio
import resource
import sys
from collections.abc import Mapping
from contextlib import suppress
from types import FrameType
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE

from agent_runner.settings import Settings

APP: Final = "agent_runner.api.asgi:app"
GRACE_SECONDS: Final = 5
"""How long answers that are under way may take after SIGTERM. Streams end at once."""
TICK_SECONDS: Final = 1.0


class PromptServer(uvicorn.Server):
    """Wakes once a second, for the Date header, where uvicorn does so ten times; and stops at the signal itself."""

    _loop: asyncio.AbstractEventLoop | None = None
    _signalled: asyncio.Event

    async def main_loop(self) -> None:
        self._signalled = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await self._signalled.wait()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._signalled.set)


def run_server(settings: Settings) -> None:
    """Serves until SIGINT or SIGTERM. Each process reads the settings again, from the same environment.

    Raises SystemExit when the API cannot be started; the reason is in the log.
    """
    raise_file_limit()
    options = server_options(settings)
    if settings.api_reload or settings.api_workers > 1:
        uvicorn.run(APP, **options)
        return
    run_alone(APP, options)


def run_alone(app: ASGIApp | str, options: Mapping[str, Any]) -> None:
    """Serves in this process until SIGINT or SIGTERM. Raises SystemExit when it cannot be started."""
    server = PromptServer(uvicorn.Config(app, **options))
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def server_options(settings: Settings) -> dict[str, Any]:
    return {
        "factory": True,
        "workers": settings.api_workers if not settings.api_reload else None,
        "reload": settings.api_reload,
        **options_at(settings.api_host, settings.api_port),
    }


def options_at(host: str, port: int) -> dict[str, Any]:
    """How every server of ours listens."""
    return {
        "host": host.strip("[]"),
        "port": port,
        "http": "agent_runner.api.protocol:DeadlineProtocol",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_graceful_shutdown": GRACE_SECONDS,
        "ws_max_size": 64 * 1024,
    }


def raise_file_limit() -> None:
    """A thousand readers need a thousand sockets, and the usual soft limit is 1024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if hard == resource.RLIM_INFINITY else min(65536, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
