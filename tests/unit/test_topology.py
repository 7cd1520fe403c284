"""Topologies as data: who sits where, and what is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from agent_runner.domain.topology import TopologyType


def topology(type_: str, slots: dict[str, Any], **config: Any) -> TopologyType:
    return TopologyType.model_validate({"name": "team", "config": {"type": type_, **config}, "slots": slots})


def nodes(topology: TopologyType) -> list[str]:
    return [seat.node for seat in topology.seats]


def test_nodes_are_unique_also_where_an_agent_is_called_like_one() -> None:
    members = {"members": ["ann", "ann", "ann-2", "ann", "ann-2"]}
    assert nodes(topology("ensemble", members, aggregation="vote")) == ["ann", "ann-2", "ann-2-2", "ann-3", "ann-2-3"]


def test_no_node_has_a_word_that_keys_need() -> None:
    assert nodes(topology("pipeline", {"stages": ["settled", "mediator", "settled"]})) == [
        "settled-2", "mediator", "settled-3"
    ]  # fmt: skip
    assert nodes(topology("debate", {"debaters": ["mediator", "pro"], "mediator": "med"})) == [
        "mediator-2", "pro", "med"
    ]  # fmt: skip
    assert nodes(topology("debate", {"debaters": ["pro", "con"], "mediator": "mediator"}))[-1] == "mediator"


@pytest.mark.parametrize(
    ("type_", "slot", "other"),
    [
        ("ensemble", "members", {"synthesizer": "syn"}),
        ("debate", "debaters", {"mediator": "med"}),
        ("cross-check", "validators", {"author": "art"}),
    ],
)
def test_weights_are_those_of_agents_that_are_there_and_some_count(
    type_: str, slot: str, other: dict[str, str]
) -> None:
    slots = {slot: ["ann", "bob"], **other}
    assert topology(type_, slots, weights={"ann": 0, "bob": 0.1}).seats
    with pytest.raises(ValidationError, match=f"weights names 'cem', and the {slot} are: ann, bob"):
        topology(type_, slots, weights={"cem": 1})
    for foreign in other.values():
        with pytest.raises(ValidationError, match=foreign):
            topology(type_, slots, weights={foreign: 1})
    with pytest.raises(ValidationError, match=f"the weights of all {slot} are 0"):
        topology(type_, slots, weights={"ann": 0, "bob": 0})
