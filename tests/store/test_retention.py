"""Forgetting: only what has ended, and long ago; whoever is just changing a run wins."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import func, select, text

from agent_runner.domain.events import RunCompleted, RunFailed, new_event
from agent_runner.domain.run import COMPLETE, FAIL, FINAL_STATUSES
from agent_runner.errors import NotFound
from agent_runner.store import retention
from agent_runner.store.database import Database
from agent_runner.store.held import Ending, HeldWrite, write_held
from agent_runner.store.new_runs import create_runs
from agent_runner.store.retention import Removed, look, old_runs, prune, remove
from agent_runner.store.run_queries import get_run
from agent_runner.store.runs import ClaimedRun, cancel, rerun
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.steps import FinishedStep
from agent_runner.store.tables import events, runs, steps, tasks
from agent_runner.store.tasks import create_task
from tests.databases import postgres_database
from tests.store.conftest import Claim, HandClock, Queue, new_run
from tests.store.test_postgres import waiting_in_sleep

DAY = 86_400.0


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few runs fill several pages and batches."""
    monkeypatch.setattr(retention, "PAGE", 7)
    monkeypatch.setattr(retention, "BATCH", 3)


async def pause() -> None:
    pass


async def end(database: Database, run: ClaimedRun, *, completes: bool = True) -> None:
    """One step of work, then the end."""
    ending = (
        Ending(move=COMPLETE, event=new_event(RunCompleted()), result="{}")
        if completes
        else Ending(move=FAIL, event=new_event(RunFailed(error="no", attempt=run.attempt)), error="no")
    )
    now = run.created_at
    step = FinishedStep(
        key=f"step/{run.fence}", position=run.fence, input_hash="h", output="{}", started_at=now, finished_at=now
    )
    write = HeldWrite(run_id=run.id, fence=run.fence, number=1, steps=(step,), ending=ending)
    await database.write_together(write_held, write)


Everything = dict[int, tuple[int, int]]


def everything(session: ReadSession) -> Everything:
    """Of each run, how many events and steps it has."""

    def count(table: object) -> dict[int, int]:
        column = table.c.run_id  # pyright: ignore[reportAttributeAccessIssue]
        return {row[0]: row[1] for row in session.rows(select(column, func.count()).group_by(column))}

    of_events, of_steps = count(events), count(steps)
    ids = {row.id for row in session.rows(select(runs.c.id))}
    assert of_events.keys() <= ids
    assert of_steps.keys() <= ids
    return {run_id: (of_events.get(run_id, 0), of_steps.get(run_id, 0)) for run_id in ids}


def may_go(session: ReadSession, days: float) -> set[int]:
    """Said another way than the code under test says it: row by row."""
    return {
        row.id
        for row in session.rows(select(runs.c.id, runs.c.status, runs.c.completed_at))
        if row.status in FINAL_STATUSES and (session.now - row.completed_at).total_seconds() > max(days * DAY, 600)
    }


@pytest.mark.parametrize("seed", range(6))
async def test_only_what_ended_long_ago_goes_and_all_else_keeps_all_it_has(
    database: Database, claim_runs: Claim, clock: HandClock, seed: int
) -> None:
    chance = random.Random(seed)
    for number in range(60):
        clock.advance(chance.uniform(0, DAY / 4))
        match chance.choice(("queue", "queue", "complete", "fail", "cancel", "rerun", "claim", "task")):
            case "task":
                await database.write(create_task, f"t{number}", "t", "p", "simple")
                await database.write_together(create_runs, new_run(task_id=f"t{number}"))
            case "complete" | "fail" as how:
                for run in await claim_runs():
                    await end(database, run, completes=how == "complete")
            case "claim":
                await claim_runs(lease_seconds=99 * DAY)
            case "cancel" | "rerun" as how:
                await change_one(database, chance, how)
            case _:
                await database.write_together(create_runs, new_run())
    for days in (9.0, 5.0, 2.5, 0.0):
        before, doomed = await database.read(everything), await database.read(may_go, days)
        counted = [run_id async for batch in old_runs(database, days) for run_id in batch]
        assert sorted(counted) == sorted(doomed)
        removed = await prune(database, days, pause)
        after = await database.read(everything)
        assert before.keys() - after.keys() == doomed
        assert removed.runs == len(doomed)
        assert after == {run_id: kept for run_id, kept in before.items() if run_id not in doomed}
        assert all(last == has for last, has in await database.read(event_numbers))
    assert before, "the seed made nothing to keep"


async def change_one(database: Database, chance: random.Random, how: str) -> None:
    found = await database.read(lambda session: session.rows(select(runs.c.id, runs.c.status)))
    sources = {"cancel": {"QUEUED"}, "rerun": {"FAILED", "CANCELLED"}}[how]
    if fitting := [row.id for row in found if row.status in sources]:
        run_id = chance.choice(fitting)
        await (database.write(cancel, run_id, None) if how == "cancel" else database.write(rerun, run_id, 1))


def event_numbers(session: ReadSession) -> list[tuple[int, int]]:
    number = select(func.count()).where(events.c.run_id == runs.c.id).correlate(runs).scalar_subquery()
    return [(row[0], row[1]) for row in session.rows(select(runs.c.last_event_id, number))]


async def test_runs_that_stay_for_ever_do_not_hide_those_that_may_go(
    database: Database, queue: Queue, claim_runs: Claim, clock: HandClock
) -> None:
    """More of them than a page holds, in front of all others."""
    for _ in range(20):
        await queue(priority=-1)
    last = await queue()
    [run] = await claim_runs()
    assert run.id == last
    await end(database, run)
    clock.advance(2 * DAY)
    assert (await prune(database, 1, pause)).runs == 1


