"""The demo model: shows the whole lifecycle where no model is configured, and says in every answer that it is none."""

import asyncio
import json
import re
from typing import TYPE_CHECKING, Final

from agent_runner.domain.model import DEMO
from agent_runner.errors import PermanentAgentError
from agent_runner.llm.base import ModelAnswer, ModelRequest, Spent, estimated_tokens

if TYPE_CHECKING:
    from agent_runner.llm.conversation import Conversation, Reply

LONGEST_QUOTE: Final = 120

_GOAL: Final = re.compile(r"<goal>\s*(.*?)\s*</goal>", re.DOTALL)
_LINES: Final = {
    "ANSWER": "[demo] no model was used",
    "BEST": "1",
    "CONSENSUS": "yes",
    "DECISION": "[demo] nothing was decided, because no model was used",
    "NUMBER": "0",
    "POSITION": "[demo] no position, because no model was used",
    "VERDICT": "accept",
}
"""How the demo model plays along where agents are to end their answers with such lines; all of them say the same."""
_ASKED_FOR: Final = re.compile(rf"^({'|'.join(_LINES)}):", re.MULTILINE)
_WORKER: Final = re.compile(r"^- (\S+)(?: \[([^\]\n]+)\])?", re.MULTILINE)
_STEP: Final = re.compile(r"^Step (\d+) of (\d+): (.+)$", re.MULTILINE)


class DemoModel:
    """Deterministic: the same question gets the same answer, after `step_seconds`."""

    def __init__(self, step_seconds: float) -> None:
        self._step_seconds = step_seconds

    @property
    def name(self) -> str:
        return DEMO

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        await asyncio.sleep(self._step_seconds)
        text = demo_answer(request)
        return ModelAnswer(
            text=text,
            model=DEMO,
            input_tokens=estimated_tokens(request.system, request.prompt),
            output_tokens=estimated_tokens(text),
            is_estimated=True,
            cost_usd=0.0,
        )

    async def converse(self, conversation: "Conversation") -> "Reply":
        """Raises PermanentAgentError when the agent brought no script for it."""
        from agent_runner.llm.conversation import Reply  # noqa: PLC0415 - seconds of imports, paid when it is used

        if conversation.demo is None:
            raise PermanentAgentError(
                "this agent needs a real model: the demo model cannot use its tools",
                next_step="set LLM_MODEL, or start Ollama",
            )
        await asyncio.sleep(self._step_seconds)
        response = conversation.demo(conversation.messages, conversation.parameters)
        conversation.tell_whole(response)
        spent = Spent(
            model=DEMO,
            input_tokens=estimated_tokens(conversation.text),
            output_tokens=estimated_tokens(repr(response.parts)),
            is_estimated=True,
            cost_usd=0.0,
        )
        return Reply(response, spent)

    async def close(self) -> None:
        """There is nothing to close."""


def demo_answer(request: ModelRequest) -> str:
    """A labelled answer, which ends with the lines that the system prompt asks for.

    A plan where a numbered list is asked for, a walk through a step, and otherwise an echo.
    """
    lines = _lines_asked_for(request.system)
    if "JSON only" in request.system:
        marks = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return json.dumps({"is_demo": True, "answer": demo_echo(request.prompt), **marks}, ensure_ascii=False)
    return "\n".join([_answer(request), *lines])


def _answer(request: ModelRequest) -> str:
    if "[capability]" in request.system:
        return _shared_out(request.prompt)
    if "numbered list" in request.system:
        return _plan(_quoted(_goal(request.prompt)))
    steps = _STEP.findall(request.prompt)
    if steps:
        number, of, description = steps[-1]
        return f"[demo] Step {number} of {of} ({_quoted(description)}) was walked through; no model was used."
    return demo_echo(_within("your-task", request.prompt) or _within("task", request.prompt) or request.prompt)


def demo_echo(asked: str) -> str:
    return f"[demo] No model was used to answer: {_quoted(asked)}"


def _plan(goal: str) -> str:
    return f"1. Understand the goal: {goal}\n2. Work towards it: {goal}\n3. Check the result and sum it up: {goal}"


def _lines_asked_for(system: str) -> list[str]:
    return [f"{name}: {_LINES[name]}" for name in dict.fromkeys(_ASKED_FOR.findall(system))]


def _shared_out(prompt: str) -> str:
    """A task for each worker that the prompt names, so that one sees how work is given out."""
    workers = _WORKER.findall(_within("workers", prompt)) or [("", "")]
    goal = _quoted(_within("task", prompt) or prompt)
    tasks = [
        f"{number}. {f'[{capability}] ' if capability else ''}Part {number} of {len(workers)} of: {goal}"
        for number, (_, capability) in enumerate(workers, start=1)
    ]
    return "\n".join(["[demo] No model was used to split this:", *tasks])


def _within(tag: str, prompt: str) -> str:
    return prompt.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0].strip()


def _goal(prompt: str) -> str:
    found = _GOAL.search(prompt)
    return found.group(1) if found else prompt


def _quoted(text: str) -> str:
    """One line, short enough to stand in a sentence."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1] + "…"
