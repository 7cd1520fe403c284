"""A fault at every boundary between a question and the commit: asked once, decided once, committed once."""

import json
import re
from collections import Counter
from typing import Any

import pytest

from agent_runner.domain.run import RunStatus
from agent_runner.store.approvals import list_approvals
from tests.faults.asking import SHA
from tests.faults.boundary import Kind
from tests.faults.conftest import KILLED, Scene
from tests.faults.worker import Case, Request

ASKS = ["write step prepare#1", "write SUSPEND#1"]
COMMITS = ["claim#1", "write step approve/1#1", "begin_commit#1", "write step commit#1", "write COMPLETE#1"]
"""All that is written until the run waits, and all after it was answered. What every attempt has is in test_attempt."""
DEADLY = {Kind.KILL_BEFORE, Kind.KILL_WITHIN, Kind.KILL_AFTER}
IS_DONE = {Kind.KILL_AFTER, Kind.UNHEARD}
WAITING = {RunStatus.WAITING}

pytestmark = [pytest.mark.processes, pytest.mark.timeout(120)]


def approve(run_id: int) -> Request:
    return Request(method="POST", path=f"/runs/{run_id}/approve", body={"diff_sha": SHA})


def cancel(run_id: int) -> Request:
    return Request(method="POST", path=f"/runs/{run_id}/cancel", body={})


async def approved_run(scene: Scene, case: Case) -> int:
    """A run that was asked about, and goes on with a yes."""
    run_id = await scene.queue_lost_run("asking")
    assert (await scene.heal(case, run_id, until=WAITING)).status == "WAITING"
    assert (await scene.ask(approve(run_id)))[0] == 200
    return run_id


def passed_by(case: Case) -> list[str]:
    """What a healthy worker has written, but for what every worker writes or comes with the clock."""
    common = r"register#|sign_off#|claim#[2-9]|renew#|look_after_runs#|write events#"
    return [name for name in json.loads(case.passed.read_text()) if not re.match(common, name)]


async def test_every_boundary_is_known(scene: Scene) -> None:
    case = scene.case()
    run_id = await scene.queue_lost_run("asking")
    assert await scene.suffer(case) == 0
    assert passed_by(case) == ["claim#1", *ASKS]
    assert (await scene.ask(approve(run_id)))[0] == 200
    assert await scene.suffer(case) == 0
    assert passed_by(case) == COMMITS
    assert await wrong(scene, case, run_id, {"prepare": 1, "commit": 1}) == []


@pytest.mark.parametrize("kind", list(Kind))
async def test_a_question_survives_a_fault_at_every_boundary(scene: Scene, kind: Kind) -> None:
    found: dict[str, list[str]] = {}
    for boundary in ASKS:
        case = scene.case(boundary=boundary, kind=kind)
        run_id = await scene.queue_lost_run("asking")
        code = await scene.suffer(case)
        waiting = await scene.heal(case, run_id, until=WAITING)
        answered, _ = await scene.ask(approve(run_id))
        await scene.heal(case, run_id)
        expected = {"prepare": 1 + is_done_again(case, "prepare"), "commit": 1}
        wrongs = [*unexpected(case, code), *await wrong(scene, case, run_id, expected)]
        if wrongs or (waiting.status, waiting.lease_owner, answered) != ("WAITING", None, 200):
            found[boundary] = [f"{waiting.status}, then answered {answered}", *wrongs]
    assert found == {}


@pytest.mark.parametrize("kind", list(Kind))
async def test_a_commit_survives_a_fault_at_every_boundary(scene: Scene, kind: Kind) -> None:
    found: dict[str, list[str]] = {}
    for boundary in COMMITS:
        case = scene.case(boundary=boundary, kind=kind)
        run_id = await approved_run(scene, case)
        code = await scene.suffer(case)
        await scene.heal(case, run_id)
        expected = {"prepare": 1, "commit": 1 + is_done_again(case, "commit")}
        if wrongs := [*unexpected(case, code), *await wrong(scene, case, run_id, expected)]:
            found[boundary] = wrongs
    assert found == {}


@pytest.mark.parametrize("kind", list(Kind))
async def test_an_answer_that_is_repeated_after_a_fault_is_given_once(scene: Scene, kind: Kind) -> None:
    case = scene.case()
    run_id = await scene.queue_lost_run("asking")
    await scene.heal(case, run_id, until=WAITING)
    faulty = scene.case(boundary="grant#1", kind=kind, request=approve(run_id))
    code = await scene.suffer(faulty)
    assert (code, faulty.answer.exists()) == ((KILLED, False) if kind in DEADLY else (0, True))
    assert (await scene.run(run_id)).status == ("QUEUED" if kind in IS_DONE else "WAITING")
    assert [(await scene.ask(approve(run_id)))[0] for _ in range(2)] == [200, 200]
    await scene.heal(case, run_id)
    assert await wrong(scene, case, run_id, {"prepare": 1, "commit": 1}) == []


@pytest.mark.parametrize("kind", sorted(DEADLY))
async def test_a_worker_that_dies_at_the_commit_point_leaves_it_decided(scene: Scene, kind: Kind) -> None:
    """Between a cancel and the commit: either the one is refused, or the other never happens."""
    case = scene.case(boundary="begin_commit#1", kind=kind)
    run_id = await approved_run(scene, case)
    assert await scene.suffer(case) == KILLED
    status, said = await scene.ask(cancel(run_id))
    run, types = await scene.heal(case, run_id), await scene.types(run_id)
    if kind in IS_DONE:
        assert (status, said["detail"]) == (409, f"too late: run {run_id} is committing")
        assert (run.status, types.count("COMMIT_CREATED"), notes(case)["commit"]) == ("COMPLETED", 1, 1)
    else:
        assert (status, run.status, notes(case)["commit"]) == (202, "CANCELLED", 0)
        assert "COMMIT_CREATED" not in types
    assert await scene.violations() == []


# ---- what must be true


def notes(case: Case) -> Counter[str]:
    return Counter(case.notes.read_text().split())


def is_done_again(case: Case, step: str) -> int:
    """What was in flight when its worker died is done at least once, and all else exactly once."""
    return int(case.boundary == f"write step {step}#1" and case.kind in {Kind.KILL_BEFORE, Kind.KILL_WITHIN})


def unexpected(case: Case, code: int) -> list[str]:
    expected = KILLED if case.kind in DEADLY else 0
    return [] if code == expected else [f"the process ended with {code}: the fault did not happen"]


async def wrong(scene: Scene, case: Case, run_id: int, done: dict[str, int]) -> list[str]:
    """Everything that is not as it must be once the run has ended."""
    run, types, steps = await scene.run(run_id), await scene.types(run_id), await scene.steps(run_id)
    asked = await scene.database.read(list_approvals, status=None, run_id=run_id, after_id=None, limit=9)
    once = ["APPROVAL_REQUESTED", "APPROVAL_GRANTED", "ARTIFACT_CREATED", "COMMIT_CREATED", "RUN_COMPLETED"]
    checks: dict[str, Any] = {
        f"the run is {run.status}: {run.error}": run.status == "COMPLETED",
        f"{run.attempt} attempts": run.attempt <= 3,  # the one that was lost before, the one with the fault, one more
        f"asked {asked}": [(each.key, each.status) for each in asked] == [("approve/1", "GRANTED")],
        f"finished steps: {steps}": steps == ["prepare", "approve/1", "commit"],
        f"really done: {notes(case)}": notes(case) == done,
        f"events: {types}": all(types.count(kind) == 1 for kind in once),
    }
    return [sentence for sentence, is_so in checks.items() if not is_so] + await scene.violations()
