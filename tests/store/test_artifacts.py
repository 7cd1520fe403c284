"""Files that runs leave behind: written under the fence, replaced by path, gone with their run."""

import pytest

from agent_runner.domain.artifact import LARGEST_ARTIFACT_BYTES, new_artifact
from agent_runner.domain.events import Log, RunCompleted, new_event
from agent_runner.domain.run import COMPLETE
from agent_runner.errors import InvalidInput, LeaseLost, NotFound
from agent_runner.store.artifacts import get_artifact, list_artifacts
from agent_runner.store.database import Database
from agent_runner.store.held import Ending, HeldWrite, write_held
from agent_runner.store.leases import return_lost
from agent_runner.store.runs import delete_final
from tests.store.conftest import Claim, HandClock, Queue

LOG = (new_event(Log(message="hello")),)
BYTES = bytes(range(256))


async def test_an_artifact_is_kept_byte_for_byte_and_replaced_by_its_path(
    database: Database, queue: Queue, claim_runs: Claim
) -> None:
    await queue()
    [run] = await claim_runs()
    for number, content in enumerate([b"old", BYTES], start=1):
        added = (new_artifact("b/diff.patch", content, "text/x-diff"), new_artifact("a.txt", b"", "text/plain"))
        write = HeldWrite(run_id=run.id, fence=run.fence, number=number, events=LOG, artifacts=added)
        await database.write_together(write_held, write)
    listed = await database.read(list_artifacts, run.id)
    assert [(artifact.path, artifact.size) for artifact in listed] == [("a.txt", 0), ("b/diff.patch", 256)]
    record, content = await database.read(get_artifact, run.id, "b/diff.patch")
    assert (content, record.media_type, record.sha256) == (
        BYTES,
        "text/x-diff",
        "40aff2e9d2d8922e47afd4648e6967497158785fbd1da870e7110266bf944880",
    )
    with pytest.raises(NotFound, match="has no artifact 'b'"):
        await database.read(get_artifact, run.id, "b")


async def test_who_lost_the_lease_leaves_no_artifact_and_a_deleted_run_none_either(
    database: Database, queue: Queue, claim_runs: Claim, clock: HandClock
) -> None:
    run_id = await queue()
    [lost] = await claim_runs()
    clock.advance(31)
    await database.write(return_lost, [])
    added = (new_artifact("a.txt", b"a", "text/plain"),)
    with pytest.raises(LeaseLost):
        await database.write_together(
            write_held, HeldWrite(run_id=run_id, fence=lost.fence, number=1, events=LOG, artifacts=added)
        )
    assert await database.read(list_artifacts, run_id) == []
    [held] = await claim_runs()
    ending = Ending(move=COMPLETE, event=new_event(RunCompleted()), result="{}")
    await database.write_together(
        write_held, HeldWrite(run_id=run_id, fence=held.fence, number=1, artifacts=added, ending=ending)
    )
    assert len(await database.read(list_artifacts, run_id)) == 1
    await database.write(delete_final, run_id)
    assert await database.read(list_artifacts, run_id) == []


@pytest.mark.parametrize(
    "path",
    ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/", "a\\b", "C:x", "a\0b", "a\nb", "\ud800", "x" * 501],
)
def test_a_path_that_could_lead_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be used"):
        new_artifact(path, b"", "text/plain")


def test_a_file_that_is_too_large_and_a_media_type_that_is_none_are_refused() -> None:
    with pytest.raises(InvalidInput, match="has 16777217 bytes"):
        new_artifact("a", b"x" * (LARGEST_ARTIFACT_BYTES + 1), "text/plain")
    with pytest.raises(InvalidInput, match="media type"):
        new_artifact("a", b"", "text/plain\r\nX-Evil: 1")
