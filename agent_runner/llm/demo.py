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
    """A plan where a numbered list is asked for, a labelled answer to a step, JSON, and otherwise a labelled echo."""
    if "numbered list" in request.system:
        return _plan(_quoted(_goal(request.prompt)))
    steps = _STEP.findall(request.prompt)
    if steps:
        number, of, description = steps[-1]
        return f"[demo] Step {number} of {of} ({_quoted(description)}) was walked through; no model was used."
    if "JSON only" in request.system:
        return json.dumps({"is_demo": True, "answer": demo_echo(request.prompt)}, ensure_ascii=False)
    return demo_echo(request.prompt)


def demo_echo(asked: str) -> str:
    return f"[demo] No model was used to answer: {_quoted(asked)}"


def _plan(goal: str) -> str:
    return f"1. Understand the goal: {goal}\n2. Work towards it: {goal}\n3. Check the result and sum it up: {goal}"


def _goal(prompt: str) -> str:
    found = _GOAL.search(prompt)
    return found.group(1) if found else prompt


def _quoted(text: str) -> str:
    """One line, short enough to stand in a sentence."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1] + "…"
