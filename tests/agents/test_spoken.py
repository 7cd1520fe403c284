"""Tool calls in the text of an answer: made when they are nothing else, left alone when they may be."""

import pytest
from pydantic_ai import ModelResponse, TextPart, ThinkingPart, ToolCallPart
from pydantic_ai.messages import ModelResponsePart
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.tools import ToolDefinition

from agent_runner.llm.spoken import with_spoken_calls

PARAMETERS = ModelRequestParameters(
    function_tools=[ToolDefinition(name=name, parameters_json_schema={}) for name in ("read_file", "write_file")],
    output_tools=[ToolDefinition(name="final_result", parameters_json_schema={})],
)
READ = '{"name": "read_file", "arguments": {"path": "a.py"}}'


def calls(*parts: ModelResponsePart) -> list[tuple[str, object]]:
    response = with_spoken_calls(ModelResponse(parts=list(parts)), PARAMETERS)
    return [(part.tool_name, part.args_as_dict()) for part in response.parts if isinstance(part, ToolCallPart)]


@pytest.mark.parametrize(
    "text",
    [
        READ,
        f"  {READ}\n",
        f"```json\n{READ}\n```",
        f"I will read it first.\n```json\n{READ}\n```\nThen I will see.",
        f"<tool_call>\n{READ}\n</tool_call>",
        f"<tool_call>{READ}",
        f"<think>Which file? {READ}</think>\n{READ}",
        f"[{READ}]",
        '{"name": "read_file", "parameters": {"path": "a.py"}}',
        '{"type": "function", "function": {"name": "read_file", "arguments": {"path": "a.py"}}}',
    ],
)
def test_a_call_that_is_written_down_is_made(text: str) -> None:
    assert calls(TextPart(text)) == [("read_file", {"path": "a.py"})]


def test_a_typed_output_may_be_written_down_as_well() -> None:
    said = '{"name": "final_result", "arguments": {"decision": "accept"}}'
    assert calls(TextPart(said)) == [("final_result", {"decision": "accept"})]


@pytest.mark.parametrize(
    "text",
    [
        "Done.",
        '{"name": "delete_everything", "arguments": {}}',
        '{"name": "read_file", "version": "1.0", "arguments": {}}',
        f'["x", {READ}]',
        f"To read a file one says {READ}",
        "```json\n{broken\n```",
        "[" * 100_000,
        "```python\nprint(1)\n```",
        "",
    ],
)
def test_anything_else_is_an_answer(text: str) -> None:
    assert calls(TextPart(text)) == []


def test_several_calls_keep_their_order() -> None:
    write = '{"name": "write_file", "arguments": {"path": "b", "text": "line 1\nline 2"}}'
    said = f"<tool_call>{READ}</tool_call>\n<tool_call>{write}</tool_call>"
    assert [name for name, _ in calls(ThinkingPart("so"), TextPart(said))] == ["read_file", "write_file"]


def test_a_model_that_makes_its_calls_is_left_alone() -> None:
    made = ToolCallPart("read_file", {"path": "b.py"})
    assert calls(TextPart(READ), made) == [("read_file", {"path": "b.py"})]
