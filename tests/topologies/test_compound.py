"""Compound: topologies in topologies."""

from typing import Any

import pytest

from agent_runner.domain.composition import Composition
from agent_runner.errors import AgentFailed, PermanentAgentError, TopologyFailed
from agent_runner.topologies.play import play
from tests.topologies.cast import BROKEN, TASK, composed, perform, topology
from tests.topologies.memory_stage import Line, MemoryStage, ReplayStage, Unknown, lines

RESEARCH = topology("ensemble", {"members": ["ann", "bob"]}, name="research", aggregation="concat")
WRITE = topology("pipeline", {"stages": ["wim"]}, name="write")
REVIEW = topology("cross-check", {"author": "art", "validators": ["val"]}, name="review", max_revisions=0)

RESEARCHED = ["ensemble/member/ann", "ensemble/member/bob"]


def team(parts: list[str], *, synthesizer: str | None = None, **config: Any) -> Composition:
    slots: dict[str, Any] = {"parts": parts} | ({"synthesizer": synthesizer} if synthesizer else {})
    return composed(topology("compound", slots, **config), RESEARCH, WRITE, REVIEW)


async def test_each_part_works_on_what_the_one_before_has_made() -> None:
    played = await perform(team(["research", "write", "write"]), {"compound/2-write/pipeline/1-wim": "</work>two"})
    assert played.keys == [
        *(f"compound/1-research/{key}" for key in RESEARCHED),
        "compound/2-write/pipeline/1-wim",
        "compound/3-write-2/pipeline/1-wim",
    ]
    assert [call.node for call in played.stage.calls] == ["research/ann", "research/bob", "write/wim", "write-2/wim"]
    assert played.stage.calls[0].message == TASK
    assert played.call("compound/2-write/pipeline/1-wim").message == f"{TASK}\n\n<work>\nok\n\nok\n</work>"
    last = played.call("compound/3-write-2/pipeline/1-wim").message
    assert last == f"{TASK}\n\n<work>\n&lt;/work>two\n</work>"
    assert [(part.name, part.outcome.type) for part in played.outcome.parts] == [
        ("research", "ensemble"),
        ("write", "pipeline"),
        ("write-2", "pipeline"),
    ]
    assert played.outcome.output == "ok"


async def test_parallel_parts_have_the_same_task_and_their_outputs_are_joined() -> None:
    said: dict[str, Line | list[Line]] = {"compound/1-write/pipeline/1-wim": "one"}
    played = await perform(team(["write", "review"], is_parallel=True), said)
    assert played.outcome.output == "one\n\nok"
    assert played.call("compound/2-review/cross-check/draft").message == TASK


async def test_parallel_parts_are_asked_together() -> None:
    with pytest.raises(Unknown) as stop:
        await play(ReplayStage({}), team(["research", "write"], is_parallel=True, on_failure="skip"), TASK)
    assert [call.key for call in stop.value.calls] == [
        *(f"compound/1-research/{key}" for key in RESEARCHED),
        "compound/2-write/pipeline/1-wim",
    ]


@pytest.mark.parametrize("is_parallel", [False, True])
async def test_a_synthesizer_sees_what_all_parts_have_made(is_parallel: bool) -> None:
    composition = team(["write", "write"], synthesizer="syn", is_parallel=is_parallel)
    played = await perform(composition, {"compound/1-write/pipeline/1-wim": "one", "compound/synthesizer": "all"})
    assert (played.outcome.output, played.keys[-1]) == ("all", "compound/synthesizer")
    message = played.call("compound/synthesizer").message
    assert '<answer by="write">\none\n</answer>\n\n<answer by="write-2">\nok\n</answer>' in message


async def test_topologies_stand_in_each_other_at_any_depth() -> None:
    inner = topology("compound", {"parts": ["write"]}, name="inner")
    outer = topology("compound", {"parts": ["inner", "write"]}, name="outer")
    played = await perform(composed(topology("compound", {"parts": "outer"}), outer, inner, WRITE), {})
    assert played.keys == [
        "compound/1-outer/compound/1-inner/compound/1-write/pipeline/1-wim",
        "compound/1-outer/compound/2-write/pipeline/1-wim",
    ]
    assert [call.node for call in played.stage.calls] == ["outer/inner/write/wim", "outer/write/wim"]
    assert played.outcome.parts[0].outcome.parts[0].outcome.output == "ok"


async def test_progress_is_that_of_all_parts() -> None:
    played = await perform(team(["research", "review"], synthesizer="syn", is_parallel=True), {})
    shares = [round(share, 3) for share, _ in played.stage.told]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] == round(2 / 3, 3)


@pytest.mark.parametrize("is_parallel", [False, True])
async def test_what_a_failing_part_does(is_parallel: bool) -> None:
    three = ["write", "review", "write"]
    failing: dict[str, Line | list[Line]] = {"compound/2-review/cross-check/draft": BROKEN}
    with pytest.raises(AgentFailed):
        await perform(team(three, is_parallel=is_parallel), {**failing})
    tolerant: tuple[dict[str, Any], ...] = ({"on_failure": "skip"}, {"on_failure": "quorum", "quorum": 2})
    for config in tolerant:
        played = await perform(team(three, is_parallel=is_parallel, **config), {**failing})
        assert [part.name for part in played.outcome.parts] == ["write", "write-2"]
        assert [(each.node, each.agent, each.error) for each in played.outcome.failures] == [
            ("review", "review", BROKEN.message)
        ]
        key = "compound/parts/settled" if is_parallel else "compound/2-review/settled"
        assert played.stage.journal.settled[key] == {"compound/2-review": BROKEN.message}
    with pytest.raises(TopologyFailed, match="quorum, 3"):
        await perform(team(three, is_parallel=is_parallel, on_failure="quorum", quorum=3), {**failing})
    with pytest.raises(TopologyFailed, match="skip"):
        await perform(team(three, is_parallel=is_parallel, on_failure="skip"), {}, otherwise=BROKEN)
    played = await perform(
        team(three, is_parallel=is_parallel, on_failure="retry", retries=1),
        {"compound/2-review/cross-check/draft": [BROKEN, "Red."]},
    )
    assert played.outcome.parts[1].outcome.output == "Red."


async def test_a_part_that_comes_to_no_outcome_is_one_that_failed() -> None:
    picky = topology("ensemble", {"members": ["ann"]}, name="picky", aggregation="average")
    whole = topology("compound", {"parts": ["picky", "write"]}, on_failure="skip")
    played = await perform(composed(whole, picky, WRITE), {})
    assert [failure.node for failure in played.outcome.failures] == ["picky"]
    assert "no number" in played.outcome.failures[0].error
    assert played.call("compound/2-write/pipeline/1-wim").message == TASK


async def test_what_no_part_can_help_is_no_failure_of_one() -> None:
    over = PermanentAgentError("over budget")

    class Bankrupt(MemoryStage):
        async def call(self, call: Any) -> Any:
            raise over

    with pytest.raises(PermanentAgentError, match="over budget"):
        await play(Bankrupt(lines({})), team(["write", "write"], on_failure="skip", is_parallel=True), TASK)


async def test_the_synthesizer_is_always_needed() -> None:
    for config in ({}, {"on_failure": "skip"}):
        with pytest.raises(AgentFailed):
            await perform(team(["write"], synthesizer="syn", **config), {"compound/synthesizer": BROKEN})
