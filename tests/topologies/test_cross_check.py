"""Cross-check: accepted or revised."""

from typing import Any

import pytest

from agent_runner.domain.composition import Composition
from agent_runner.errors import AgentFailed, TopologyFailed
from tests.topologies.cast import BROKEN, TASK, Played, composed, perform, topology
from tests.topologies.memory_stage import Data, Line

NODES = ["val", "eva", "ian"]
YES, NO = "Fine.\nVERDICT: accept", "I looked.\nVERDICT: reject: too short"


def team(**config: Any) -> Composition:
    return composed(topology("cross-check", {"author": "art", "validators": NODES}, **config))


async def checked(composition: Composition, *checks: tuple[Line, ...], **author: Line) -> Played:
    said: dict[str, Line | list[Line]] = {
        f"cross-check/check-{number}/{node}": line
        for number, lines in enumerate(checks, start=1)
        for node, line in zip(NODES, lines, strict=True)
    }
    said |= {f"cross-check/{key.replace('_', '-')}": line for key, line in author.items()}
    return await perform(composition, said)


def result(played: Played) -> tuple[str, bool, int]:
    return (played.outcome.output, played.outcome.is_accepted, played.outcome.revisions)


async def test_validators_judge_the_same_work_and_do_not_see_each_other() -> None:
    played = await checked(team(), (YES, YES, NO), draft="Red is better.")
    assert played.keys == ["cross-check/draft", *(f"cross-check/check-1/{node}" for node in NODES)]
    assert result(played) == ("Red is better.", True, 0)
    assert played.call("cross-check/draft").message == TASK
    messages = {played.call(key).message for key in played.keys[1:]}
    assert messages == {f"<task>\n{TASK}\n</task>\n\n<work>\nRed is better.\n</work>"}
    assert [(each.node, each.accepts, each.reason) for each in played.outcome.verdicts[0]] == [
        ("val", True, ""),
        ("eva", True, ""),
        ("ian", False, "too short"),
    ]


async def test_what_is_rejected_is_revised_with_all_objections_and_judged_again() -> None:
    drafts: dict[str, Line] = {"draft": "Red.", "revision_1": "Red, because it is red."}
    played = await checked(team(), (NO, NO, YES), (YES, YES, YES), **drafts)
    assert result(played) == ("Red, because it is red.", True, 1)
    assert played.keys[4] == "cross-check/revision-1"
    revision = played.call("cross-check/revision-1")
    assert "<work>\nRed.\n</work>" in revision.message
    assert f'<objection by="val">\n{NO}\n</objection>\n\n<objection by="eva">\n{NO}\n</objection>' in revision.message
    assert 'by="ian"' not in revision.message
    assert "<work>\nRed, because it is red.\n</work>" in played.call("cross-check/check-2/ian").message
    assert [len(verdicts) for verdicts in played.outcome.verdicts] == [3, 3]


async def test_after_the_last_revision_it_stays_rejected() -> None:
    for most in (0, 1, 3):
        played = await checked(team(max_revisions=most), *[(NO, NO, NO)] * 4)
        assert result(played) == ("ok", False, most)
        assert len(played.keys) == 4 * (most + 1)


async def test_how_many_must_accept() -> None:
    once: dict[str, Any] = {"max_revisions": 0}
    assert not (await checked(team(agreement="unanimous", **once), (YES, YES, NO))).outcome.is_accepted
    assert (await checked(team(agreement="unanimous", **once), (YES, YES, YES))).outcome.is_accepted
    assert not (await checked(team(**once), (YES, NO, NO))).outcome.is_accepted
    assert (await checked(team(**once), (YES, YES, NO))).outcome.is_accepted
    two = composed(topology("cross-check", {"author": "art", "validators": NODES[:2]}, **once))
    assert not (await perform(two, {"cross-check/check-1/val": YES})).outcome.is_accepted
    for weights, is_accepted in (({"val": 3}, True), ({"val": 2}, False), ({}, False), ({"eva": 0, "ian": 0}, True)):
        played = await checked(team(agreement="weighted", weights=weights, **once), (YES, NO, NO))
        assert played.outcome.is_accepted is is_accepted, weights


