"""Payloads: one model per type, strict, and small enough to be a fact."""

import json

import pytest
from pydantic import ValidationError

from agent_runner.domain.events import (
    LARGEST_PAYLOAD_BYTES,
    PAYLOADS,
    EventType,
    Log,
    Message,
    PlanGenerated,
    Result,
    RunStarted,
    new_event,
)
from agent_runner.errors import InvalidInput

FRAME = len('{"message":""}')


def test_every_event_type_has_exactly_one_payload_model() -> None:
    assert set(PAYLOADS) == set(EventType)
    assert len({model.__name__ for model in PAYLOADS.values()}) == len(EventType)


def test_an_event_carries_its_payload_as_json_text() -> None:
    event = new_event(PlanGenerated(steps=["read", "write"]), agent_role="planner")
    assert event.type is EventType.PLAN_GENERATED
    assert json.loads(event.payload) == {"steps": ["read", "write"]}
    assert event.agent_role == "planner"


def test_an_unknown_field_of_a_payload_is_refused() -> None:
    with pytest.raises(ValidationError, match="colour"):
        RunStarted.model_validate({"attempt": 1, "worker": "w", "model": "demo", "fence": 1, "colour": "red"})


def test_a_payload_cannot_be_changed() -> None:
    log = Log(message="as it was")
    with pytest.raises(ValidationError, match="frozen"):
        log.message = "as it never was"  # pyright: ignore[reportAttributeAccessIssue] - this is what is tested


def test_the_largest_payload_is_accepted_and_one_byte_more_is_not() -> None:
    new_event(Log(message="x" * (LARGEST_PAYLOAD_BYTES - FRAME)))
    with pytest.raises(InvalidInput, match=f"LOG event is {LARGEST_PAYLOAD_BYTES + 1} bytes") as refused:
        new_event(Log(message="x" * (LARGEST_PAYLOAD_BYTES - FRAME + 1)))
    assert refused.value.next_step is not None


def test_the_size_is_counted_in_bytes_not_in_characters() -> None:
    with pytest.raises(InvalidInput, match="more than 65536"):
        new_event(Message(content="€" * (LARGEST_PAYLOAD_BYTES // 3)))


def test_text_of_every_language_survives() -> None:
    text = "naïve 漢字 🙂 \x00 \n"
    assert json.loads(new_event(Message(content=text)).payload) == {"content": text}


def test_a_result_can_be_any_json() -> None:
    assert json.loads(new_event(Result(result=[1, {"a": None}, "x"])).payload) == {"result": [1, {"a": None}, "x"]}
