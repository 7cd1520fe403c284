"""What shares a commit: one caller's misfortune is never another's, and a commit is never made twice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import select

from agent_runner.errors import LeaseLost, StoreUnavailable
from agent_runner.store.database import Database
from agent_runner.store.held import HeldWrite, write_held
from agent_runner.store.leases import return_lost
from agent_runner.store.new_runs import create_runs
from agent_runner.store.session import WriteSession
from agent_runner.store.sqlite import SqliteBackend
from agent_runner.store.tables import runs, steps
from agent_runner.store.wakeup import LocalDoorbell
from tests.databases import copy_of
from tests.store.conftest import Claim, HandClock, Queue, new_run
from tests.store.test_verify import step

T = TypeVar("T")


class Faulty(SqliteBackend):
    """Counts the writes that have begun. May commit, and then break before anybody hears of it."""

    begun = 0
    loses_answers = False

    async def write(self, work: Callable[[WriteSession], T]) -> T:
        self.begun += 1
        answer = await super().write(work)
        if self.loses_answers:
            raise StoreUnavailable("the answer was lost")
        return answer


@pytest.fixture
def url(sqlite_template: Path, tmp_path: Path) -> str:
    """On PostgreSQL: test_postgres.py."""
    return copy_of(sqlite_template, tmp_path)


@pytest.fixture
def backend(url: str, clock: HandClock, tmp_path: Path) -> Faulty:
    return Faulty(Path(url.removeprefix("sqlite:///")), tmp_path, busy_timeout_seconds=5, clock=clock)


@pytest.fixture
async def shared(backend: Faulty, tmp_path: Path) -> AsyncIterator[Database]:
    shared = Database(backend, LocalDoorbell(tmp_path), tmp_path, 30)
    yield shared
    await shared.close()


async def test_a_group_whose_commit_was_not_answered_is_not_written_again(backend: Faulty, shared: Database) -> None:
    backend.loses_answers = True
    created = (shared.write_together(create_runs, new_run()) for _ in range(3))
    answers = await asyncio.gather(*created, return_exceptions=True)
    assert [type(answer) for answer in answers] == [StoreUnavailable] * 3
    assert len(await goals_in(shared)) == 3


async def goals_in(database: Database) -> list[str]:
    return await database.read(lambda session: [row.goal for row in session.rows(select(runs.c.goal))])


@pytest.mark.parametrize("turns", range(9))
async def test_a_caller_that_dies_before_the_write_begins_has_written_nothing(
    backend: Faulty, shared: Database, turns: int
) -> None:
    caller = asyncio.ensure_future(shared.write_together(create_runs, new_run(goal="of one who dies")))
    other = asyncio.ensure_future(shared.write_together(create_runs, new_run(goal="of one who lives")))
    for _ in range(turns):
        await asyncio.sleep(0)
    had_begun = backend.begun > 0
    caller.cancel()
    await asyncio.gather(caller, other, return_exceptions=True)
    assert had_begun or await goals_in(shared) == ["of one who lives"]


async def test_former_and_present_owner_of_a_run_may_share_a_commit(
    database: Database, queue: Queue, claim_runs: Claim
) -> None:
    """A worker that lost a run and claimed it again: the write of its old attempt is still on its way."""
    await queue()
    [former] = await claim_runs()
    await database.write(return_lost, ["worker-1"])
    [present] = await claim_runs()
    answers = await asyncio.gather(
        database.write_together(write_held, HeldWrite(run_id=1, fence=present.fence, number=1, steps=(step("a", 1),))),
        database.write_together(write_held, HeldWrite(run_id=1, fence=former.fence, number=1, steps=(step("b", 1),))),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [type(None), LeaseLost]
    written = await database.read(lambda session: session.rows(select(steps.c.key, steps.c.fence)))
    assert [tuple(row) for row in written] == [("a", present.fence)]
