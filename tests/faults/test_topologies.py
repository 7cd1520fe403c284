"""Workers that are killed again and again within a topology: the same result, and no finished answer is paid again."""

import json
import random
from collections.abc import Collection
from typing import Final

import pytest

from agent_runner.domain.topology import TopologyType
from agent_runner.store.run_queries import RunRecord
from agent_runner.store.steps import journal
from tests.faults.boundary import Kind
from tests.faults.conftest import KILLED, Scene
from tests.faults.worker import Case
from tests.runners.casts import TOPOLOGIES, composed

DEADLY: Final = (Kind.KILL_BEFORE, Kind.KILL_WITHIN, Kind.KILL_AFTER)
KILLS: Final = 5

pytestmark = [pytest.mark.processes, pytest.mark.timeout(120)]


@pytest.mark.parametrize("runner", ["local", "async"])
@pytest.mark.parametrize("topology", TOPOLOGIES, ids=lambda topology: topology.name)
async def test_kills_anywhere_change_no_result_and_repeat_no_finished_answer(
    scene: Scene, topology: TopologyType, runner: str, request: pytest.FixtureRequest
) -> None:
    chance = random.Random(request.node.name)
    expected, boundaries = await _undisturbed(scene, topology, runner)
    run_id = await _queued(scene, topology, runner)
    answered: set[str] = set()
    calls = kills = 0
    while kills < KILLS:
        # Not too late in the attempt: the others must find something to die of.
        fault = f"any#{chance.randint(4, max(6, boundaries // 3))}"
        case = scene.case(boundary=fault, kind=chance.choice(DEADLY))
        code = await scene.suffer(case)
        calls += _not_repeated(case, answered, f"{fault}, {case.kind}")
        answered = await _finished(scene, run_id)
        if code != KILLED:
            break
        kills += 1
    healthy = scene.case()
    run = await scene.heal(healthy, run_id)
    calls += _not_repeated(healthy, answered, "in the end")
    assert (run.status, run.error, run.result) == ("COMPLETED", None, expected.result)
    assert run.model_calls == expected.model_calls, "usage counts what is kept, once"
    at_once = 1 if runner == "local" else 10
    assert calls <= expected.model_calls + kills * at_once, "only what is in flight is asked again"
    assert await scene.violations() == []
    assert kills >= 4, "too few of them died for this to prove anything"


async def _undisturbed(scene: Scene, topology: TopologyType, runner: str) -> tuple[RunRecord, int]:
    """The run that nothing happens to, and how many boundaries it passes."""
    case = scene.case()
    run_id = await _queued(scene, topology, runner)
    assert await scene.suffer(case) == 0
    run = await scene.run(run_id)
    assert run.status == "COMPLETED", run.error
    assert len(case.calls.read_text().split()) == run.model_calls
    return run, len(json.loads(case.passed.read_text()))


async def _queued(scene: Scene, topology: TopologyType, runner: str) -> int:
    return await scene.queue_lost_run(f"topology:{topology.name}", composition=composed(topology, runner=runner))


async def _finished(scene: Scene, run_id: int) -> set[str]:
    """The hashes of all questions whose answers are in the journal."""
    return {step.input_hash for step in (await scene.database.read(journal, run_id)).values()}


def _not_repeated(case: Case, answered: Collection[str], where: str) -> int:
    """How many calls there were."""
    asked = case.calls.read_text().split() if case.calls.exists() else []
    assert not set(asked) & set(answered), f"asked again what is in the journal: {where}"
    return len(asked)
