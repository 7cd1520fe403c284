"""A team that dies again and again: the next attempt goes on, and no finished call is made again."""

import re
from collections import defaultdict
from typing import Any, Final

import pytest

from agent_runner.domain.policy import CommitApproval, ProjectPolicy
from agent_runner.sandbox.level import Level
from agent_runner.store.steps import journal
from agent_runner.worker.context import AttemptContext
from tests.mgx.conftest import Office, weak_sandboxes
from tests.mgx.test_team import on_first_try, on_second_try

MODEL_CALL: Final = re.compile(r"(leader|engineer|tester|reviewer)/\d+/\d+")
ANY_STEP: Final = re.compile(r".*")


def die_after(monkeypatch: pytest.MonkeyPatch, deadly: re.Pattern[str]) -> list[str]:
    """Each attempt that has done a new step of this kind dies before the next step; returns where."""
    step = AttemptContext.step
    done: defaultdict[AttemptContext, list[str]] = defaultdict(list)
    died: list[str] = []

    async def step_or_die(context: AttemptContext, key: str, work: Any, **given: Any) -> Any:
        is_new = key not in context._journal
        if is_new and any(map(deadly.fullmatch, done[context])):
            died.append(key)
            raise ConnectionError(f"planned: before {key}")
        if is_new:
            done[context].append(key)
        return await step(context, key, work, **given)

    monkeypatch.setattr(AttemptContext, "step", step_or_die)
    return died


async def test_a_team_that_dies_before_each_step_in_turn_does_each_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    died = die_after(monkeypatch, ANY_STEP)
    office.sandboxes = weak_sandboxes(Level.L1)
    model = office.model = on_first_try()
    run_id = await office.queue(max_attempts=100)
    result = await office.result(run_id)
    keys = list(await office.house.database.read(journal, run_id))
    assert died == keys[1:]
    assert {"leader/1/1", "engineer/1/1", "tester/1/1", "reviewer/1/1"} < set(keys)
    assert set(model.asked.values()) == {1}
    assert (await office.house.run(run_id)).model_calls == model.asked.total() == 6
    assert (result["accepted"], result["rounds"]) == (True, 1)
    assert (await office.artifacts(run_id))["code/hello.py"] == "OK = True\n"
    types = await office.house.types(run_id)
    assert types.count("MESSAGE") == types.count("AGENT_COMPLETE") == 4


async def test_a_team_that_dies_after_each_model_call_pays_each_once_and_commits_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    died = die_after(monkeypatch, MODEL_CALL)
    office.policy = ProjectPolicy(checks=("grep -q True hello.py",), approve_commits=CommitApproval.NEVER)
    model = office.model = on_second_try()
    run_id = await office.queue(in_project=True, max_attempts=100)
    result = await office.result(run_id)
    run = await office.house.run(run_id)
    assert set(model.asked.values()) == {1}
    assert run.model_calls == model.asked.total() == len(died) == 10
    assert (result["accepted"], result["rounds"]) == (True, 2)
    assert office.git("show", f"agent/run-{run_id}:hello.py") == "OK = True"
    types = await office.house.types(run_id)
    assert (types.count("MESSAGE"), types.count("COMMIT_CREATED")) == (7, 1)
