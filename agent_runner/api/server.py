"""Serving the API with uvicorn, in one process or several."""

import resource
from typing import Any, Final

import uvicorn

from agent_runner.settings import Settings

GRACE_SECONDS: Final = 5
"""How long answers that are under way may take after SIGTERM. Streams end at once."""


def run_server(settings: Settings) -> None:
    """Serves until SIGINT or SIGTERM. Each process reads the settings again, from the same environment."""
    raise_file_limit()
    uvicorn.run("agent_runner.api.asgi:app", **server_options(settings))


def server_options(settings: Settings) -> dict[str, Any]:
    return {
        "factory": True,
        "host": settings.api_host.strip("[]"),
        "port": settings.api_port,
        "workers": settings.api_workers if not settings.api_reload else None,
        "reload": settings.api_reload,
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
