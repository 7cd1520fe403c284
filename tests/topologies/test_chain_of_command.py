"""Chain of command: decide or escalate."""

from typing import Any

import pytest

from agent_runner.domain.composition import Composition
from agent_runner.errors import AgentFailed, TopologyFailed
from tests.topologies.cast import BROKEN, TASK, composed, perform, topology
from tests.topologies.memory_stage import Data, Line

LEVELS = {"level-1": ["ann", "bob"], "level-2": ["cem"], "level-3": "dan"}
ANN, BOB, CEM, DAN = (f"chain-of-command/{key}" for key in ("level-1/ann", "level-1/bob", "level-2/cem", "level-3/dan"))


def team(**config: Any) -> Composition:
    return composed(topology("chain-of-command", LEVELS, **config))


async def test_the_lowest_level_decides_together_in_the_order_of_the_seats() -> None:
    played = await perform(team(), {ANN: "Hm.\nDECISION: Paint it\nred.", BOB: "Just paint it."})
    assert (played.outcome.output, played.keys) == ("Paint it\nred.\n\nJust paint it.", [ANN, BOB])
    assert (played.outcome.level, played.outcome.is_decided, played.outcome.escalations) == (1, True, ())
    assert {call.message for call in played.stage.calls} == {TASK}


async def test_any_escalation_takes_it_to_the_next_level_with_answers_and_reasons() -> None:
    said: dict[str, Line | list[Line]] = {
        ANN: "DECISION: Red",
        BOB: "I may not.\n**ESCALATE:** too dear",
        CEM: "ESCALATE: not mine",
        DAN: "DECISION: Blue",
    }
    played = await perform(team(), said)
    assert (played.outcome.output, played.outcome.level, played.outcome.is_decided) == ("Blue", 3, True)
    assert [(each.level, each.node, each.reason) for each in played.outcome.escalations] == [
        (1, "bob", "too dear"),
        (2, "cem", "not mine"),
    ]
    assert [answer.node for answer in played.outcome.answers] == ["ann", "bob", "cem", "dan"]
    last = played.call(DAN).message
    assert '<answer by="bob" level="1">\nI may not.\n**ESCALATE:** too dear\n</answer>' in last
    assert '<answer by="cem" level="2">' in last
    assert "nobody above you" in played.call(DAN).instructions
    assert "nobody above you" not in played.call(CEM).instructions


async def test_at_the_top_the_last_answers_count() -> None:
    up = "DECISION: Red, perhaps\nESCALATE: too dear"
    played = await perform(team(), {ANN: up, CEM: up, DAN: up})
    assert (played.outcome.output, played.outcome.level, played.outcome.is_decided) == ("Red, perhaps", 3, False)
    assert [each.level for each in played.outcome.escalations] == [1, 2, 3]


async def test_it_escalates_as_often_as_it_may() -> None:
    for most, level in ((0, 1), (1, 2), (2, 3), (8, 3)):
        played = await perform(team(max_escalations=most), {}, otherwise="ESCALATE: too dear")
        assert (played.outcome.level, played.outcome.is_decided) == (level, False)
        assert "nobody above you" in played.stage.calls[-1].instructions
        assert played.outcome.output.startswith("ESCALATE: too dear")


@pytest.mark.parametrize(
    "said",
    [
        "DECISION: Red\nESCALATE: none",
        "DECISION: Red\nESCALATE: N/A.",
        "DECISION: Red\nESCALATE:",
        "ESCALATE: first I thought so\nDECISION: Red",
        Data({"decision": "Red", "escalate": None}),
        Data({"escalate": False, "decision": "Red"}),
    ],
)
async def test_who_only_fills_in_all_lines_has_decided(said: Line) -> None:
    played = await perform(team(), {ANN: said, BOB: "DECISION: red"})
    assert (played.outcome.is_decided, played.outcome.level) == (True, 1)
    assert played.outcome.output.startswith("Red")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("ESCALATE: No budget\nis left", "No budget\nis left"),
        (Data({"escalate": "too dear"}), "too dear"),
        (Data({"escalate": True, "reason": "too dear"}), "too dear"),
        (Data({"escalate": True}), "yes"),
        ("**ESCALATE:** Yes.\nREASON: too dear", "too dear"),
        ("ESCALATE: yes\nIt is too dear", "yes\nIt is too dear"),
    ],
)
async def test_reasons_are_read_however_they_are_given(said: Line, reason: str) -> None:
    played = await perform(team(), {ANN: said})
    assert played.outcome.escalations[0].reason == reason


async def test_what_a_failing_agent_does() -> None:
    up = "ESCALATE: too dear"
    with pytest.raises(AgentFailed):
        await perform(team(), {ANN: BROKEN})
    played = await perform(team(on_failure="skip"), {ANN: BROKEN, BOB: up, CEM: "DECISION: Red"})
    assert (played.outcome.output, [failure.node for failure in played.outcome.failures]) == ("Red", ["ann"])
    assert 'by="ann"' not in played.call(CEM).message
    with pytest.raises(TopologyFailed, match="1 of 1"):
        await perform(team(on_failure="skip"), {ANN: up, CEM: BROKEN})
    with pytest.raises(TopologyFailed, match="1 of 2"):
        await perform(team(on_failure="quorum", quorum=2), {ANN: BROKEN})
    played = await perform(team(on_failure="quorum", quorum=2), {ANN: up})
    assert played.outcome.level == 2
    played = await perform(team(on_failure="retry", retries=1), {ANN: [BROKEN, "DECISION: Red"]})
    assert (played.outcome.output, played.stage.journal.made[ANN]) == ("Red\n\nok", 2)
