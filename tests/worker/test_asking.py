"""An agent that asks a person: it waits without a worker, goes on with the answer, and commits or is cancelled."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.domain.approval import Answer, ApprovalKind, ApprovalStatus, Question
from agent_runner.domain.events import Log
from agent_runner.errors import Conflict, InvalidInput
from agent_runner.llm.base import ModelRequest
from agent_runner.store.approvals import get_approval
from agent_runner.store.artifacts import get_artifact, list_artifacts
from agent_runner.store.decisions import Grant, Rejection, answer, grant, reject
from agent_runner.store.runs import cancel, rerun
from agent_runner.store.steps import journal
from agent_runner.worker.directories import attempt_directory
from agent_runner.worker.loop import Worker
from tests.worker.conftest import House

PLAN = Question(kind=ApprovalKind.PLAN, text="Shall I?")
YES = Grant(decided_by="ada", comment="go on")


async def asks(context: RunContext) -> dict[str, JsonValue]:
    await context.complete("plan", ModelRequest(system="", prompt="plan"))
    answered = await context.ask("approve/plan", PLAN)
    await context.complete("do", ModelRequest(system="", prompt="do"))
    return {"status": answered.status, "comment": answered.comment, "by": answered.decided_by}


async def test_a_run_that_asks_waits_without_a_worker_and_goes_on_with_the_answer(house: House) -> None:
    run_id = await house.queue(max_attempts=1)
    await house.worker({"simple": asks}).drain()
    waiting = await house.run(run_id)
    assert (waiting.status, waiting.attempt, house.model.asked) == ("WAITING", 0, ["plan"])
    assert waiting.active_seconds > 0
    await house.database.write(grant, run_id, YES)
    await house.worker({"simple": asks}).drain()
    done = await house.run(run_id)
    assert (done.status, done.attempt) == ("COMPLETED", 1)
    assert done.result == '{"status": "GRANTED", "comment": "go on", "by": "ada"}'
    assert house.model.asked == ["plan", "do"]
    assert list(await house.database.read(journal, run_id)) == ["plan", "approve/plan", "do"]
    assert await house.types(run_id) == [
        "RUN_CREATED",
        "RUN_STARTED",
        "MODEL_CALL",
        "APPROVAL_REQUESTED",
        "APPROVAL_GRANTED",
        "RUN_STARTED",
        "MODEL_CALL",
        "RUN_COMPLETED",
    ]


async def test_a_worker_that_waits_goes_on_the_moment_somebody_answers(house: House) -> None:
    worker = house.worker({"simple": asks}, check_interval=3600.0)
    running = asyncio.create_task(worker.run_forever())
    run_id = await house.queue()
    await house.until(run_id, "WAITING")
    await house.database.write(grant, run_id, YES)
    await house.until(run_id, "COMPLETED")
    worker.stop()
    await running


async def test_what_was_answered_is_in_the_journal_ever_after(house: House) -> None:
    fails = True

    async def work(context: RunContext) -> dict[str, JsonValue]:
        answered = await context.ask("approve/plan", PLAN)
        await context.step("note", lambda: _value(1))
        if fails:
            raise ValueError("once")
        return {"comment": answered.comment}

    run_id = await house.queue(max_attempts=1)
    await house.worker({"simple": work}).drain()
    await house.database.write(grant, run_id, YES)
    await house.worker({"simple": work}).drain()
    assert (await house.run(run_id)).status == "FAILED"
    fails = False
    await house.database.write(rerun, run_id, 1)
    await house.worker({"simple": work}).drain()
    assert (await house.run(run_id)).result == '{"comment": "go on"}'


async def test_a_revision_is_told_why_and_asks_again(house: House) -> None:
    async def revises(context: RunContext) -> dict[str, JsonValue]:
        comments: list[JsonValue] = []
        for turn in range(1, 4):
            answered = await context.ask(f"approve/{turn}", PLAN)
            if answered.status is ApprovalStatus.GRANTED:
                break
            assert answered.revise
            comments.append(answered.comment)
        return {"comments": comments}

    run_id = await house.queue()
    worker: Callable[[], Worker] = lambda: house.worker({"simple": revises})  # noqa: E731
    await worker().drain()
    for comment in ("too long", "too short"):
        await house.database.write(reject, run_id, Rejection(decided_by="ada", comment=comment, revise=True))
        await worker().drain()
    await house.database.write(grant, run_id, YES)
    await worker().drain()
    assert (await house.run(run_id)).result == '{"comments": ["too long", "too short"]}'


async def test_an_agent_is_told_that_nobody_answered_in_time_and_a_rerun_asks_again(house: House) -> None:
    asked: list[Answer] = []

    async def work(context: RunContext) -> dict[str, JsonValue]:
        answered = await context.ask("q", Question(kind=ApprovalKind.INPUT, text="Which?", expires_in_seconds=0.001))
        asked.append(answered)
        if answered.status is ApprovalStatus.EXPIRED:
            raise ValueError("the approval expired")
        return {}

    run_id = await house.queue(max_attempts=1)
    await house.worker({"simple": work}).drain()
    worker = house.worker({"simple": work}, lease_seconds=2.0)
    running = asyncio.create_task(worker.run_forever())  # its janitor goes round at once
    failed = await house.until(run_id, "FAILED")
    worker.stop()
    await running
    assert failed.error == "ValueError: the approval expired"
    assert [answered.status for answered in asked] == ["EXPIRED"]
    assert "q" not in await house.database.read(journal, run_id)
    await house.database.write(rerun, run_id, 1)
    await house.worker({"simple": work}).once()
    assert (await house.types(run_id))[-1] == "APPROVAL_REQUESTED"


async def test_another_question_under_an_answered_key_is_a_clear_error(house: House) -> None:
    text = "first"

    async def work(context: RunContext) -> dict[str, JsonValue]:
        await context.ask("q", Question(kind=ApprovalKind.COMMIT, text=text, diff_sha="a" * 64))
        return {}

    run_id = await house.queue()
    await house.worker({"simple": work}).drain()
    await house.database.write(grant, run_id, Grant(decided_by="ada", diff_sha="a" * 64))
    text = "second"
    await house.worker({"simple": work}).drain()
    assert "the question 'q' of run 1 was answered when it was another one" in str((await house.run(run_id)).error)


async def test_whatever_an_agent_does_with_the_stop_it_waits(house: House) -> None:
    """It swallows what it should not, writes on, asks twice at once, and has children that never end."""

    async def stubborn(context: RunContext) -> dict[str, JsonValue]:
        async def ask(key: str) -> None:
            with contextlib.suppress(BaseException):
                await context.ask(key, PLAN)

        forever = asyncio.create_task(asyncio.Event().wait())
        await asyncio.gather(ask("one"), ask("two"))
        with contextlib.suppress(Exception):
            context.emit(Log(message="nobody hears this"))
        with contextlib.suppress(Exception):
            await context.step("late", lambda: _value(1))
        if context.attempt == 2:
            await forever
        forever.cancel()
        return {}

    run_id = await house.queue()
    await house.worker({"simple": stubborn}).drain()
    assert (await house.run(run_id)).status == "WAITING"
    assert (await house.database.read(get_approval, run_id, None)).key == "one"
    assert await house.types(run_id) == ["RUN_CREATED", "RUN_STARTED", "APPROVAL_REQUESTED"]
    assert await house.database.read(journal, run_id) == {}


@pytest.mark.parametrize("text", ["nul \0", "lone \ud800", "\u202ereversed \x1b[31m"])
async def test_whatever_an_agent_asks_can_be_asked_and_answered(house: House, text: str) -> None:
    async def work(context: RunContext) -> dict[str, JsonValue]:
        question = Question(kind=ApprovalKind.INPUT, text=text, detail={"x": text}, flags=(text,))
        return {"text": (await context.ask("q", question)).text}

    run_id = await house.queue()
    await house.worker({"simple": work}).drain()
    await house.events(run_id)
    await house.database.write(answer, run_id, "blue", "ada")
    await house.worker({"simple": work}).drain()
    assert (await house.run(run_id)).result == '{"text": "blue"}'


@pytest.mark.parametrize(
    ("key", "changes"),
    [("", {}), ("k" * 201, {}), ("k", {"text": "x" * 70_000}), ("k", {"detail": {"x": "y" * 1_100_000}})],
)
async def test_a_question_that_cannot_be_kept_is_the_agents_error(
    house: House, key: str, changes: dict[str, Any]
) -> None:
    async def work(context: RunContext) -> dict[str, JsonValue]:
        with pytest.raises(InvalidInput):
            await context.ask(key, PLAN.model_copy(update=changes))
        return {}

    run_id = await house.queue(max_attempts=1)
    await house.worker({"simple": work}).drain()
    assert (await house.run(run_id)).status == "COMPLETED"


async def test_a_run_whose_time_is_up_while_it_waits_for_a_person_goes_on(house: House) -> None:
    """Waiting costs no time: the limit is on the work."""
    run_id = await house.queue(time_limit_seconds=5.0)
    await house.worker({"simple": asks}).drain()
    waiting = await house.run(run_id)
    assert waiting.active_seconds < 5
    await house.database.write(grant, run_id, YES)
    await house.worker({"simple": asks}).drain()
    assert (await house.run(run_id)).status == "COMPLETED"


# ---- artifacts


async def test_an_artifact_is_kept_and_told_and_not_added_again_by_a_replay(house: House) -> None:
    async def work(context: RunContext) -> dict[str, JsonValue]:
        context.add_artifact("diff.patch", b"\0\xff", "text/x-diff")
        await context.ask("approve/plan", PLAN)
        return {}

    run_id = await house.queue()
    await house.worker({"simple": work}).drain()
    record, content = await house.database.read(get_artifact, run_id, "diff.patch")
    assert (content, record.size) == (b"\0\xff", 2)
    created = (await house.events(run_id))[2]
    assert (created["event_type"], created["payload"]["path"]) == ("ARTIFACT_CREATED", "diff.patch")
    await house.database.write(grant, run_id, YES)
    await house.worker({"simple": work}).drain()
    assert len(await house.database.read(list_artifacts, run_id)) == 1
    assert (await house.types(run_id)).count("ARTIFACT_CREATED") == 1


# ---- commit or cancel


async def test_after_the_commit_point_a_cancel_is_refused_and_the_run_completes(house: House) -> None:
    refused: list[BaseException] = []

    async def commits(context: RunContext) -> dict[str, JsonValue]:
        await context.commit_point()
        try:
            await house.database.write(cancel, context.run_id, None)
        except Conflict as error:
            refused.append(error)
        return {}

    run_id = await house.queue()
    await house.worker({"simple": commits}).drain()
    assert (await house.run(run_id)).status == "COMPLETED"
    assert [str(error) for error in refused] == [f"too late: run {run_id} is committing"]


async def test_a_cancel_before_the_commit_point_stops_the_agent_there(house: House) -> None:
    committed: list[int] = []

    async def commits(context: RunContext) -> dict[str, JsonValue]:
        await house.database.write(cancel, context.run_id, None)
        await context.commit_point()
        committed.append(context.run_id)
        return {}

    run_id = await house.queue()
    worker = house.worker({"simple": commits})
    worker._on_beat = lambda beat: None  # the cancel is not heard: the commit point alone must find out
    await worker.drain()
    assert (await house.run(run_id)).status == "CANCELLED"
    assert committed == []


async def test_nothing_is_asked_after_the_commit_point(house: House) -> None:
    async def commits(context: RunContext) -> dict[str, JsonValue]:
        await context.commit_point()
        await context.ask("late", PLAN)
        return {}

    run_id = await house.queue()
    await house.worker({"simple": commits}).drain()
    assert "after its commit point" in str((await house.run(run_id)).error)


async def test_nothing_is_asked_after_the_commit_point_of_an_earlier_attempt(house: House) -> None:
    """Who then said no would cancel what is committed perhaps."""

    async def commits(context: RunContext) -> dict[str, JsonValue]:
        if context.attempt == 2:
            await context.ask("late", PLAN)
        await context.commit_point()
        raise ValueError("on the way to the commit")

    run_id = await house.queue(max_attempts=3)
    worker = house.worker({"simple": commits})
    await worker.drain()
    run = await house.run(run_id)
    assert (run.status, run.attempt) == ("FAILED", 2)
    assert "asks 'late' after its commit point" in str(run.error)


# ---- directories


async def test_every_attempt_has_a_directory_of_its_own_that_goes_with_it(house: House) -> None:
    seen: list[Path] = []

    async def work(context: RunContext) -> dict[str, JsonValue]:
        directory = context.directory
        assert (context.directory, directory.stat().st_mode & 0o777) == (directory, 0o700)
        (directory / "locked").mkdir()
        (directory / "locked" / "file").write_text("x")
        (directory / "locked").chmod(0o500)
        (directory / "out").symlink_to(house.database.run_directory)
        seen.append(directory)
        await context.ask("approve/plan", PLAN)
        return {}

    run_id = await house.queue()
    await house.worker({"simple": work}).drain()
    assert [path.name for path in seen] == [f"run-{run_id}-1"]
    assert not seen[0].exists()
    await house.database.write(grant, run_id, YES)
    await house.worker({"simple": work}).drain()
    assert [path.name for path in seen] == [f"run-{run_id}-1", f"run-{run_id}-2"]
    assert not any(path.exists() for path in seen)
    assert house.database.run_directory.exists()


async def test_the_janitor_removes_what_dead_attempts_left_and_nothing_else(house: House) -> None:
    is_working, may_end = asyncio.Event(), asyncio.Event()

    async def work(context: RunContext) -> dict[str, JsonValue]:
        assert context.directory.exists()
        is_working.set()
        await may_end.wait()
        assert context.directory.exists()
        return {}

    run_id = await house.queue()
    worker = house.worker({"simple": work})
    draining = asyncio.create_task(worker.drain())
    await is_working.wait()
    held, lost = (attempt_directory(house.database.run_directory, run_id, fence) for fence in (1, 2))
    (lost / "deep").mkdir(parents=True)
    (lost.parent / "somebody-elses").mkdir()
    await worker._janitor.go_round()
    assert sorted(path.name for path in held.parent.iterdir()) == [held.name, "somebody-elses"]
    may_end.set()
    await draining
    assert (await house.run(run_id)).status == "COMPLETED"


def _value(value: JsonValue) -> Awaitable[JsonValue]:
    async def give() -> JsonValue:
        return value

    return give()
