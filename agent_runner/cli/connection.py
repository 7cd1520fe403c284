"""Where the API is, and a client for it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from agent_runner.settings import Settings, load_settings

if TYPE_CHECKING:
    from agent_runner.client import AsyncClient, Client


def connect(url: str | None, api_key: str | None) -> "Client":
    """A client for the given URL, else for the API of the settings. A key of the settings goes to that API only."""
    _keep_httpx_small()
    from agent_runner.client import Client, ClientError  # noqa: PLC0415 - slow to import, and only needed here

    if url is None:
        settings = load_settings()
        url, api_key = settings.api_url, api_key or first_key(settings)
    try:
        return Client(url, api_key=key_from(api_key) if api_key else None)
    except ClientError as error:
        raise typer.BadParameter(error.message, param_hint="--url") from None


def connect_async(settings: Settings) -> "AsyncClient":
    """A client for the API of the settings."""
    _keep_httpx_small()
    from agent_runner.client import AsyncClient  # noqa: PLC0415 - slow to import, and only needed here

    return AsyncClient(settings.api_url, api_key=first_key(settings))


def _keep_httpx_small() -> None:
    """It imports its own command line, with rich and pygments, which takes twice as long as the rest of it."""
    sys.modules.setdefault("httpx._main", None)  # pyright: ignore[reportArgumentType] - None means: not to be had


def first_key(settings: Settings) -> str | None:
    return next(iter(settings.keys()), None)


def key_from(given: str) -> str:
    """The key itself, or the content of the file that `@FILE` names: other users see a command's arguments."""
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text().strip()
    except OSError as error:
        raise typer.BadParameter(f"{given[1:]} cannot be read: {error.strerror}", param_hint="--api-key") from None
