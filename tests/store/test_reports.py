"""What steps on other machines report: known by a token of their claim, the first report of a key stands."""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from agent_runner.domain.events import RunCompleted, RunRetryScheduled, new_event
from agent_runner.domain.outcome import Reply
from agent_runner.domain.redaction import NOTHING_SECRET, Redaction
from agent_runner.domain.report import LARGEST_REPORT_BYTES, CallReport, KnownCall, PaidCall
from agent_runner.domain.run import COMPLETE, RETRY
from agent_runner.errors import BodyTooLarge, Conflict, Forbidden, LeaseLost, Unauthorized
from agent_runner.store.database import Database
from agent_runner.store.forks import ForkWanted, fork
from agent_runner.store.held import Ending, HeldWrite, write_held
from agent_runner.store.reports import add_report, fence_of, give_token, known_of, reports_of
from agent_runner.store.retention import remove
from agent_runner.store.runs import ClaimedRun, delete_final
from agent_runner.store.session import ReadSession
from agent_runner.store.steps import FinishedStep
from agent_runner.store.tables import reports, run_tokens
from agent_runner.store.verify import verify
from tests.store.conftest import Claim, HandClock, Queue
from tests.store.test_verify import break_by_hand

ONE, OTHER = "1" * 64, "2" * 64
KEY = "debate/round-1/pro"


def answered(text: str = "Yes.", input_hash: str = ONE) -> CallReport:
    return CallReport(input_hash=input_hash, reply=Reply(node="pro", agent="ann", text=text), seconds=1.5)


def failed(sentence: str = "pro has failed", input_hash: str = ONE) -> CallReport:
    return CallReport(input_hash=input_hash, failed=sentence, seconds=0.5)


@dataclass
class Held:
    """A run, as the worker that holds it sees it."""

    database: Database
    queue: Queue
    claim: Claim
    clock: HandClock

    async def run(self) -> ClaimedRun:
        await self.queue()
        [run] = await self.claim()
        return run

    async def report(self, run: ClaimedRun, report: CallReport, key: str = KEY) -> tuple[KnownCall, bool]:
        text = report.as_text(NOTHING_SECRET)
        return await self.database.write(add_report, run.id, run.fence, key, text)

    async def known(self, run: ClaimedRun, input_hash: str = ONE, key: str = KEY) -> KnownCall | None:
        return await self.database.read(known_of, run.id, run.fence, key, input_hash)

    async def again(self, run: ClaimedRun, *steps: FinishedStep) -> ClaimedRun:
        """The run under its next claim, with what this one has finished."""
        event = new_event(RunRetryScheduled(error="x", attempt=1, delay_seconds=0))
        await self.end(run, Ending(move=RETRY, event=event, error="x"), steps)
        [next_one] = await self.claim()
        return next_one

    async def end(self, run: ClaimedRun, ending: Ending, steps: tuple[FinishedStep, ...] = ()) -> None:
        await self.database.write_together(
            write_held, HeldWrite(run_id=run.id, fence=run.fence, number=1, steps=steps, ending=ending)
        )

    async def complete(self, run: ClaimedRun, *steps: FinishedStep) -> None:
        await self.end(run, Ending(move=COMPLETE, event=new_event(RunCompleted()), result="{}"), steps)

    def step(self, output: object, key: str = KEY, input_hash: str = ONE) -> FinishedStep:
        now = self.clock.now
        return FinishedStep(
            key=key, position=1, input_hash=input_hash, output=json.dumps(output), started_at=now, finished_at=now
        )


@pytest.fixture
def held(database: Database, queue: Queue, claim_runs: Claim, clock: HandClock) -> Held:
    return Held(database, queue, claim_runs, clock)


async def test_a_token_is_good_while_its_claim_holds_the_run(held: Held) -> None:
    run, database = await held.run(), held.database
    token = await database.write(give_token, run.id, run.fence)
    assert await database.read(fence_of, run.id, token) == run.fence
    following = await held.again(run)
    with pytest.raises(Conflict, match=f"token of run {run.id} is not good any more: another attempt"):
        await database.read(fence_of, run.id, token)
    newer = await database.write(give_token, run.id, following.fence)
    assert await database.read(fence_of, run.id, newer) == following.fence
    await held.complete(following)
    with pytest.raises(Conflict, match="the run is COMPLETED"):
        await database.read(fence_of, run.id, newer)


async def test_a_token_between_two_claims_is_dead_already(held: Held) -> None:
    run = await held.run()
    token = await held.database.write(give_token, run.id, run.fence)
    event = new_event(RunRetryScheduled(error="x", attempt=1, delay_seconds=60))
    await held.end(run, Ending(move=RETRY, event=event, error="x", delay_seconds=60))
    with pytest.raises(Conflict, match="the run is QUEUED"):
        await held.database.read(fence_of, run.id, token)
    with pytest.raises(LeaseLost):
        await held.database.write(give_token, run.id, run.fence)


