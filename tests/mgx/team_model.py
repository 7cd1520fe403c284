"""A model that plays the whole team from a script: what each role says in each of its turns."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic_ai import ModelResponse, TextPart, ToolCallPart
from pydantic_ai.messages import ModelRequest as Said
from pydantic_ai.messages import ToolReturnPart, UserPromptPart

from agent_runner.llm.base import ModelAnswer, ModelRequest, Spent
from agent_runner.llm.conversation import Conversation, Reply
from tests.coder.coding_model import Call, Turn

VERDICT = "final_result"
_ROLE = re.compile(r"You are the (engineer|tester|reviewer) of|You (lead) a small team")


class Killed(BaseException):
    """The worker dies here."""


class TeamModel:
    """`rounds[role]` are the turns of each of its conversations; the last conversation is given again when they end."""

    name = "scripted"

    def __init__(self, **rounds: Sequence[Sequence[Turn]]) -> None:
        self.rounds: Mapping[str, Sequence[Sequence[Turn]]] = {
            "leader": [["1. Do it"]],
            "engineer": [["I have done nothing"]],
            "tester": [["Nothing to test"]],
            "reviewer": [[accepts()]],
            **rounds,
        }
        self.asked: Counter[str] = Counter()
        """How often each turn was answered: `engineer/2/1`."""
        self.told: dict[str, str] = {}
        """The last thing that each turn was told."""
        self.fails_before: Collection[str] = ()

    async def converse(self, conversation: Conversation) -> Reply:
        key, turn = self._turn(conversation)
        if key in self.fails_before:
            raise ConnectionError(f"planned: before {key}")
        self.asked[key] += 1
        last = [part for part in conversation.messages[-1].parts if isinstance(part, ToolReturnPart | UserPromptPart)]
        self.told[key] = "\n".join(str(part.content) for part in last)
        parts = [TextPart(turn)] if isinstance(turn, str) else [ToolCallPart(*call) for call in calls_of(turn)]
        return Reply(ModelResponse(parts=list(parts)), Spent(model=self.name, input_tokens=10, output_tokens=5))

    def _turn(self, conversation: Conversation) -> tuple[str, Turn]:
        messages = conversation.messages
        prompts = [at for at, said in enumerate(messages) if any(isinstance(p, UserPromptPart) for p in said.parts)]
        instructions = next(said.instructions for said in reversed(messages) if isinstance(said, Said))
        found = _ROLE.search(instructions or "")
        assert found, instructions
        role = found[1] or "leader"
        turn = 1 + sum(isinstance(said, ModelResponse) for said in messages[prompts[-1] :])
        number = len(prompts)
        if role in {"leader", "reviewer"}:  # each time a conversation of its own
            number = 1 + sum(key.startswith(f"{role}/") and key.endswith("/1") for key in self.asked)
            number -= turn > 1
        of_role = self.rounds[role]
        return f"{role}/{number}/{turn}", of_role[min(number, len(of_role)) - 1][turn - 1]

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        raise AssertionError(f"the team converses: {request.prompt}")

    async def close(self) -> None:
        pass


def calls_of(turn: Any) -> list[Call]:
    return [turn] if isinstance(turn, tuple) else list(turn)


def accepts(*remarks: str) -> Call:
    return _verdict("accept", "It is good.", remarks)


def sends_back(*findings: str) -> Call:
    return _verdict("send_back", "It is not good yet.", findings)


def _verdict(decision: str, summary: str, findings: Sequence[str]) -> Call:
    given: dict[str, Any] = {"decision": decision, "summary": summary, "findings": list(findings)}
    return VERDICT, given
