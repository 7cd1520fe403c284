"""What the demo model does in the team: a labelled file and a test of it that really runs, to see the whole way."""

from collections.abc import Sequence
from typing import Final

from pydantic_ai import ModelMessage, ModelResponse
from pydantic_ai.models import ModelRequestParameters

from agent_runner.agents.change.demo import calls, goal_in, numbered, says, since_last_prompt
from agent_runner.agents.change.scratch import TESTS
from agent_runner.agents.mgx.verdict import Decision, Verdict

CODE: Final = "demo_goal.py"
TEST: Final = "test_demo_goal.py"
LABEL: Final = "Written by the demo model of agent-runner; no model was used."


def plan_of_demo(messages: Sequence[ModelMessage], parameters: ModelRequestParameters) -> ModelResponse:
    del parameters
    steps = (f"Write {CODE}, which names the goal: {goal_in(messages)}", f"Test it in {TEST}", "Review both")
    return says(numbered(steps))


def engineer_of_demo(messages: Sequence[ModelMessage], parameters: ModelRequestParameters) -> ModelResponse:
    del parameters
    if since_last_prompt(messages):
        return says(f"Name the goal in {CODE}\n\n[demo] {LABEL}")
    text = f'"""{LABEL}"""\n\n\ndef goal():\n    return {goal_in(messages)!a}\n'
    return calls("write_file", path=CODE, text=text)


def tester_of_demo(messages: Sequence[ModelMessage], parameters: ModelRequestParameters) -> ModelResponse:
    """Tests what the engineer of the demo has written, where it can be run; a note in a project has no test."""
    tools = {tool.name for tool in parameters.function_tools}
    done = since_last_prompt(messages)
    match [part.tool_name for part in done]:
        case []:
            return calls("list_files", depth=1)
        case ["list_files"] if CODE in str(done[0].content).splitlines():
            return calls("write_file", path=TEST, text=test_of(goal_in(messages)))
        case ["list_files", "write_file"] if "run_command" in tools:
            return calls("run_command", command=TESTS)
        case ["list_files", "write_file", "run_command"]:
            return says(f"[demo] {TEST} was run:\n{done[2].content}")
        case ["list_files", "write_file"]:
            return says(f"[demo] {TEST} was written; nothing can be run here.")
        case _:
            return says("[demo] There is nothing of the demo to test here; the project's checks follow.")


def test_of(goal: str) -> str:
    head = f'"""{LABEL}"""\n\nimport unittest\n\nfrom demo_goal import goal\n\n\n'
    case = "class GoalTest(unittest.TestCase):\n    def test_it_is_named(self):\n"
    return f"{head}{case}        self.assertEqual(goal(), {goal!a})\n"


def review_of_demo(messages: Sequence[ModelMessage], parameters: ModelRequestParameters) -> ModelResponse:
    del messages
    verdict = Verdict(
        decision=Decision.ACCEPT, summary="[demo] Nobody has read this: the demo model accepts whatever there is."
    )
    return calls(parameters.output_tools[0].name, **verdict.model_dump(mode="json"))