async def test_the_second_token_of_a_claim_ends_the_first_and_none_is_kept_in_the_clear(held: Held) -> None:
    run, database = await held.run(), held.database
    first, second = [await database.write(give_token, run.id, run.fence) for _ in range(2)]
    assert first != second
    assert await database.read(fence_of, run.id, second) == run.fence
    for nothing in (first, "", second[:-1], f"{second}x", second.upper()):
        with pytest.raises(Unauthorized):
            await database.read(fence_of, run.id, nothing)
    [kept] = await database.read(lambda session: session.rows(select(run_tokens)))
    assert len(kept.sha256) == 64
    assert second not in str(kept)
    assert NOTHING_SECRET(f"it is {second}.") == "it is ***."


async def test_a_token_opens_no_other_run(held: Held) -> None:
    run, other = await held.run(), await held.run()
    token = await held.database.write(give_token, run.id, run.fence)
    await held.database.write(give_token, other.id, other.fence)
    for run_id in (other.id, 12345):
        with pytest.raises(Forbidden, match=f"one of run {run.id}, and not of run {run_id}"):
            await held.database.read(fence_of, run_id, token)


async def test_the_first_report_of_a_call_stands(held: Held) -> None:
    run = await held.run()
    assert await held.known(run) is None
    assert await held.report(run, answered("Yes.")) == (KnownCall(report=answered("Yes.")), True)
    for later in (answered("No."), failed()):
        assert await held.report(run, later) == (KnownCall(report=answered("Yes.")), False)
    assert await held.known(run) == KnownCall(report=answered("Yes."))
    assert await held.known(run, key="debate/round-1/con") is None


async def test_reports_of_one_call_at_the_same_moment_agree(held: Held, url: str) -> None:
    run = await held.run()
    async with AsyncExitStack() as stack:
        databases = [held.database]
        for _ in range(3):
            another = await Database.open(url, clock=held.clock)
            stack.push_async_callback(another.close)
            databases.append(another)
        for key in map(str, range(20)):
            texts = [answered(f"Answer {number}").as_text(NOTHING_SECRET) for number in range(len(databases))]
            writes = zip(databases, texts, strict=True)
            told = await asyncio.gather(*(to.write(add_report, run.id, run.fence, key, text) for to, text in writes))
            assert [is_new for _, is_new in told].count(True) == 1
            assert len({known.model_dump_json() for known, _ in told}) == 1


async def test_an_answer_outlives_its_claim_and_a_failure_does_not(held: Held) -> None:
    run = await held.run()
    await held.report(run, answered())
    await held.report(run, failed("con has failed"), key="con")
    assert await held.report(run, answered(), key="con") == (KnownCall(report=failed("con has failed")), False)
    following = await held.again(run)
    assert await held.known(following) == KnownCall(report=answered())
    assert await held.known(following, key="con") is None
    assert await held.report(following, failed("again"), key="con") == (KnownCall(report=failed("again")), True)
    with pytest.raises(Conflict, match="no longer held under fence"):
        await held.report(run, answered("too late"), key="con")
    assert await held.known(following, key="con") == KnownCall(report=failed("again"))


async def test_a_run_that_has_ended_takes_no_report(held: Held) -> None:
    run = await held.run()
    await held.complete(run)
    with pytest.raises(Conflict, match="no longer held"):
        await held.report(run, answered())


async def test_an_answer_to_another_question_counts_for_nobody_later_and_is_a_conflict_now(held: Held) -> None:
    run = await held.run()
    await held.report(run, answered())
    for asking in (held.known(run, OTHER), held.report(run, answered("Other.", OTHER))):
        with pytest.raises(Conflict, match="recorded with another input"):
            await asking
    following = await held.again(run)
    assert await held.known(following, OTHER) is None
    assert await held.report(following, answered("Other.", OTHER)) == (
        KnownCall(report=answered("Other.", OTHER)),
        True,
    )


async def test_what_the_journal_has_comes_first(held: Held) -> None:
    run = await held.run()
    reply = Reply(node="pro", agent="ann", text="From the journal.")
    following = await held.again(run, held.step(reply.model_dump(mode="json")))
    known = await held.known(following)
    assert known is not None
    assert known.report is not None
    assert known.report.reply == reply
    assert await held.report(following, answered("New.")) == (known, False)
    with pytest.raises(Conflict, match="recorded with another input"):
        await held.known(following, OTHER)


async def test_a_step_that_is_no_call_is_a_conflict(held: Held) -> None:
    following = await held.again(await held.run(), held.step({"text": "a model's answer"}))
    with pytest.raises(Conflict, match="is no agent's call"):
        await held.known(following)


async def test_what_a_topology_goes_on_without_is_not_asked_for(held: Held) -> None:
    group = "ensemble/members/settled"
    gone = {"ensemble/member/2": "two has failed", "ensemble/member/3": "three has failed"}
    following = await held.again(await held.run(), held.step(gone, key=group))
    for key in ("ensemble/member/2", "ensemble/member/3/debate/round-1/pro"):
        assert await held.known(following, key=key) == KnownCall(settled={group: gone})
    for key in ("ensemble/member/1", "ensemble/member/22"):
        assert await held.known(following, key=key) is None


