"""Delegation: split, done, reported."""

from typing import Any

import pytest

from agent_runner.domain.agent_type import AgentConfig, AgentType
from agent_runner.domain.composition import Composition
from agent_runner.errors import AgentFailed, TopologyFailed
from tests.topologies.cast import BROKEN, TASK, agent, composed, perform, topology
from tests.topologies.memory_stage import Data

PLAN, REPORT = "delegation/plan", "delegation/report"
AGENTS = (
    agent("boss"),
    AgentType(name="ann", description="Reads\n a lot.", config=AgentConfig(capabilities=("research", "data_analysis"))),
    agent("bob", "writing"),
)


def team(**config: Any) -> Composition:
    slots = {"coordinator": "boss", "workers": ["ann", "bob", "ann"]}
    return composed(topology("delegation", slots, **config), agents=AGENTS)


async def test_tasks_go_to_those_who_can_do_them_and_the_coordinator_reports() -> None:
    plan = "1. [research] Find sources\n2. [Data Analysis] Count them\n3. [writing] Write\n4. [research] Check"
    played = await perform(team(), {PLAN: plan, "delegation/task-3/bob": "written", REPORT: "All done."})
    tasks = [f"delegation/task-{place}" for place in ("1/ann", "2/ann-2", "3/bob", "4/ann")]
    assert played.keys == [PLAN, *tasks, REPORT]
    assert played.outcome.output == "All done."
    assert played.outcome.load == {"ann": 2, "bob": 1, "ann-2": 1}
    third = played.outcome.assignments[2]
    assert (third.task, third.capability, third.node, third.text) == ("Write", "writing", "bob", "written")
    assert "- ann [research] [data_analysis]: Reads a lot.\n- bob [writing]\n- ann-2 " in played.call(PLAN).message
    message = played.call(tasks[2]).message
    assert message == f"<task>\n{TASK}\n</task>\n\n<your-task>\nWrite\n</your-task>"
    report = played.call(REPORT).message
    assert '<result task="3" by="bob">\nWrite\n\nwritten\n</result>' in report


async def test_a_task_may_name_its_worker() -> None:
    played = await perform(team(), {PLAN: "1. [ann-2] Read\n2. [bob] Read\n3. [fly] Fly"})
    assert [each.node for each in played.outcome.assignments] == ["ann-2", "bob", "ann"]
    assert played.outcome.assignments[2].capability == "fly"


async def test_a_plan_that_is_none_is_one_task_the_whole() -> None:
    played = await perform(team(), {PLAN: "I cannot."})
    assert played.keys == [PLAN, "delegation/task-1/ann", REPORT]
    assert played.call("delegation/task-1/ann").message == TASK
    assert [(each.task, each.capability) for each in played.outcome.assignments] == [(TASK, None)]


async def test_more_tasks_than_may_be_given_are_left_out_and_the_coordinator_is_told() -> None:
    plan = Data([f"Do {number}" for number in range(7)])
    for config, given in (
        ({"max_tasks": 4}, 4),
        ({"most_per_agent": 1}, 3),
        ({"max_tasks": 5, "most_per_agent": 2}, 5),
    ):
        played = await perform(team(**config), {PLAN: plan})
        assert len(played.outcome.assignments) == given
        assert played.outcome.left_out == 7 - given
        assert f"{7 - given} more of your tasks" in played.call(REPORT).message
        assert max(played.outcome.load.values()) <= config.get("most_per_agent", 7)
    played = await perform(team(), {PLAN: plan})
    assert (played.outcome.left_out, "more of your tasks" in played.call(REPORT).message) == (0, False)
    assert f"at most {4} tasks" in (await perform(team(max_tasks=4), {})).call(PLAN).instructions


async def test_what_a_failing_worker_does() -> None:
    plan = "1. [research] Find\n2. [writing] Write"
    find, write = "delegation/task-1/ann", "delegation/task-2/bob"
    with pytest.raises(AgentFailed):
        await perform(team(), {PLAN: plan, write: BROKEN})
    for config in ({"on_failure": "skip"}, {"on_failure": "quorum", "quorum": 1}):
        played = await perform(team(**config), {PLAN: plan, write: BROKEN})
        assert [each.text for each in played.outcome.assignments] == ["ok", None]
        assert [(failure.node, failure.error) for failure in played.outcome.failures] == [("bob", BROKEN.message)]
        assert '<result task="2" by="bob">\nWrite\n\nNot done: the worker has failed.' in played.call(REPORT).message
        assert played.outcome.load == {"ann": 1, "bob": 1, "ann-2": 0}
        assert played.stage.journal.settled == {"delegation/tasks/settled": {write: BROKEN.message}}
    with pytest.raises(TopologyFailed, match="2 of 2"):
        await perform(team(on_failure="skip"), {PLAN: plan, find: BROKEN, write: BROKEN})
    with pytest.raises(TopologyFailed, match="1 of 2"):
        await perform(team(on_failure="quorum", quorum=3), {PLAN: plan, write: BROKEN})
    played = await perform(team(on_failure="retry", retries=1), {PLAN: [BROKEN, plan], write: [BROKEN, "done"]})
    assert played.stage.journal.made == {PLAN: 2, find: 1, write: 2, REPORT: 1}


@pytest.mark.parametrize("key", [PLAN, REPORT])
async def test_the_coordinator_is_always_needed(key: str) -> None:
    for config in ({}, {"on_failure": "skip"}, {"on_failure": "quorum", "quorum": 1}):
        with pytest.raises(AgentFailed):
            await perform(team(**config), {key: BROKEN})
