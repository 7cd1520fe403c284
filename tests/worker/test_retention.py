"""The worker's slow duty: it forgets what is old, and it keeps everything unless it is told."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from agent_runner.settings import Settings
from agent_runner.store.session import WriteSession
from agent_runner.store.tables import runs
from agent_runner.worker import retention
from agent_runner.worker.from_settings import worker_options
from agent_runner.worker.retention import Retention
from tests.worker.conftest import House


async def nothing(_context: Any) -> dict[str, Any]:
    return {}


async def ended_long_ago(house: House) -> int:
    run_id = await house.queue()
    await house.worker({"simple": nothing}).drain()

    def turn_back(session: WriteSession) -> None:
        then = session.now - timedelta(days=3)
        session.execute(update(runs).values(created_at=then, completed_at=then))

    await house.database.write(turn_back)
    return run_id


async def count(house: House) -> int:
    return len(await house.database.read(lambda session: session.rows(runs.select())))


async def test_a_worker_forgets_what_is_old(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ROUND_SECONDS", 0.05)
    await ended_long_ago(house)
    young = await house.queue()
    worker = house.worker({"simple": nothing}, retention_days=1.0)
    working = asyncio.create_task(worker.run_forever())
    async with asyncio.timeout(10):
        while await count(house) > 1:
            await asyncio.sleep(0.01)
    await house.until(young, "COMPLETED")
    worker.stop()
    await working


async def test_without_the_setting_everything_stays(house: House) -> None:
    await ended_long_ago(house)
    await Retention(house.database, 0.0).go_round()
    assert await count(house) == 1
    await Retention(house.database, 4.0).go_round()
    assert await count(house) == 1
    await Retention(house.database, 2.0).go_round()
    assert await count(house) == 0


def test_a_worker_is_told_how_long_to_keep() -> None:
    settings = Settings(_env_file=None, retention_days=2.5)  # pyright: ignore[reportCallIssue] - of pydantic-settings
    assert worker_options(settings).retention_days == 2.5
