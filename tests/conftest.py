"""What every room's tests need: no setting of the developer's machine, and no connection beyond it."""

import os
import socket
import sys
from typing import Any
from urllib.parse import urlsplit

import pytest

from agent_runner.settings import Settings, is_loopback
from tests.databases import SETTING, bare_url, new_url, postgres_server, postgres_template, sqlite_template
from tests.live_site import live
from tests.redis_servers import SETTING as REDIS_SETTING
from tests.redis_servers import own_redis, redis_url

__all__ = [
    "bare_url",
    "live",
    "new_url",
    "own_redis",
    "postgres_server",
    "postgres_template",
    "redis_url",
    "sqlite_template",
]


SERVERS: set[str] = set()
"""Of other machines, that the tests were told to use."""


def pytest_xdist_auto_num_workers() -> int:
    """For `-n auto`: most of the time of the long tests is spent waiting for processes, not for a core."""
    return 2 * (os.cpu_count() or 1)


def pytest_configure(config: pytest.Config) -> None:
    for name in Settings.model_fields:
        os.environ.pop(name.upper(), None)
    for setting in (SETTING, REDIS_SETTING):
        if named := urlsplit(os.environ.get(setting, "")).hostname:
            SERVERS.update(str(found[4][0]) for found in socket.getaddrinfo(named, None))
    sys.addaudithook(refuse_foreign_connections)


def refuse_foreign_connections(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and arguments[0].family in {socket.AF_INET, socket.AF_INET6}:
        host = arguments[1][0]
        if not is_loopback(host) and host not in SERVERS:
            raise PermissionError(f"a test tried to connect to {host}: tests talk to this machine only")
