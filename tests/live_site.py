"""A running API and worker, shared by all tests that only talk to them."""

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Site

STEP_SECONDS = "0.02"


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("live"))
    site.settings["DEMO_STEP_SECONDS"] = STEP_SECONDS
    try:
        site.start_api()
        site.start_worker()
        yield site
    finally:
        site.kill_all()
