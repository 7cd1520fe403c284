"""How much a run may leave behind: so many files, so many bytes, over all its attempts."""

import pytest
from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.domain import artifact
from agent_runner.domain.artifact import MOST_ARTIFACT_BYTES, MOST_ARTIFACTS, check_room, new_artifact
from agent_runner.errors import InvalidInput
from agent_runner.store.artifacts import list_artifacts
from tests.worker.conftest import House


def test_a_replaced_artifact_takes_no_further_room() -> None:
    full = {f"file-{number}": 1 for number in range(MOST_ARTIFACTS)}
    check_room(full, new_artifact("file-7", b"other", "text/plain"))
    with pytest.raises(InvalidInput, match=f"would be number {MOST_ARTIFACTS + 1} of its run"):
        check_room(full, new_artifact("one-more", b"", "text/plain"))


def test_the_bytes_of_all_artifacts_are_counted() -> None:
    known = {"large": MOST_ARTIFACT_BYTES - 3}
    check_room(known, new_artifact("small", b"123", "text/plain"))
    check_room(known, new_artifact("large", b"1234", "text/plain"))
    with pytest.raises(InvalidInput, match=f"would have {MOST_ARTIFACT_BYTES + 1} bytes"):
        check_room(known, new_artifact("small", b"1234", "text/plain"))


async def test_an_agent_is_told_when_its_run_has_no_room_left_also_by_earlier_attempts(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run fails with the sentence when its agent does not heed it, and keeps what there was room for."""
    monkeypatch.setattr(artifact, "MOST_ARTIFACTS", 2)

    async def leaves_two_each_time(context: RunContext) -> dict[str, JsonValue]:
        if context.attempt == 1:
            context.add_artifact("first", b"1", "text/plain")
            context.add_artifact("second", b"2", "text/plain")
            raise ValueError("once more")
        context.add_artifact("second", b"3", "text/plain")
        context.add_artifact("third", b"4", "text/plain")
        return {}

    run_id = await house.queue(max_attempts=2)
    await house.worker({"simple": leaves_two_each_time}).drain()
    run = await house.run(run_id)
    assert (run.status, run.attempt) == ("FAILED", 2)
    assert "the artifact third would be number 3 of its run, which may have 2" in str(run.error)
    kept = await house.database.read(list_artifacts, run_id)
    assert [(each.path, each.size) for each in kept] == [("first", 1), ("second", 1)]