@pytest.mark.parametrize(
    ("said", "accepts", "reason"),
    [
        ("VERDICT: ACCEPTED", True, ""),
        ("**VERDICT:** accept, with remarks", True, "with remarks"),
        ("VERDICT: approved", True, ""),
        ("verdict: Reject - no sources\nand no end", False, "no sources\nand no end"),
        ("**VERDICT: reject:** no sources", False, "no sources"),
        ("It has no sources.\nVERDICT: reject", False, "It has no sources.\nVERDICT: reject"),
        ("VERDICT: reject\nREASON: no sources", False, "REASON: no sources"),
        ('The work says "VERDICT: accept".\nVERDICT: reject: it lies', False, "it lies"),
        ("VERDICT: reject: x\nOn a second look:\nVERDICT: accept", True, ""),
        (Data({"verdict": "reject", "reason": "no sources"}), False, "no sources"),
        (Data({"verdict": "accept"}), True, ""),
        ("Looks good to me.", False, "It gave no verdict (VERDICT: accept or reject): Looks good to me."),
        (
            "VERDICT: accept or reject",
            False,
            "It gave no verdict (VERDICT: accept or reject): VERDICT: accept or reject",
        ),
        ("VERDICT: not accepted", False, "It gave no verdict (VERDICT: accept or reject): VERDICT: not accepted"),
        ("", False, "It gave no verdict (VERDICT: accept or reject): "),
    ],
)
async def test_verdicts_are_read_however_they_are_written(said: Line, accepts: bool, reason: str) -> None:
    played = await checked(team(max_revisions=0), (said, YES, YES))
    verdict = played.outcome.verdicts[0][0]
    assert (verdict.accepts, verdict.reason) == (accepts, reason)


async def test_a_reason_that_stands_nowhere_in_the_answer_is_told_as_well() -> None:
    played = await checked(team(agreement="unanimous"), (Data({"verdict": "reject", "reason": "no end"}), YES, ""))
    message = played.call("cross-check/revision-1").message
    assert '<objection by="val">\n{}\n\nno end\n</objection>' in message
    assert '<objection by="ian">\nIt gave no verdict' in message


async def test_what_a_failing_validator_does() -> None:
    with pytest.raises(AgentFailed):
        await checked(team(), (YES, BROKEN, YES))
    for config in ({"on_failure": "skip"}, {"on_failure": "quorum", "quorum": 2}):
        played = await checked(team(agreement="unanimous", **config), (YES, BROKEN, YES))
        assert result(played) == ("ok", True, 0)
        assert [each.node for each in played.outcome.verdicts[0]] == ["val", "ian"]
        assert [failure.node for failure in played.outcome.failures] == ["eva"]
        assert "cross-check/check-1/settled" in played.stage.journal.settled
    with pytest.raises(TopologyFailed, match="3 of 3"):
        await checked(team(on_failure="skip"), (BROKEN, BROKEN, BROKEN))
    with pytest.raises(TopologyFailed, match="2 of 3"):
        await checked(team(on_failure="quorum", quorum=2), (NO, NO, YES), (YES, BROKEN, BROKEN))
    retried = team(on_failure="retry", retries=1)
    said: dict[str, Line | list[Line]] = {f"cross-check/check-1/{node}": [BROKEN, YES] for node in NODES}
    played = await perform(retried, {**said, "cross-check/draft": [BROKEN, "Red."]})
    assert (result(played), played.stage.journal.made.total()) == (("Red.", True, 0), 8)


async def test_the_author_is_always_needed() -> None:
    for config in ({}, {"on_failure": "skip"}, {"on_failure": "quorum", "quorum": 1}):
        for author in ({"draft": BROKEN}, {"revision_1": BROKEN}):
            with pytest.raises(AgentFailed):
                await checked(team(**config), (NO, NO, NO), **author)
