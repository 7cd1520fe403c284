"""The team at work: who says what in which round, where it ends, and what becomes of it."""

import json
from typing import Any

import pytest

from agent_runner.agents.mgx.options import options_of
from agent_runner.domain.policy import CommitApproval, ProjectPolicy
from agent_runner.errors import PermanentAgentError
from agent_runner.llm.demo import DemoModel
from agent_runner.sandbox.level import Level
from tests.coder.coding_model import wrote
from tests.mgx.conftest import Office, weak_sandboxes
from tests.mgx.team_model import TeamModel, accepts, sends_back

ROLES = ("leader", "engineer", "tester", "reviewer")
TEST = """import unittest
import hello

class T(unittest.TestCase):
    def test(self):
        self.assertTrue(hello.OK)
"""
MAKE = """import os
os.symlink("/etc/passwd", "link")
open("b.bin", "wb").write(bytes(range(256)))
open("a:b", "w").write("x")
"""
DONE = "Greet\n\nIt greets."


def on_first_try() -> TeamModel:
    return TeamModel(
        engineer=[[wrote("hello.py", "OK = True\n"), DONE]], tester=[[wrote("test_hello.py", TEST), "It works"]]
    )


def on_second_try(**more: Any) -> TeamModel:
    return TeamModel(
        engineer=[
            [wrote("hello.py", "OK = False\n"), "Begin"],
            [("edit_file", {"path": "hello.py", "old": "False", "new": "True"}), DONE],
        ],
        tester=[[wrote("test_hello.py", TEST), "It fails"], ["It works now"]],
        reviewer=[[sends_back("hello.py: OK must be True")], [accepts("hello.py could be longer")]],
        **more,
    )


async def test_without_a_project_the_files_become_artifacts_and_the_result_says_who_found_what(office: Office) -> None:
    office.model = on_first_try()
    run_id = await office.queue()
    result = await office.result(run_id)
    assert await office.artifacts(run_id) == {"code/hello.py": "OK = True\n", "code/test_hello.py": TEST}
    assert (result["accepted"], result["rounds"], result["files"]) == (True, 1, ["hello.py", "test_hello.py"])
    assert (result["summary"], result["review"]["summary"], result["plan"]) == (DONE, "It is good.", ["Do it"])
    if office.holds_well:
        [check] = result["checks"]
        assert (check["command"], check["ok"]) == ("python3 -m unittest -v", True)
        assert "test (test_hello.T" in office.model.told["reviewer/1/1"]
    each = await office.told(run_id, "AGENT_COMPLETE", "MESSAGE")
    assert each == [(role, kind) for role in ROLES for kind in ("MESSAGE", "AGENT_COMPLETE")]
    calls = await office.told(run_id, "MODEL_CALL")
    assert list(dict.fromkeys(role for role, _ in calls)) == list(ROLES)
    changed = await office.told(run_id, "FILE_CHANGED")
    assert [role for role, _ in changed] == ["engineer", "tester"]


async def test_what_the_reviewer_finds_goes_back_to_engineer_and_tester(office: Office) -> None:
    model = office.model = on_second_try()
    run_id = await office.queue()
    result = await office.result(run_id)
    assert (result["accepted"], result["rounds"]) == (True, 2)
    assert result["review"]["findings"] == ["hello.py could be longer"]
    assert "warning" not in result
    for turn in ("engineer/2/1", "tester/2/1", "reviewer/2/1"):
        assert "1. hello.py: OK must be True" in model.told[turn]
    assert "It works now" in model.told["reviewer/2/1"]
    assert "+OK = True" in model.told["reviewer/2/1"]
    if office.holds_well:
        assert "FAILED" in model.told["reviewer/1/1"]
    assert set(model.asked.values()) == {1}
    run = await office.house.run(run_id)
    assert (run.iteration, run.progress) == (2, 1.0)


@pytest.mark.parametrize(("max_rounds", "config", "rounds"), [(5, {"max_revision_rounds": 0}, 1), (2, {}, 2)])
async def test_a_team_that_comes_to_no_agreement_stops_and_says_so(
    office: Office, max_rounds: int, config: dict[str, Any], rounds: int
) -> None:
    office.model = TeamModel(engineer=[[wrote("a.txt", "x"), DONE], [DONE]], reviewer=[[sends_back("a.txt: wrong")]])
    office.max_rounds, office.sandboxes = max_rounds, weak_sandboxes(Level.L1)
    run_id = await office.queue(config=config)
    result = await office.result(run_id)
    assert (result["accepted"], result["rounds"]) == (False, rounds)
    assert result["warning"].startswith(f"The reviewer has not accepted the work after {rounds} round")
    assert result["review"]["findings"] == ["a.txt: wrong"]
    assert await office.artifacts(run_id) == {"code/a.txt": "x"}


