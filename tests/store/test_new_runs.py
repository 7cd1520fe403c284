"""Queueing runs."""

import asyncio

import pytest

from agent_runner.errors import AlreadyActive, IdempotencyMismatch, NotFound
from agent_runner.store.database import Database
from agent_runner.store.new_runs import create_runs
from agent_runner.store.projects import create_project, delete_project
from agent_runner.store.run_queries import get_run
from agent_runner.store.runs import cancel
from agent_runner.store.tasks import create_task, get_task
from tests.store.conftest import Claim, Queue, new_run


async def test_runs_queued_together_each_get_their_own_row(database: Database) -> None:
    created = await asyncio.gather(
        *(database.write_together(create_runs, new_run(goal=f"goal {number}")) for number in range(100))
    )
    for number, run in enumerate(created):
        assert (await database.read(get_run, run.id)).goal == f"goal {number}"


async def test_one_idempotency_key_makes_one_run_also_when_sent_at_once(database: Database) -> None:
    wanted = new_run(idempotency_key="key", request_hash="hash")
    created = await asyncio.gather(*(database.write_together(create_runs, wanted) for _ in range(20)))
    assert len({run.id for run in created}) == 1
    assert sum(run.is_new for run in created) == 1


async def test_a_key_used_for_another_request_is_refused(database: Database) -> None:
    await database.write_together(create_runs, new_run(idempotency_key="key", request_hash="one"))
    with pytest.raises(IdempotencyMismatch, match="'key' has created run 1 from another request"):
        await database.write_together(create_runs, new_run(idempotency_key="key", request_hash="two"))


async def test_a_refused_run_does_not_hinder_those_queued_with_it(database: Database) -> None:
    results = await asyncio.gather(
        database.write_together(create_runs, new_run()),
        database.write_together(create_runs, new_run(project_id=7)),
        database.write_together(create_runs, new_run()),
        return_exceptions=True,
    )
    assert isinstance(results[1], NotFound)
    assert str(results[1]) == "project 7 does not exist"
    assert not isinstance(results[0], BaseException)
    assert not isinstance(results[2], BaseException)


async def test_a_project_with_runs_is_not_deleted(database: Database, queue: Queue) -> None:
    project = await database.write(create_project, "test", "/nowhere")
    run_id = await queue(project_id=project.id)
    with pytest.raises(Exception, match=f"has runs, for example run {run_id}"):
        await database.write(delete_project, project.id)


async def test_a_task_has_one_active_run_and_its_state_is_that_of_its_latest(
    database: Database, queue: Queue, claim_runs: Claim
) -> None:
    task = await database.write(create_task, "t-1", "Title", "Prompt", "simple")
    assert task.state == "PENDING"
    first = await queue(task_id="t-1")
    with pytest.raises(AlreadyActive, match=f"task t-1 already has run {first} under way"):
        await queue(task_id="t-1")
    await claim_runs()
    assert (await database.read(get_task, "t-1")).state == "RUNNING"
    await database.write(cancel, first, None)
    await database.write(cancel, first, None)
    assert (await database.read(get_task, "t-1")).run_id == first


async def test_runs_of_one_task_queued_at_once_become_one(database: Database, queue: Queue) -> None:
    await database.write(create_task, "t-1", "Title", "Prompt", "simple")
    results = await asyncio.gather(*(queue(task_id="t-1") for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(result, int) for result in results) == 1
    assert sum(isinstance(result, AlreadyActive) for result in results) == 4
