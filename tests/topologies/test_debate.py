"""Debate: rounds until they agree."""

from typing import Any

import pytest

from agent_runner.domain.composition import Composition
from agent_runner.errors import AgentFailed, TopologyFailed
from tests.topologies.cast import BROKEN, TASK, Played, composed, perform, topology
from tests.topologies.memory_stage import Line

NODES = ["pro", "con", "eve"]


def team(consensus: str, **config: Any) -> Composition:
    slots = {"debaters": NODES, "mediator": "med"} if config.pop("mediated", False) else {"debaters": NODES}
    return composed(topology("debate", slots, consensus=consensus, **config))


async def debated(composition: Composition, *rounds: tuple[Line, ...], **mediator: Line) -> Played:
    """Each round gives the positions of pro, con and eve; `round_1` what the mediator says after it."""
    said: dict[str, Line | list[Line]] = {
        f"debate/round-{number}/{node}": f"I mean it.\nPOSITION: {line}" if isinstance(line, str) else line
        for number, lines in enumerate(rounds, start=1)
        for node, line in zip(NODES, lines, strict=True)
    }
    said |= {f"debate/{key.replace('_', '-')}/mediator": line for key, line in mediator.items()}
    return await perform(composition, said)


def result(played: Played) -> tuple[str, bool, int, float]:
    outcome = played.outcome
    return (outcome.output, outcome.is_reached, len(outcome.rounds), round(outcome.support, 3))


RED_BLUE_GREEN = ("Red", "Blue", "Green")


async def test_debaters_see_the_positions_of_the_round_before_and_their_own() -> None:
    played = await debated(team("majority"), RED_BLUE_GREEN, ("Red", "red.", "Green"))
    assert played.keys == [f"debate/round-{number}/{node}" for number in (1, 2) for node in NODES]
    assert played.call("debate/round-1/con").message == TASK
    second = played.call("debate/round-2/con").message
    assert "<your-position>\nI mean it.\nPOSITION: Blue\n</your-position>" in second
    assert '<position by="pro">\nI mean it.\nPOSITION: Red\n</position>' in second
    assert second.count("POSITION:") == 3
    assert "round 2 of at most 3" in played.call("debate/round-2/con").instructions
    assert [position.position for position in played.outcome.rounds[1]] == ["Red", "red.", "Green"]
    played = await debated(team("unanimous"), RED_BLUE_GREEN, ("Pink", "Grey", "Gold"), RED_BLUE_GREEN)
    third = played.call("debate/round-3/con").message
    assert ("POSITION: Pink" in third, "POSITION: Red" in third) == (True, False)


async def test_a_majority_ends_it_in_the_words_of_the_first() -> None:
    played = await debated(team("majority"), RED_BLUE_GREEN, ("Green", "blue!", " BLUE"))
    assert result(played) == ("blue!", True, 2, 0.667)


async def test_two_of_four_are_no_majority() -> None:
    four = composed(topology("debate", {"debaters": ["a", "b", "c", "d"]}, max_rounds=1))
    said: dict[str, Line | list[Line]] = {
        f"debate/round-1/{node}": f"POSITION: {line}" for node, line in zip("abcd", ["x", "y", "y", "x"], strict=True)
    }
    assert result(await perform(four, said)) == ("x", False, 1, 0.5)


async def test_unanimous_means_all() -> None:
    played = await debated(team("unanimous"), ("Red", "red", "Blue"), ("Red", "red", "RED"))
    assert result(played) == ("Red", True, 2, 1.0)
    played = await debated(team("unanimous", max_rounds=1), ("Red", "Blue", "Blue"))
    assert result(played) == ("Blue", False, 1, 0.667)


