"""What the demo model does in a project: one small, honest change, so that the whole way can be tried without a key."""

import re
from collections.abc import Sequence
from typing import Final

from pydantic_ai import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.messages import ToolReturnPart, UserPromptPart
from pydantic_ai.models import ModelRequestParameters

NOTES: Final = "TODO.md"
HEADING: Final = "# To do"
LABEL: Final = "(noted by the demo model of agent-runner; no model was used)"
LONGEST: Final = 200

_LINES: Final = re.compile(r"lines 1 to (\d+) of (\d+):$")
_GOAL: Final = re.compile(r"<goal>\s*(.*?)\s*</goal>", re.DOTALL)
_WISHES: Final = re.compile(r"<wishes>\s*(.*?)\s*</wishes>", re.DOTALL)


def plan_of_demo(messages: Sequence[ModelMessage], parameters: ModelRequestParameters) -> ModelResponse:
    del parameters
    goal = goal_in(messages)
    steps = (f"Look whether there is a {NOTES}", f"Note the goal in {NOTES}: {goal}", "Sum up what was changed")
    return says(numbered(steps))


def work_of_demo(messages: Sequence[ModelMessage], parameters: ModelRequestParameters) -> ModelResponse:
    """Looks, adds the goal to the project's list of things to do, and says so; again for each wish of a person."""
    del parameters
    wish = _last(_WISHES, messages)
    entry = f"- [ ] {wish or goal_in(messages)} {LABEL}"
    match [part.tool_name for part in since_last_prompt(messages)]:
        case []:
            return calls("list_files", depth=1)
        case ["list_files"]:
            is_there = NOTES in str(since_last_prompt(messages)[-1].content).splitlines()
            text = f"{HEADING}\n\n{entry}\n"
            return calls("read_file", path=NOTES) if is_there else calls("write_file", path=NOTES, text=text)
        case ["list_files", "read_file"]:
            said, _, known = str(since_last_prompt(messages)[-1].content).partition("\n")
            numbers = _LINES.findall(said)
            if not numbers or numbers[0][0] != numbers[0][1]:  # not all of it was shown, so not all can be written
                return calls("write_file", path=f"agent-runner-{NOTES}", text=f"{HEADING}\n\n{entry}\n")
            return calls("write_file", path=NOTES, text=f"{known.rstrip()}\n{entry}\n")
        case _:
            return says(f"Note in {NOTES} what is to be done\n\n[demo] {entry}")


def goal_in(messages: Sequence[ModelMessage]) -> str:
    """On one line, not too long."""
    return _first(_GOAL, messages) or "the goal"


def numbered(steps: Sequence[str]) -> str:
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1))


def says(text: str) -> ModelResponse:
    return ModelResponse(parts=[TextPart(text)])


def calls(tool: str, **arguments: object) -> ModelResponse:
    return ModelResponse(parts=[ToolCallPart(tool, arguments)])


def _prompts(messages: Sequence[ModelMessage]) -> list[str]:
    parts = [part for message in messages for part in message.parts]
    return [str(part.content) for part in parts if isinstance(part, UserPromptPart)]


def since_last_prompt(messages: Sequence[ModelMessage]) -> list[ToolReturnPart]:
    found: list[ToolReturnPart] = []
    for message in messages:
        for part in message.parts:
            if isinstance(part, UserPromptPart):
                found = []
            elif isinstance(part, ToolReturnPart):
                found.append(part)
    return found


def _first(pattern: re.Pattern[str], messages: Sequence[ModelMessage]) -> str | None:
    return next((_shown(found) for prompt in _prompts(messages) if (found := pattern.search(prompt))), None)


def _last(pattern: re.Pattern[str], messages: Sequence[ModelMessage]) -> str | None:
    found = [match for prompt in _prompts(messages)[-1:] if (match := pattern.search(prompt))]
    return _shown(found[-1]) if found else None


def _shown(found: re.Match[str]) -> str:
    line = " ".join(found.group(1).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
