"""A fault at every boundary of an attempt: the run ends well, and what was finished is not done again."""

import json
import re

import pytest

from tests.faults.boundary import Kind
from tests.faults.conftest import KILLED, Scene, calls_of
from tests.faults.worker import Case

STEPS = ["plan", "execute/1", "execute/2", "execute/3"]
EXPECTED = {
    "register#1",
    "look_after_runs#1",
    "claim#1",
    "renew#1",
    "renew#2",
    "sign_off#1",
    "write COMPLETE#1",
    *(f"write events#{number}" for number in range(1, 5)),
    *(f"write step {key}#1" for key in STEPS),
    *(f"model {key}#1" for key in STEPS),
}
"""What must be among the boundaries; there may be more of them one day, and they are tried as well."""
KINDS_OF_MODEL = {Kind.KILL_BEFORE, Kind.KILL_AFTER, Kind.RAISE, Kind.UNHEARD}

pytestmark = [pytest.mark.processes, pytest.mark.timeout(120)]


async def boundaries_of_a_run(scene: Scene) -> list[str]:
    """Counted in a run that nothing happens to. What comes with the clock is tried as often as every run has it."""
    case = scene.case()
    run_id = await scene.queue_lost_run()
    assert await scene.suffer(case) == 0
    assert (await scene.run(run_id)).status == "COMPLETED"
    passed = json.loads(case.passed.read_text())
    return [name for name in passed if name in EXPECTED or not re.match(r"claim#|renew#|look_after_runs#", name)]


@pytest.mark.parametrize("kind", list(Kind))
async def test_a_run_survives_a_fault_at_every_boundary(scene: Scene, kind: Kind) -> None:
    boundaries = await boundaries_of_a_run(scene)
    assert EXPECTED - set(boundaries) == set()
    wrong: dict[str, list[str]] = {}
    for boundary in boundaries:
        if boundary.startswith("model ") and kind not in KINDS_OF_MODEL:
            continue
        if found := await what_goes_wrong(scene, scene.case(boundary=boundary, kind=kind)):
            wrong[boundary] = found
    assert wrong == {}


async def what_goes_wrong(scene: Scene, case: Case) -> list[str]:
    """Everything that is not as it must be, after the fault and a healthy worker."""
    run_id = await scene.queue_lost_run()
    code = await scene.suffer(case)
    run = await scene.heal(case, run_id)
    types, calls = await scene.types(run_id), calls_of(case)
    expected = KILLED if is_deadly(case) else 0
    checks = {
        f"the process ended with {code}: the boundary was not reached, or the fault did not happen": code == expected,
        f"the run is {run.status}: {run.error}": run.status == "COMPLETED",
        f"finished steps: {await scene.steps(run_id)}": await scene.steps(run_id) == STEPS,
        f"model calls: {dict(calls)}": set(calls) == set(STEPS) and calls.total() <= len(STEPS) + calls_in_vain(case),
        f"{run.model_calls} model calls are paid": run.model_calls == len(STEPS),
        f"{run.attempt} attempts": run.attempt <= 3,  # the one that was lost before, the one with the fault, one more
        f"events: {types}": types.count("PLAN_GENERATED") == types.count("RUN_COMPLETED") == 1
        and len(STEPS) - 1 <= types.count("EXECUTING") <= len(STEPS) - 1 + is_step_begun_again(case),
    }
    return [sentence for sentence, is_so in checks.items() if not is_so] + await scene.violations()


def calls_in_vain(case: Case) -> int:
    """How many calls the fault may cost: one, if it was made and was not yet durable when its process lost it."""
    name = case.boundary.partition("#")[0]
    if name.startswith("model "):
        return int(case.kind in {Kind.KILL_AFTER, Kind.UNHEARD})
    if name.startswith("write step "):
        return int(case.kind in {Kind.KILL_BEFORE, Kind.KILL_WITHIN})
    return int(name == "renew" and is_deadly(case))


def is_step_begun_again(case: Case) -> int:
    name = case.boundary.partition("#")[0]
    return int(name.startswith("model ") or calls_in_vain(case) > 0 or (name == "write events" and is_deadly(case)))


def is_deadly(case: Case) -> bool:
    """Otherwise the process lives and asks again."""
    return case.kind not in {Kind.RAISE, Kind.UNHEARD}