async def test_the_bounds_are_those_with_which_the_run_has_begun(office: Office) -> None:
    model = office.model = TeamModel(
        engineer=[[wrote("a.txt", "x"), DONE], [DONE]], reviewer=[[sends_back("a.txt: wrong")]]
    )
    model.fails_before, office.sandboxes = {"engineer/2/1"}, weak_sandboxes(Level.L1)
    run_id = await office.queue(max_attempts=1)
    await office.work(run_id, "FAILED")
    office.max_rounds, model.fails_before = 1, ()
    await office.rerun(run_id)
    assert (await office.result(run_id))["rounds"] == 3


async def test_a_plan_is_approved_first_and_made_anew_with_the_wishes(office: Office) -> None:
    model = office.model = TeamModel(leader=[["1. Write everything"], ["1. Write little"]])
    office.sandboxes = weak_sandboxes(Level.L1)
    run_id = await office.queue(config={"approve_plan": True})
    await office.work(run_id, "WAITING")
    assert (await office.question(run_id)).key == "approve-plan/1"
    assert (await office.detail(run_id))["steps"] == ["Write everything"]
    await office.wish(run_id, "Write less")
    await office.work(run_id, "WAITING")
    assert "Write less" in model.told["leader/2/1"]
    assert (await office.detail(run_id))["steps"] == ["Write little"]
    await office.approve(run_id)
    result = await office.result(run_id)
    assert (result["plan"], result["files"]) == (["Write little"], [])
    assert set(model.asked.values()) == {1}


async def test_in_a_project_what_was_approved_becomes_one_commit(office: Office) -> None:
    office.policy = ProjectPolicy(checks=("grep -q True hello.py",))
    model = office.model = on_second_try()
    run_id = await office.queue(in_project=True)
    await office.work(run_id, "WAITING")
    asked, detail = await office.question(run_id), await office.detail(run_id)
    assert [file["path"] for file in detail["files"]] == ["hello.py", "test_hello.py"]
    assert [check["ok"] for check in detail["checks"]] == [True]
    assert "The reviewer says: hello.py could be longer" in detail["notes"]
    assert "exit code 1" in model.told["reviewer/1/1"]
    assert office.git("branch", "--format=%(refname:short)") == "main"
    await office.approve(run_id)
    result = await office.result(run_id)
    tree = json.loads(asked.question)["tree_id"]
    branch = f"agent/run-{run_id}"
    assert office.git("log", "-1", "--format=%H %T %s", branch) == f"{result['commit']} {tree} Greet"
    assert office.git("rev-list", "--count", f"main..{branch}") == "1"
    assert office.git("show", f"{branch}:hello.py") == "OK = True"
    assert office.git("status", "--short") == ""
    assert (result["accepted"], result["rounds"], result["approved_by"]) == (True, 2, "ada")
    assert await office.told(run_id, "COMMIT_CREATED") == [("leader", "COMMIT_CREATED")]
    checks = [event for event in await office.house.events(run_id) if event["payload"].get("tool") == "check"]
    assert {event["agent_role"] for event in checks} == {"tester"}


async def test_a_person_may_want_another_round_and_gets_it_beyond_the_bound(office: Office) -> None:
    model = office.model = TeamModel(
        engineer=[[wrote("a.txt", "x"), "First"], [wrote("a.txt", "y"), "Second"]], reviewer=[[accepts()]]
    )
    office.max_rounds = 1
    run_id = await office.queue(in_project=True)
    await office.work(run_id, "WAITING")
    await office.wish(run_id, "Write y instead")
    await office.work(run_id, "WAITING")
    assert (await office.question(run_id)).key == "approve/2"
    assert "Write y instead" in model.told["engineer/2/1"]
    await office.approve(run_id)
    assert (await office.result(run_id))["rounds"] == 2
    assert office.git("show", f"agent/run-{run_id}:a.txt") == "y"


async def test_what_the_reviewer_has_not_accepted_is_for_a_person_whatever_the_project_says(office: Office) -> None:
    office.policy = ProjectPolicy(approve_commits=CommitApproval.NEVER)
    office.model = TeamModel(engineer=[[wrote("a.txt", "x"), DONE]], reviewer=[[sends_back("a.txt: wrong")]])
    run_id = await office.queue(in_project=True, config={"max_revision_rounds": 0})
    await office.work(run_id, "WAITING")
    notes = (await office.detail(run_id))["notes"]
    assert "The reviewer has not accepted the work after 1 round: It is not good yet." in notes
    assert {"a.txt: wrong", "Nothing was run: the project allows no checks and no commands."} < set(notes)
    await office.approve(run_id)
    result = await office.result(run_id)
    assert (result["accepted"], "warning" in result) == (False, True)


