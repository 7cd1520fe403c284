"""A model that codes from a script: what it says in its plan and in each round, and what it was told meanwhile."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pydantic_ai import ModelResponse, TextPart, ToolCallPart
from pydantic_ai.messages import ToolReturnPart, UserPromptPart

from agent_runner.llm.base import ModelAnswer, ModelRequest, Spent
from agent_runner.llm.conversation import Conversation, Reply

Call = tuple[str, dict[str, Any]]
Turn = str | Call | Sequence[Call]
"""What it says last in a round, or the tools that it calls."""


def wrote(path: str, text: str) -> Call:
    return "write_file", {"path": path, "text": text}


class CodingModel:
    """The same turn of the same round always gets the same answer, whoever asks."""

    name = "scripted"

    def __init__(self, *rounds: Sequence[Turn], plan: Sequence[Sequence[Turn]] = (("1. Do it",),)) -> None:
        self.rounds = rounds
        self.plans = plan
        self.asked: Counter[str] = Counter()
        """How often each turn was asked for: `plan/1/1`, `work/2/3`."""
        self.told: list[str] = []
        """What tools and prompts told it, as the last thing before each answer."""

    async def converse(self, conversation: Conversation) -> Reply:
        key, turn = self._turn(conversation)
        self.asked[key] += 1
        self.told += [
            str(part.content)
            for part in conversation.messages[-1].parts
            if isinstance(part, ToolReturnPart | UserPromptPart)
        ]
        calls = [turn] if isinstance(turn, tuple) else turn
        parts = (
            [TextPart(calls)]
            if isinstance(calls, str)
            else [ToolCallPart(name, given) for name, given in _calls(calls)]
        )
        spent = Spent(model=self.name, input_tokens=10, output_tokens=5)
        return Reply(ModelResponse(parts=list(parts)), spent)

    def _turn(self, conversation: Conversation) -> tuple[str, Turn]:
        messages, names = conversation.messages, {tool.name for tool in conversation.parameters.function_tools}
        prompts = [
            at for at, message in enumerate(messages) if any(isinstance(p, UserPromptPart) for p in message.parts)
        ]
        turn = sum(isinstance(message, ModelResponse) for message in messages[prompts[-1] :])
        if "write_file" in names:
            return f"work/{len(prompts)}/{turn + 1}", self.rounds[len(prompts) - 1][turn]
        number = min(len(self.plans), 1 + sum(key.startswith("plan/") and key.endswith("/1") for key in self.asked))
        return f"plan/{number}/{turn + 1}", self.plans[number - 1][turn]

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        raise AssertionError(f"the coder converses: {request.prompt}")

    async def close(self) -> None:
        pass


def _calls(turn: Any) -> list[Call]:
    return list(turn)
