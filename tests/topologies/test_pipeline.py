"""Pipeline: one after the other."""

import pytest

from agent_runner.errors import AgentFailed, TopologyFailed
from tests.topologies.cast import BROKEN, TASK, composed, perform, topology

THREE = {"stages": ["ann", "bob", "ann"]}


async def test_each_stage_works_on_what_the_one_before_has_made() -> None:
    said = {"pipeline/1-ann": "one", "pipeline/2-bob": "<think>hm</think>two", "pipeline/3-ann-2": "three"}
    played = await perform(composed(topology("pipeline", THREE)), {**said})
    assert played.keys == list(said)
    assert played.outcome.output == "three"
    assert [stage.text for stage in played.outcome.stages] == list(said.values())
    assert played.call("pipeline/1-ann").message == TASK
    last = played.call("pipeline/3-ann-2").message
    assert last == f"<task>\n{TASK}\n</task>\n\n<work>\ntwo\n</work>"
    assert "stage 3 of 3" in played.call("pipeline/3-ann-2").instructions
    assert played.stage.told == [
        (0.0, "Stage 1 of 3: ann"),
        (1 / 3, "Stage 2 of 3: bob"),
        (2 / 3, "Stage 3 of 3: ann-2"),
    ]


async def test_a_stage_that_fails_ends_it() -> None:
    with pytest.raises(AgentFailed, match="did not answer"):
        await perform(composed(topology("pipeline", THREE)), {"pipeline/2-bob": BROKEN})


async def test_a_stage_that_is_skipped_passes_on_the_work_as_it_is() -> None:
    team = composed(topology("pipeline", THREE, on_failure="skip"))
    played = await perform(team, {"pipeline/1-ann": "one", "pipeline/2-bob": BROKEN, "pipeline/3-ann-2": "three"})
    assert "<work>\none\n</work>" in played.call("pipeline/3-ann-2").message
    assert [(failure.node, failure.error) for failure in played.outcome.failures] == [("bob", BROKEN.message)]
    played = await perform(team, {"pipeline/1-ann": BROKEN, "pipeline/2-bob": "two", "pipeline/3-ann-2": BROKEN})
    assert (played.outcome.output, played.call("pipeline/2-bob").message) == ("two", TASK)


async def test_one_stage_at_least_must_answer_and_the_last_failure_is_not_recorded() -> None:
    team = composed(topology("pipeline", THREE, on_failure="skip"))
    with pytest.raises(TopologyFailed, match=r"topology team .* \(on_failure: skip\): the model did not answer"):
        await perform(team, {}, otherwise=BROKEN)


async def test_a_quorum_counts_all_stages_and_nothing_is_asked_once_it_cannot_be_reached() -> None:
    team = composed(topology("pipeline", THREE, on_failure="quorum", quorum=2))
    played = await perform(team, {"pipeline/1-ann": BROKEN})
    assert [stage.node for stage in played.outcome.stages] == ["bob", "ann-2"]
    with pytest.raises(TopologyFailed, match="quorum, 2"):
        await perform(team, {"pipeline/1-ann": BROKEN, "pipeline/2-bob": BROKEN})
    team = composed(topology("pipeline", THREE, on_failure="quorum", quorum=3))
    with pytest.raises(TopologyFailed):
        await perform(team, {"pipeline/1-ann": BROKEN})


async def test_retry_gives_each_call_more_tries() -> None:
    team = composed(topology("pipeline", THREE, on_failure="retry", retries=2))
    played = await perform(team, {"pipeline/2-bob": [BROKEN, BROKEN, "two"]})
    assert played.stage.journal.made == {"pipeline/1-ann": 1, "pipeline/2-bob": 3, "pipeline/3-ann-2": 1}
    with pytest.raises(AgentFailed):
        await perform(team, {"pipeline/2-bob": [BROKEN, BROKEN, BROKEN, "two"]})