async def test_weighted_means_more_than_half_of_the_weights() -> None:
    weights = {"pro": 2.0, "con": 1.0}
    played = await debated(team("weighted", weights=weights), RED_BLUE_GREEN, ("Red", "Blue", "red"))
    assert result(played) == ("Red", True, 2, 0.75)
    heavy = team("weighted", weights={"pro": 5})
    assert result(await debated(heavy, ("Red", "Blue", "Blue"))) == ("Red", True, 1, 0.714)
    played = await debated(team("majority", weights={"pro": 5}), ("Red", "Blue", "Blue"))
    assert result(played) == ("Blue", True, 1, 0.286)


async def test_weights_count_for_each_seat_of_an_agent() -> None:
    slots = {"debaters": ["pro", "con", "pro"]}
    twice = composed(topology("debate", slots, consensus="weighted", weights={"pro": 0.4}, max_rounds=1))
    said: dict[str, Line | list[Line]] = {"debate/round-1/con": "POSITION: Blue"}
    assert result(await perform(twice, said)) == ("Blue", True, 1, 0.556)


async def test_the_first_agreement_of_any_two_ends_it() -> None:
    played = await debated(team("first_agreement"), RED_BLUE_GREEN, ("Red", "Blue", "blue"))
    assert result(played) == ("Blue", True, 2, 0.667)


async def test_without_consensus_the_heaviest_position_counts_and_of_equal_ones_the_first_seat_s() -> None:
    played = await debated(team("majority", max_rounds=2), RED_BLUE_GREEN, ("Blue", "Green", "Red"))
    assert result(played) == ("Blue", False, 2, 0.333)
    played = await debated(team("unanimous", max_rounds=1, weights={"eve": 3}), RED_BLUE_GREEN)
    assert result(played) == ("Green", False, 1, 0.6)


async def test_a_mediator_decides_after_the_last_round_only() -> None:
    mediated = team("majority", mediated=True, max_rounds=2)
    played = await debated(mediated, RED_BLUE_GREEN, RED_BLUE_GREEN, round_2="CONSENSUS: yes\nPOSITION: blue")
    assert result(played) == ("blue", False, 2, 0.333)
    assert played.outcome.mediation == "CONSENSUS: yes\nPOSITION: blue"
    assert "debate/round-1/mediator" not in played.keys
    assert '<position by="pro">' in played.call("debate/round-2/mediator").message
    played = await debated(mediated, ("Red", "Red", "Green"))
    assert (result(played), played.outcome.mediation) == (("Red", True, 1, 0.667), None)


async def test_a_mediator_sees_the_consensus() -> None:
    mediated = team("mediator", mediated=True)
    played = await debated(
        mediated,
        ("Red", "Red", "Red"),
        ("Red", "Crimson", "Scarlet"),
        round_1="Not yet.\nCONSENSUS: no\nPOSITION: Red",
        round_2="**CONSENSUS:** Yes\n**POSITION:** Some red",
    )
    assert result(played) == ("Some red", True, 2, 0.0)
    assert "last round" not in played.call("debate/round-1/mediator").instructions
    assert len(played.keys) == 8


async def test_a_mediator_who_sees_a_consensus_and_names_none_means_the_heaviest_position() -> None:
    played = await debated(team("mediator", mediated=True), ("Red", "Blue", "blue"), round_1="CONSENSUS: yes")
    assert result(played) == ("Blue", True, 1, 0.667)


@pytest.mark.parametrize(
    ("words", "output", "is_reached"),
    [
        ("CONSENSUS: no\nPOSITION: Green", "Green", False),
        ("CONSENSUS: no", "Red", False),
        ("CONSENSUS: yes or no\nPOSITION: Green", "Green", False),
        ("I decide.\nGreen it is.", "Green it is.", False),
        ("POSITION: Green", "Green", False),
        ("CONSENSUS: yes\nPOSITION: Green", "Green", True),
    ],
)
async def test_a_mediator_decides_when_the_last_round_is_over(words: str, output: str, is_reached: bool) -> None:
    played = await debated(team("mediator", mediated=True, max_rounds=1), RED_BLUE_GREEN, round_1=words)
    assert (played.outcome.output, played.outcome.is_reached) == (output, is_reached)
    assert "last round" in played.call("debate/round-1/mediator").instructions


