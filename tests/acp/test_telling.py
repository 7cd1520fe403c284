"""What a program tells becomes events: as many, and as large, as an event list can hold."""

from typing import Any

import pytest
from acp.schema import ToolCallUpdate

from agent_runner.agents.acp.telling import MOST_EVENTS, Telling
from agent_runner.domain.events import AgentThinking, Message, PlanGenerated, ToolCall, new_event
from tests.agents.memory_context import MemoryContext
from tests.worker.conftest import CountingModel


@pytest.fixture
def context() -> MemoryContext:
    return MemoryContext(CountingModel())


@pytest.fixture
def telling(context: MemoryContext) -> Telling:
    return Telling(context, "simple")


def words(text: str, kind: str = "agent_message_chunk") -> dict[str, Any]:
    return {"sessionId": "s", "update": {"sessionUpdate": kind, "content": {"type": "text", "text": text}}}


def call(**fields: Any) -> dict[str, Any]:
    return {"sessionId": "s", "update": {"sessionUpdate": "tool_call_update", "toolCallId": "1", **fields}}


def test_chunks_become_one_message_until_something_else_is_said(telling: Telling, context: MemoryContext) -> None:
    for piece in ("One ", "message", "."):
        telling.hear(words(piece))
    telling.hear(words("A thought", "agent_thought_chunk"))
    telling.hear(words("Another message"))
    telling.finish_words()
    assert context.events == [
        Message(content="One message."),
        AgentThinking(message="A thought"),
        Message(content="Another message"),
    ]
    assert telling.message == "Another message"


@pytest.mark.parametrize("character", ["x", "\x1b", "\u202e", "😀", "\ud800", '"'])
def test_a_flood_of_words_fits_into_an_event(telling: Telling, context: MemoryContext, character: str) -> None:
    for _ in range(50):
        telling.hear(words(character * 10_000))
    telling.finish_words()
    [said] = context.events
    assert new_event(said).payload
    assert "characters" in telling.message


def test_a_flood_of_events_is_cut_and_that_is_said(telling: Telling, context: MemoryContext) -> None:
    for number in range(MOST_EVENTS * 2):
        telling.hear(call(toolCallId=str(number), title="Look", status="completed"))
    assert len(context.events) == MOST_EVENTS
    assert "no more of this turn is told" in context.events[-1].model_dump_json()


def test_a_call_is_told_when_it_has_ended_with_all_that_was_said_of_it(
    telling: Telling, context: MemoryContext
) -> None:
    telling.hear(call(title="Run the tests", kind="execute", status="pending", rawInput={"command": "pytest"}))
    telling.hear(call(status="in_progress"))
    assert context.events == []
    text = {"type": "content", "content": {"type": "text", "text": "2 failed"}}
    telling.hear(call(status="failed", content=[text, {"type": "unheard of"}]))
    [told] = context.events
    assert isinstance(told, ToolCall)
    assert (told.tool, told.ok, told.error) == ("execute", False, "2 failed")
    assert told.arguments == '{"title": "Run the tests", "input": {"command": "pytest"}}'


def test_calls_that_never_end_are_forgotten(telling: Telling) -> None:
    for number in range(3000):
        telling.hear(call(toolCallId=str(number), title="Look"))
    told = {number: telling.learn(ToolCallUpdate(tool_call_id=str(number))) for number in (2999, 0)}
    assert [told[number].title for number in (2999, 0)] == ["Look", None]


def test_a_large_plan_fits_into_an_event_and_is_told_once(telling: Telling, context: MemoryContext) -> None:
    entry = {"content": "😀" * 5000, "priority": "high", "status": "pending"}
    plan = {"sessionId": "s", "update": {"sessionUpdate": "plan", "entries": [entry] * 1000}}
    telling.hear(plan)
    telling.hear(plan)
    [told] = context.events
    assert isinstance(told, PlanGenerated)
    assert new_event(told).payload


@pytest.mark.parametrize(
    "params",
    [{}, {"sessionId": 1}, {"sessionId": "s", "update": {"sessionUpdate": "of a newer protocol"}}, call(toolCallId=[])],
)
def test_what_is_no_update_is_passed_over(telling: Telling, context: MemoryContext, params: dict[str, Any]) -> None:
    telling.hear(params)
    assert context.events == []
