"""A real Redis for tests: the one that TEST_REDIS_URL names, else one that the tests start themselves."""

import os
from collections.abc import Iterator
from typing import Final

import pytest

from scripts.redis_server import RedisServer, running_redis

SETTING: Final = "TEST_REDIS_URL"


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Shared by tests: whoever keeps something there asks a question of its own."""
    if given := os.environ.get(SETTING):
        yield given
        return
    with running_redis() as server:
        yield server.url


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """To be killed, frozen and spoiled."""
    with running_redis() as server:
        yield server