async def test_the_walk_ends_where_nothing_is_old_any_more(database: Database, queue: Queue, clock: HandClock) -> None:
    for _ in range(8):
        await queue()
    clock.advance(2 * DAY)
    for _ in range(30):
        await queue()
    page, looks = await database.read(look, 0, 1.0), 1
    while page.last_id is not None:
        page, looks = await database.read(look, page.last_id, 1.0), looks + 1
    assert looks == 3


async def test_what_has_just_ended_stays_whatever_is_asked(
    database: Database, queue: Queue, claim_runs: Claim, clock: HandClock
) -> None:
    await queue()
    [run] = await claim_runs()
    await end(database, run)
    clock.advance(599)
    assert await prune(database, 0, pause) == Removed(0, 0)
    clock.advance(2)
    assert await prune(database, 0, pause) == Removed(1, 0)


async def test_a_task_goes_with_its_last_run_and_not_before(
    database: Database, claim_runs: Claim, clock: HandClock
) -> None:
    for name in ("never started", "ended", "ended and started again"):
        await database.write(create_task, name, "t", "p", "simple")
    for name in ("ended", "ended and started again"):
        await database.write_together(create_runs, new_run(task_id=name))
    for run in await claim_runs(slots=2):
        await end(database, run)
    clock.advance(2 * DAY)
    await database.write_together(create_runs, new_run(task_id="ended and started again"))
    assert await prune(database, 1, pause) == Removed(2, 1)
    left = await database.read(lambda session: {row.id for row in session.rows(select(tasks.c.id))})
    assert left == {"never started", "ended and started again"}


async def test_a_run_that_is_queued_again_between_look_and_removal_stays(
    database: Database, queue: Queue, claim_runs: Claim, clock: HandClock
) -> None:
    run_id = await queue()
    [run] = await claim_runs()
    await end(database, run, completes=False)
    clock.advance(2 * DAY)
    assert (await database.read(look, 0, 1.0)).old == [run_id]
    await database.write(rerun, run_id, 1)
    assert await database.write(remove, [run_id], 1.0) == Removed(0, 0)
    assert (await database.read(get_run, run_id)).status == "QUEUED"


class TestOnAServer:
    """Two transactions at once, which SQLite does not have."""

    @pytest.fixture
    def url(self, postgres_server: str, postgres_template: str) -> Iterator[str]:
        with postgres_database(postgres_server, postgres_template) as url:
            yield url

    @pytest.fixture
    async def other(self, url: str, clock: HandClock) -> AsyncIterator[Database]:
        database = await Database.open(url, clock=clock)
        yield database
        await database.close()

    async def test_a_rerun_under_way_is_not_waited_for_and_wins(
        self, database: Database, other: Database, queue: Queue, claim_runs: Claim, clock: HandClock
    ) -> None:
        run_id, idle = await queue(), await queue()
        for run in await claim_runs(slots=2):
            await end(database, run, completes=False)
        clock.advance(2 * DAY)

        def slowly(session: WriteSession) -> None:
            rerun(session, run_id, 1)
            session.execute(text("SELECT pg_sleep(0.5)"))

        rerunning = asyncio.create_task(other.write(slowly))
        await sleeping(database)
        assert await database.write(remove, [run_id, idle], 1.0) == Removed(1, 0)
        assert not rerunning.done()
        await rerunning
        assert (await database.read(get_run, run_id)).status == "QUEUED"

    async def test_a_rerun_of_a_run_that_is_just_being_removed_finds_it_gone(
        self, database: Database, other: Database, queue: Queue, claim_runs: Claim, clock: HandClock
    ) -> None:
        run_id = await queue()
        [run] = await claim_runs()
        await end(database, run, completes=False)
        clock.advance(2 * DAY)

        def slowly(session: WriteSession) -> None:
            remove(session, [run_id], 1.0)
            session.execute(text("SELECT pg_sleep(0.3)"))

        removing = asyncio.create_task(other.write(slowly))
        await sleeping(database)
        with pytest.raises(NotFound):
            await database.write(rerun, run_id, 1)
        await removing
        assert await database.read(everything) == {}

    async def test_a_task_that_is_just_given_a_new_run_stays(
        self, database: Database, other: Database, claim_runs: Claim, clock: HandClock
    ) -> None:
        await database.write(create_task, "task", "t", "p", "simple")
        first = (await database.write_together(create_runs, new_run(task_id="task"))).id
        [run] = await claim_runs()
        await end(database, run)
        clock.advance(2 * DAY)

        def slowly(session: WriteSession) -> None:
            create_runs(session, [new_run(task_id="task")])
            session.execute(text("SELECT pg_sleep(0.3)"))

        starting = asyncio.create_task(other.write(slowly))
        await sleeping(database)
        assert await database.write(remove, [first], 1.0) == Removed(1, 0)
        assert not starting.done(), "nobody waits for it"
        await starting
        assert len(await database.read(everything)) == 1

    async def test_several_at_once_do_no_harm(
        self, database: Database, other: Database, queue: Queue, claim_runs: Claim, clock: HandClock
    ) -> None:
        for _ in range(30):
            await queue()
        for run in await claim_runs(slots=30):
            await end(database, run)
        clock.advance(2 * DAY)
        removed = await asyncio.gather(prune(database, 1, pause), prune(other, 1, pause))
        await prune(database, 1, pause)
        assert await database.read(everything) == {}
        assert sum(one.runs for one in removed) <= 30


async def sleeping(database: Database) -> None:
    while not await waiting_in_sleep(database):
        await asyncio.sleep(0.01)
