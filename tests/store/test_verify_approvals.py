"""What questions, answers and commits say is broken by hand, and `verify` names it."""

import pytest

from agent_runner.domain.events import CommitCreated, Log, RunCompleted, new_event
from agent_runner.domain.run import COMPLETE
from agent_runner.store.database import Database
from agent_runner.store.decisions import Rejection, grant, reject
from agent_runner.store.held import Ending, HeldWrite, write_held
from agent_runner.store.verify import verify
from tests.store.conftest import Claim, Queue
from tests.store.test_approvals import OTHER_SHA, SHA, asked, suspending, yes
from tests.store.test_verify import break_by_hand


@pytest.fixture
async def rich(database: Database, queue: Queue, claim_runs: Claim) -> Database:
    """1 COMPLETED with a commit, revised once (approvals 1 and 2) · 2 WAITING (3) · 3 rejected (4)."""
    await queue()
    no = Rejection(decided_by="ada", comment="no", revise=True)
    for turn in (1, 2):
        [run] = await claim_runs()
        await database.write_together(write_held, suspending(run, asked(f"approve/{turn}")))
        await (database.write(reject, 1, no) if turn == 1 else database.write(grant, 1, yes()))
    [run] = await claim_runs()
    commit = CommitCreated(commit="c", branch="b", tree="t", diff_sha=SHA, approval_id=2)
    ending = Ending(move=COMPLETE, event=new_event(RunCompleted()), result="{}")
    events = (new_event(Log(message="hello")), new_event(commit))
    await database.write_together(
        write_held, HeldWrite(run_id=1, fence=run.fence, number=1, events=events, ending=ending)
    )
    for _ in range(2):
        await queue()
    for run in await claim_runs(slots=2):
        await database.write_together(write_held, suspending(run, asked()))
    await database.write(reject, 3, Rejection(decided_by="ada", comment="no"))
    return database


async def test_all_is_well_before_it_is_broken(rich: Database) -> None:
    assert await rich.read(verify) == []


ANOTHER_COMMIT = '{"commit":"d","branch":"b","tree":"t","diff_sha":"x","approval_id":null}'
DAMAGES = [
    (
        "I9",
        "run 1: its approval 2 was decided 2 times",
        (
            "UPDATE events SET payload = replace(payload, '\"approval_id\":1', '\"approval_id\":2')"
            " WHERE type = 'APPROVAL_REJECTED' AND run_id = 1"
        ),
    ),
    (
        "I9",
        "run 1: its approval 1 is REJECTED, and no event says so",
        (
            "UPDATE events SET payload = replace(payload, '\"approval_id\":1', '\"approval_id\":9')"
            " WHERE type = 'APPROVAL_REJECTED' AND run_id = 1"
        ),
    ),
    (
        "I9",
        "run 1: its approval 1 is GRANTED, and was told as APPROVAL_REJECTED",
        "UPDATE approvals SET status = 'GRANTED' WHERE id = 1",
    ),
    (
        "I9",
        "run 3: its approval 4 is REJECTED, and no event has asked it",
        (
            "UPDATE events SET payload = replace(payload, '\"approval_id\":4', '\"approval_id\":9')"
            " WHERE type = 'APPROVAL_REQUESTED' AND run_id = 3"
        ),
    ),
    ("I9", "run 2: is WAITING, and asks nothing", "DELETE FROM approvals WHERE id = 3"),
    (
        "I9",
        "run 3: is CANCELLED, and its approval 4 is open",
        "UPDATE approvals SET status = 'OPEN', decided_at = NULL, decided_by = NULL WHERE id = 4",
    ),
    (
        "I9",
        f"commits the diff {OTHER_SHA}, which approval 2 has not granted",
        f"UPDATE events SET payload = replace(payload, '{SHA}', '{OTHER_SHA}') WHERE type = 'COMMIT_CREATED'",
    ),
    (
        "I9",
        f"commits the diff {SHA}, which approval 1 has not granted",
        (
            "UPDATE events SET payload = replace(payload, '\"approval_id\":2', '\"approval_id\":1')"
            " WHERE type = 'COMMIT_CREATED'"
        ),
    ),
    (
        "I11",
        "run 3: is CANCELLED, and had passed its commit point",
        "UPDATE runs SET committing_at = created_at WHERE id = 3",
    ),
    (
        "I10",
        "run 1: has made 2 commits",
        f"UPDATE events SET type = 'COMMIT_CREATED', payload = '{ANOTHER_COMMIT}' WHERE type = 'LOG'",
    ),
]


@pytest.mark.parametrize(("invariant", "sentence", "statement"), DAMAGES)
async def test_what_is_broken_is_named_and_no_other_invariant(
    rich: Database, url: str, invariant: str, sentence: str, statement: str
) -> None:
    break_by_hand(url, (statement,))
    found = await rich.read(verify)
    assert {violation.invariant for violation in found} == {invariant}
    assert any(sentence in violation.sentence for violation in found), found
