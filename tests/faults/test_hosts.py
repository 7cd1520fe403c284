"""A worker that dies with a host at any of its model calls: what was paid and kept is not paid again."""

import json
from pathlib import Path
from typing import Final

import pytest

from tests.databases import copy_of
from tests.faults.boundary import Kind
from tests.faults.conftest import KILLED, Scene, calls_of

QUESTIONS: Final = 7
"""Of MetaGPT's company about two files: three documents, and a file written and reviewed twice."""
KEPT: Final = "write step metagpt/1/model/"

pytestmark = [pytest.mark.processes, pytest.mark.timeout(180)]


@pytest.fixture
def new_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A host hears of the database by its context only, which is tried on both."""
    return copy_of(sqlite_template, tmp_path)


@pytest.mark.parametrize(
    ("kind", "most_calls", "each"),
    [(Kind.KILL_AFTER, QUESTIONS, 1), (Kind.KILL_WITHIN, QUESTIONS + 1, 3)],
    ids=["kept", "not kept"],
)
async def test_a_worker_that_dies_when_an_answer_is_kept_or_is_not(
    scene: Scene, kind: Kind, most_calls: int, each: int
) -> None:
    undisturbed = scene.case()
    await scene.queue_lost_run("metagpt")
    assert await scene.suffer(undisturbed) == 0
    boundaries = [name for name in json.loads(undisturbed.passed.read_text()) if name.startswith(KEPT)]
    assert len(boundaries) == QUESTIONS
    for boundary in boundaries[::each]:
        case = scene.case(boundary=boundary, kind=kind)
        run_id = await scene.queue_lost_run("metagpt")
        assert await scene.suffer(case) == KILLED
        run = await scene.heal(case, run_id)
        assert run.status == "COMPLETED", run.error
        assert calls_of(case).total() == most_calls, boundary
        assert run.model_calls == QUESTIONS, "usage counts what is kept, once"
        types = await scene.types(run_id)
        assert types.count("MODEL_CALL") == QUESTIONS
        assert await scene.violations() == []
