"""The factory of the console's server: `/api` goes on to the API, all else is a file or a page of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from agent_runner.api.guard import Guard
from agent_runner.api.problem import problem
from agent_runner.console.build import Build, build_directory
from agent_runner.console.pages import Pages
from agent_runner.console.proxy import Proxy
from agent_runner.console.socket import relay
from agent_runner.settings import Settings

API_PREFIX: Final = "/api"


def create_app(settings: Settings, directory: Path | None = None) -> ASGIApp:
    """`directory` is where the built console is, or will be."""
    console = Console(settings.api_url, Build(directory or build_directory()))
    return Guard(console, settings=settings, host=settings.console_host, name="console", spelled=str)


class Console:
    """Tells by the path who answers."""

    def __init__(self, api_url: str, build: Build) -> None:
        self._api_url: Final = api_url
        self._pages: Final = Pages(build)
        self._proxy: Final = Proxy(api_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._open_socket(scope, receive, send)
        elif _is_of_the_api(scope):
            await self._proxy(scope, receive, send)
        else:
            await self._pages(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        scope["state"]["streams"] = self._proxy
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._proxy.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _open_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _is_of_the_api(scope):
            await relay(self._api_url, scope, receive, send)
        else:
            await problem(scope, 404, "there is no WebSocket outside of /api")(scope, receive, send)


def _is_of_the_api(scope: Mapping[str, str]) -> bool:
    path = scope["path"]
    return path == API_PREFIX or path.startswith(f"{API_PREFIX}/")