async def test_a_debater_who_fails_ends_it() -> None:
    for config in ({}, {"on_failure": "retry", "retries": 1}):
        with pytest.raises(AgentFailed):
            await debated(team("majority", **config), ("Red", BROKEN, "Red"))


async def test_a_debater_who_is_skipped_is_asked_again_in_the_next_round() -> None:
    played = await debated(team("unanimous", on_failure="skip"), ("Red", BROKEN, "Green"), ("Red", "Red", "Red"))
    assert result(played) == ("Red", True, 2, 1.0)
    second = played.call("debate/round-2/con").message
    assert ("<your-position>" in second, second.count("<position ")) == (False, 2)
    assert [failure.node for failure in played.outcome.failures] == ["con"]
    assert set(played.stage.journal.settled) == {"debate/round-1/settled", "debate/round-2/settled"}


async def test_a_majority_is_one_of_those_who_have_answered() -> None:
    played = await debated(team("majority", on_failure="skip"), (BROKEN, "Red", "red"))
    assert result(played) == ("Red", True, 1, 1.0)
    played = await debated(team("first_agreement", on_failure="skip", max_rounds=1), (BROKEN, BROKEN, "red"))
    assert result(played) == ("red", False, 1, 1.0)
    zero = team("weighted", on_failure="skip", max_rounds=1, weights={"eve": 0})
    assert result(await debated(zero, (BROKEN, BROKEN, "red"))) == ("red", False, 1, 0.0)


async def test_a_quorum_must_answer_in_each_round() -> None:
    quorum = team("unanimous", on_failure="quorum", quorum=2)
    with pytest.raises(TopologyFailed, match="2 of 3"):
        await debated(quorum, RED_BLUE_GREEN, (BROKEN, "Red", BROKEN))
    with pytest.raises(TopologyFailed, match="3 of 3"):
        await debated(team("majority", on_failure="skip"), (BROKEN, BROKEN, BROKEN))


async def test_retry_gives_debaters_and_mediator_more_tries() -> None:
    retried = team("mediator", mediated=True, max_rounds=1, on_failure="retry", retries=3)
    assert {call.retries for call in (await debated(retried, RED_BLUE_GREEN)).stage.calls} == {3}


async def test_a_mediator_who_fails_is_done_without_where_failures_may_be_skipped() -> None:
    for config in ({"on_failure": "skip"}, {"on_failure": "quorum", "quorum": 3}):
        mediated = team("mediator", mediated=True, max_rounds=2, **config)
        played = await debated(mediated, RED_BLUE_GREEN, RED_BLUE_GREEN, round_1=BROKEN, round_2=BROKEN)
        assert result(played) == ("Red", False, 2, 0.333)
        assert [failure.node for failure in played.outcome.failures] == ["med", "med"]
        assert "debate/round-1/mediator/settled" in played.stage.journal.settled
    with pytest.raises(AgentFailed):
        await debated(team("mediator", mediated=True), RED_BLUE_GREEN, round_1=BROKEN)


async def test_agents_named_as_keys_are_do_not_take_them() -> None:
    named = {"debaters": ["mediator", "settled", "mediator"], "mediator": "mediator"}
    played = await perform(composed(topology("debate", named, max_rounds=1, on_failure="skip")), {})
    assert len(set(played.keys)) == 3
    assert played.keys == [f"debate/round-1/{node}" for node in ("mediator-2", "settled-2", "mediator-3")]
    said: dict[str, Line | list[Line]] = {f"debate/round-1/{node}": node for node in ("mediator-2", "settled-2")}
    played = await perform(composed(topology("debate", named, max_rounds=1)), said)
    assert (played.keys[-1], played.stage.calls[-1].node) == ("debate/round-1/mediator", "mediator-4")