@pytest.mark.parametrize(
    ("level", "why"),
    [
        (Level.L0, "commands must be held with L1 at least, and this machine can do L0: planned."),
        (Level.L1, "commands are held with L1 here, and this run needs L2."),
    ],
)
async def test_where_nothing_is_held_well_nothing_is_run_and_that_is_said(
    office: Office, level: Level, why: str
) -> None:
    model = office.model = TeamModel(
        engineer=[[wrote("hello.py", "x"), ("run_command", {"command": "python3 hello.py"}), DONE]]
    )
    office.sandboxes = weak_sandboxes(level)
    result = await office.result(await office.queue())
    assert "Unknown tool name: 'run_command'" in model.told["engineer/1/3"]
    assert result["checks"] == []
    assert result["notes"] == [f"Nothing can be run: {why}"]
    assert "\nnone\n</allowed-commands>" in model.told["tester/1/1"]


async def test_a_run_that_goes_on_where_less_is_held_runs_nothing_there(office: Office) -> None:
    if not office.holds_well:
        pytest.skip("this machine holds nothing well enough to begin with")
    model = office.model = on_first_try()
    model.fails_before = {"tester/1/1"}
    run_id = await office.queue(max_attempts=1)
    await office.work(run_id, "FAILED")
    office.sandboxes, model.fails_before = weak_sandboxes(Level.L1), ()
    await office.rerun(run_id)
    [check] = (await office.result(run_id))["checks"]
    assert (check["ok"], check["ended"]) == (False, "not run: commands are held with L1 here, and this run needs L2")


async def test_what_cannot_be_an_artifact_is_named(office: Office) -> None:
    if not office.holds_well:
        pytest.skip("only a command can make such files")
    office.model = TeamModel(engineer=[[wrote("make.py", MAKE), ("run_command", {"command": "python3 make.py"}), DONE]])
    run_id = await office.queue()
    result = await office.result(run_id)
    assert await office.artifacts(run_id) == {"code/b.bin": "application/octet-stream", "code/make.py": MAKE}
    assert [sentence.partition(" ")[0] for sentence in result["not_kept"]] == ["a:b", "link"]


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"rounds": 3}, "has no meaning: 'rounds' is 3"),
        ({"max_revision_rounds": "2"}, "cannot be used: 'max_revision_rounds' is '2'"),
        ({"max_revision_rounds": -1}, "cannot be used: 'max_revision_rounds' is -1"),
        ({"max_revision_rounds": True}, "cannot be used: 'max_revision_rounds' is True"),
        ({"approve_plan": "yes"}, "cannot be used: 'approve_plan' is 'yes'"),
        ({"cache": 1}, "cannot be used: 'cache' is 1"),
    ],
)
def test_a_config_that_cannot_be_used_is_refused_with_its_value(config: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PermanentAgentError) as refused:
        options_of(config)
    assert sentence in refused.value.message
    assert refused.value.next_step == ("the agent mgx knows: approve_plan, cache, max_attempts, max_revision_rounds")


async def test_a_run_with_such_a_config_fails_at_once(office: Office) -> None:
    run_id = await office.queue(config={"rounds": 3})
    run = await office.work(run_id, "FAILED")
    assert (run.attempt, run.model_calls) == (1, 0)


async def test_the_demo_goes_the_whole_way_without_a_project(office: Office) -> None:
    office.model = DemoModel(0)
    run_id = await office.queue()
    result = await office.result(run_id)
    assert set(await office.artifacts(run_id)) == {"code/demo_goal.py", "code/test_demo_goal.py"}
    assert "no real model was used" in result["note"]
    assert "no model was used" in (await office.artifacts(run_id))["code/demo_goal.py"]
    assert [check["ok"] for check in result["checks"]] == ([True] if office.holds_well else [])


async def test_the_demo_goes_the_whole_way_with_a_project(office: Office) -> None:
    office.model = DemoModel(0)
    run_id = await office.queue(in_project=True)
    await office.work(run_id, "WAITING")
    await office.approve(run_id)
    result = await office.result(run_id)
    assert "Greet people (noted by the demo model" in office.git("show", f"agent/run-{run_id}:TODO.md")
    assert "no real model was used" in result["note"]
