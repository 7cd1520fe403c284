"""What only a server with many writers can do to us: locks, deadlocks, lost connections, lost answers."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

from agent_runner.domain.policy import ProjectPolicy
from agent_runner.errors import OutcomeUnknown, StoreUnavailable
from agent_runner.store.address import postgres_dsn
from agent_runner.store.database import Database
from agent_runner.store.leases import Heartbeat, renew, return_lost
from agent_runner.store.new_runs import create_runs
from agent_runner.store.postgres import new_engine
from agent_runner.store.projects import change_project, create_project, list_projects
from agent_runner.store.run_queries import get_run
from agent_runner.store.runs import ClaimWanted, cancel, claim
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.tables import runs
from agent_runner.store.wakeup import Audience, Ring
from tests.databases import order, postgres_database
from tests.store.conftest import Claim, HandClock, Queue, new_run
from tests.store.postgres_wire import CutWire

END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid()"
)


@pytest.fixture
def url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    with postgres_database(postgres_server, postgres_template) as url:
        yield url


@pytest.fixture
async def other(url: str, clock: HandClock) -> AsyncIterator[Database]:
    """A second process, as far as the server can tell."""
    database = await Database.open(url, clock=clock)
    yield database
    await database.close()


def locking(run_id: int, seconds: float) -> str:
    return f"WITH locked AS (SELECT id FROM runs WHERE id = {run_id} FOR UPDATE) SELECT pg_sleep({seconds}) FROM locked"


async def test_claimers_that_claim_at_once_never_share_a_run(url: str, queue: Queue) -> None:
    for _ in range(60):
        await queue()
    workers = [await Database.open(url) for _ in range(6)]
    wanted = [ClaimWanted(worker_id=f"w{n}", model="demo", slots=4, lease_seconds=30) for n in range(6)]
    taken: list[int] = []
    while len(taken) < 60:
        batches = await asyncio.gather(*(w.write(claim, want) for w, want in zip(workers, wanted, strict=True)))
        assert any(batch.runs for batch in batches)
        taken += [run.id for batch in batches for run in batch.runs]
    assert len(taken) == len(set(taken)) == 60
    for worker in workers:
        await worker.close()


async def test_a_cancel_that_meets_a_claim_waits_and_then_asks_the_worker(
    database: Database, other: Database, queue: Queue
) -> None:
    run_id = await queue()
    wanted = ClaimWanted(worker_id="w", model="demo", slots=1, lease_seconds=30)

    def slowly(session: WriteSession) -> None:
        claim(session, wanted)
        session.execute(text("SELECT pg_sleep(0.3)"))

    claiming = asyncio.create_task(database.write(slowly))
    while not await waiting_in_sleep(other):
        await asyncio.sleep(0.01)
    assert await other.write(cancel, run_id, None) == "RUNNING"
    await claiming
    assert (await database.read(get_run, run_id)).cancel_requested_at is not None


async def waiting_in_sleep(database: Database) -> bool:
    query = text("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()")

    def is_sleeping(session: ReadSession) -> bool:
        return session.first(query) is not None  # pyright: ignore[reportArgumentType]

    return await database.read(is_sleeping)


async def test_a_heartbeat_does_not_wait_for_a_run_that_is_being_written(
    database: Database, other: Database, queue: Queue, claim_runs: Claim
) -> None:
    first, second = await queue(), await queue()
    await claim_runs(slots=2)
    writing = asyncio.create_task(other.write(lambda session: session.execute(text(locking(first, 0.5))).all()))
    while not await waiting_in_sleep(database):
        await asyncio.sleep(0.01)
    held = await database.write(renew, Heartbeat(worker_id="worker-1", run_ids=[first, second], lease_seconds=30))
    assert {run.run_id: run.is_renewed for run in held} == {first: False, second: True}
    assert not writing.done()
    await writing


async def test_the_janitor_leaves_a_run_that_is_being_written_to_the_next_round(
    database: Database, other: Database, queue: Queue, claim_runs: Claim, clock: HandClock
) -> None:
    first, second = await queue(), await queue()
    await claim_runs(slots=2)
    clock.advance(60)
    writing = asyncio.create_task(other.write(lambda session: session.execute(text(locking(first, 0.5))).all()))
    while not await waiting_in_sleep(database):
        await asyncio.sleep(0.01)
    assert [run_id for run_id, _ in await database.write(return_lost, [])] == [second]
    await writing
    assert [run_id for run_id, _ in await database.write(return_lost, [])] == [first]


async def test_two_that_wait_for_each_other_both_get_their_turn(database: Database, other: Database) -> None:
    a = (await database.write(create_project, "a", "/")).id
    b = (await database.write(create_project, "b", "/")).id

    def both(session: WriteSession, first: int, second: int, name: str) -> None:
        change_project(session, first, {"name": name})
        session.execute(text("SELECT pg_sleep(0.2)"))
        change_project(session, second, {"name": name})

    await asyncio.gather(database.write(both, a, b, "x"), other.write(both, b, a, "y"))
    names = {project.name for project in await database.read(list_projects, after_id=None, limit=9)}
    assert len(names) == 1


async def test_two_changes_of_a_policy_at_once_both_count(database: Database, other: Database) -> None:
    project = (await database.write(create_project, "a", "/")).id

    def slowly(session: WriteSession) -> None:
        change_project(session, project, {}, ProjectPolicy(deny=("*.key",)))
        session.execute(text("SELECT pg_sleep(0.3)"))

    first = asyncio.create_task(database.write(slowly))
    while not await waiting_in_sleep(other):
        await asyncio.sleep(0.01)
    changed = await other.write(change_project, project, {}, ProjectPolicy(checks=("make",)))
    await first
    assert ProjectPolicy.model_validate_json(changed.policy) == ProjectPolicy(deny=("*.key",), checks=("make",))


async def test_the_same_key_in_two_processes_at_once_makes_one_run(database: Database, other: Database) -> None:
    def slowly(session: WriteSession) -> None:
        create_runs(session, [new_run(idempotency_key="k", request_hash="h")])
        session.execute(text("SELECT pg_sleep(0.3)"))

    first = asyncio.create_task(database.write(slowly))
    while not await waiting_in_sleep(other):
        await asyncio.sleep(0.01)
    second = await other.write_together(create_runs, new_run(idempotency_key="k", request_hash="h"))
    await first
    assert not second.is_new


async def test_connections_that_were_ended_are_replaced(url: str, database: Database) -> None:
    await database.write(create_project, "before", "/")
    await asyncio.gather(*(database.read(list_projects, after_id=None, limit=9) for _ in range(4)))
    await asyncio.to_thread(order, url, END_OTHERS)
    assert len(await database.read(list_projects, after_id=None, limit=9)) == 1
    await asyncio.to_thread(order, url, END_OTHERS)
    assert (await database.write(create_project, "after", "/")).name == "after"


async def test_a_transaction_that_is_ended_on_the_way_is_done_again(url: str, database: Database) -> None:
    def slowly(session: WriteSession) -> None:
        create_project(session, "once", "/")
        session.execute(text("SELECT pg_sleep(0.2)"))

    writing = asyncio.create_task(database.write(slowly))
    while not await waiting_in_sleep(database):
        await asyncio.sleep(0.01)
    await asyncio.to_thread(order, url, END_OTHERS)
    await writing
    assert len(await database.read(list_projects, after_id=None, limit=9)) == 1


async def test_a_lost_answer_to_a_commit_is_said_and_nothing_is_done_twice(url: str, database: Database) -> None:
    async with CutWire.before(url) as wire:
        distant = await Database.open(wire.url)
        await distant.write(create_project, "warm", "/")
        wire.lose_the_answer_to(b"COMMIT")
        asked = [distant.write(create_project, "once", "/"), distant.write(create_project, "also once", "/")]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(answer) for answer in answers] == [OutcomeUnknown, OutcomeUnknown]
        assert (await distant.write(create_project, "later", "/")).name == "later"
        await distant.close()
    names = sorted(project.name for project in await database.read(list_projects, after_id=None, limit=9))
    assert names == ["also once", "later", "once", "warm"]


async def test_a_server_that_says_nothing_any_more_is_given_up(url: str) -> None:
    async with CutWire.before(url) as wire:
        distant = await Database.open(wire.url, busy_timeout_seconds=0.5)
        await distant.write(create_project, "warm", "/")
        wire.fall_silent()
        with pytest.raises(StoreUnavailable):
            await distant.write(create_project, "lost", "/")
        with pytest.raises(StoreUnavailable):
            await distant.read(list_projects, after_id=None, limit=9)
        wire.speak_again()
        assert (await distant.write(create_project, "later", "/")).name == "later"
        await distant.close()


async def test_a_lock_that_nobody_gives_back_is_said(url: str, database: Database) -> None:
    project = (await database.write(create_project, "a", "/")).id
    impatient = await Database.open(url, busy_timeout_seconds=0.2)
    held = asyncio.create_task(
        database.write(
            lambda session: [
                session.execute(text("SELECT id FROM projects FOR UPDATE")).all(),
                session.execute(text("SELECT pg_sleep(0.8)")).all(),
            ]
        )
    )
    while not await waiting_in_sleep(impatient):
        await asyncio.sleep(0.01)
    with pytest.raises(StoreUnavailable, match=r"lock|time"):
        await impatient.write(change_project, project, {"name": "b"})
    await held
    assert (await impatient.write(change_project, project, {"name": "b"})).name == "b"
    await impatient.close()


async def test_the_doorbell_comes_back_after_its_connection_was_lost(
    url: str, database: Database, other: Database
) -> None:
    heard: asyncio.Queue[Ring] = asyncio.Queue()
    stop = database.doorbell.listen(Audience.WORKER, heard.put_nowait)
    assert await heard.get() == Ring(work=True, cancel=True, all_runs=True)
    await asyncio.to_thread(order, url, END_OTHERS)
    assert await heard.get() == Ring(work=True, cancel=True, all_runs=True)
    created = await other.write_together(create_runs, new_run())
    ring = await heard.get()
    assert (ring.work, ring.runs) == (True, {created.id})
    stop()


async def test_a_notification_that_would_be_too_long_says_look_at_everything(
    database: Database, other: Database
) -> None:
    heard: asyncio.Queue[Ring] = asyncio.Queue()
    stop = database.doorbell.listen(Audience.API, heard.put_nowait)
    await heard.get()
    other.doorbell.ring(Ring(runs=set(range(10**9, 10**9 + 1000))))
    assert await heard.get() == Ring(all_runs=True)
    stop()


async def test_nobody_there_is_a_clear_sentence_without_the_password() -> None:
    nowhere = await Database.open("postgresql+psycopg://somebody:secret@127.0.0.1:1/runs")
    with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1:1/runs cannot be reached") as refused:
        await nowhere.read(list_projects, after_id=None, limit=9)
    assert "secret" not in str(refused.value)
    await nowhere.close()


async def test_the_migrations_make_exactly_the_tables_of_the_code(url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))

    engine = new_engine(postgres_dsn(url) or "", connections=1, busy_timeout_seconds=10)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_the_queue_is_vacuumed_once_many_of_its_rows_have_changed(url: str, database: Database) -> None:
    """Each claim steps over what earlier ones left in the index, and the server's own vacuum would come too late."""

    async def changed() -> int:
        [(count,)] = await asyncio.to_thread(
            order, url, "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'runs'"
        )
        return count

    await asyncio.to_thread(order, url, "ALTER TABLE runs SET (autovacuum_enabled = off)")
    first = (await database.write_together(create_runs, new_run())).id
    names = ", ".join(column.name for column in runs.columns if column.name != "id")
    copies = f"SELECT {names} FROM runs, generate_series(1, 21000) WHERE id = {first}"
    await asyncio.to_thread(order, url, f"INSERT INTO runs ({names}) {copies}")
    await database.tidy()
    await asyncio.to_thread(order, url, "UPDATE runs SET priority = 1")
    before = await changed()
    await database.tidy()
    assert before > 20_000
    assert await changed() < before / 10
