"""A real database of either kind, its clock in the test's hand."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from agent_runner.store.database import Database
from agent_runner.store.new_runs import CreatedRun, NewRun, create_runs
from agent_runner.store.runs import ClaimedRun, ClaimWanted, claim


class HandClock:
    """Stands still until it is turned."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def url(new_url: str) -> str:
    """Of both kinds: every test of the store is run on SQLite and on PostgreSQL."""
    return new_url


@pytest.fixture
async def database(url: str, clock: HandClock) -> AsyncIterator[Database]:
    database = await Database.open(url, clock=clock)
    yield database
    await database.close()


def new_run(**changes: object) -> NewRun:
    fields: dict[str, object] = {
        "goal": "Say hello",
        "agent": "simple",
        "input": "{}",
        "config": "{}",
        "max_attempts": 3,
        "time_limit_seconds": 60.0,
    }
    return NewRun(**(fields | changes))  # pyright: ignore[reportArgumentType]


Queue = Callable[..., Awaitable[int]]
Claim = Callable[..., Awaitable[list[ClaimedRun]]]


@pytest.fixture
def queue(database: Database) -> Queue:
    async def queue(**changes: object) -> int:
        created: CreatedRun = await database.write_together(create_runs, new_run(**changes))
        return created.id

    return queue


@pytest.fixture
def claim_runs(database: Database) -> Claim:
    async def claim_runs(worker_id: str = "worker-1", slots: int = 1, lease_seconds: float = 30) -> list[ClaimedRun]:
        wanted = ClaimWanted(worker_id=worker_id, model="demo", slots=slots, lease_seconds=lease_seconds)
        return list((await database.write(claim, wanted)).runs)

    return claim_runs