async def test_a_fork_copies_the_journal_and_no_report_and_leaves_what_it_asks_otherwise(held: Held) -> None:
    run = await held.run()
    token = await held.database.write(give_token, run.id, run.fence)
    await held.report(run, answered(), key="reported")
    reply = Reply(node="pro", agent="ann", text="Copied.")
    await held.complete(run, held.step(reply.model_dump(mode="json")))
    forked = await held.database.write(fork, ForkWanted(run_id=run.id, max_attempts=3))
    [claimed] = await held.claim()
    assert claimed.id == forked.id
    known = await held.known(claimed)
    assert known is not None
    assert known.report is not None
    assert known.report.reply == reply
    assert await held.known(claimed, OTHER) is None
    assert await held.report(claimed, answered("Mine.", OTHER)) == (KnownCall(report=answered("Mine.", OTHER)), True)
    assert await held.known(claimed, key="reported") is None
    with pytest.raises(Forbidden):
        await held.database.read(fence_of, claimed.id, token)


async def test_the_worker_reads_answers_of_all_claims_and_failures_of_its_own(held: Held) -> None:
    run = await held.run()
    await held.report(run, answered(), key="a")
    await held.report(run, failed(), key="b")
    following = await held.again(run)
    await held.report(following, failed(), key="c")
    await held.report(following, answered(), key="not asked for")
    found = await held.database.read(reports_of, run.id, following.fence, ["a", "b", "c", "d"])
    assert {key: (each.fence, each.report) for key, each in found.items()} == {
        "a": (run.fence, answered()),
        "c": (following.fence, failed()),
    }
    assert await held.database.read(reports_of, run.id, following.fence, []) == {}


@pytest.mark.parametrize("way", ["deleted", "pruned"])
async def test_what_was_reported_goes_with_its_run(held: Held, way: str) -> None:
    run, database = await held.run(), held.database
    await database.write(give_token, run.id, run.fence)
    await held.report(run, answered())
    await held.complete(run)
    assert await database.read(verify) == []
    if way == "deleted":
        await database.write(delete_final, run.id)
    else:
        held.clock.advance(86_400)
        assert (await database.write(remove, [run.id], 0.5)).runs == 1
    for all_of_it in (select(reports.c.run_id), select(run_tokens.c.run_id)):
        assert await database.read(ReadSession.rows, all_of_it) == []


def test_a_report_holds_no_secret_and_stays_json() -> None:
    secret, looks_like_one = "a-configured-secret", "sk-abcdefghijklmnopqrstuvwx"
    redaction = Redaction([secret])
    call = PaidCall(
        model="m", input_tokens=1, output_tokens=1, cost_usd=None, duration_ms=1, fallback=f"it said {looks_like_one}"
    )
    reply = Reply(node="pro", agent="ann", text=f"{secret} {looks_like_one}", data={"key": [secret]})
    told = CallReport.model_validate_json(
        CallReport(input_hash=ONE, reply=reply, seconds=1, model_calls=(call,)).as_text(redaction)
    )
    assert told.reply is not None
    assert (told.reply.text, told.reply.data) == (f"*** {looks_like_one}", {"key": ["***"]})
    assert told.model_calls[0].fallback == "it said ***"
    sentence = f"{secret} {looks_like_one} -----BEGIN PRIVATE KEY-----\nMII"
    told = CallReport.model_validate_json(failed(sentence).as_text(redaction))
    assert told == failed("*** *** ***")


def test_a_report_has_one_of_both_and_a_size() -> None:
    with pytest.raises(ValidationError, match="either reply or failed"):
        CallReport(input_hash=ONE, seconds=1)
    with pytest.raises(ValidationError, match="either reply or failed"):
        CallReport(input_hash=ONE, reply=answered().reply, failed="both", seconds=1)
    with pytest.raises(BodyTooLarge, match=f"at most {LARGEST_REPORT_BYTES}"):
        answered("\u20ac" * (LARGEST_REPORT_BYTES // 3 + 1)).as_text(NOTHING_SECRET)
    assert CallReport.model_validate_json(answered("\ud800").as_text(NOTHING_SECRET)) == answered("?")


@pytest.mark.parametrize("table", ["reports", "run_tokens"])
async def test_what_was_reported_of_no_run_or_under_no_claim_is_named(held: Held, url: str, table: str) -> None:
    run = await held.run()
    row = "'key', 2, '{}', '2026-01-01'" if table == "reports" else "2, 'a hash'"
    break_by_hand(url, (f"INSERT INTO {table} VALUES ({run.id}, {row})",))
    [found] = await held.database.read(verify)
    assert (found.invariant, found.run_id) == ("I4", run.id)
    assert "fence 2" in found.sentence
    await held.again(run)
    assert await held.database.read(verify) == []
    break_by_hand(url, (f"INSERT INTO {table} VALUES (9, {row.replace('a hash', 'another')})",))
    [found] = await held.database.read(verify)
    assert found.invariant == "I17"
    assert table in found.sentence
