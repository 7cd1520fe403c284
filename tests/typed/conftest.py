"""Agents of a topology over a journal in memory, with a model that says what a test wants."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pydantic import JsonValue
from pydantic_ai import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.messages import UserPromptPart

from agent_runner.agents.base import Tells
from agent_runner.agents.typed.answer import answer
from agent_runner.agents.typed.base import AnyMixin
from agent_runner.agents.typed.call import Call, Exchange
from agent_runner.agents.typed.registry import BUILT_IN, MixinRegistry
from agent_runner.agents.typed.tools.tool import Tool, ToolRegistry
from agent_runner.domain.agent_type import AgentConfig, AgentType, Role
from agent_runner.domain.events import Payload
from agent_runner.domain.outcome import Reply
from agent_runner.llm.base import Model, ModelAnswer, ModelRequest, Spent
from agent_runner.llm.conversation import Conversation
from agent_runner.llm.conversation import Reply as Turn
from tests.agents.memory_context import Journal, Killed, MemoryContext

TOLD = {"tool-return", "retry-prompt"}
"""How the model is told what a tool has said, or why it was refused."""
Says = Callable[[ModelRequest], str | Exception]


class SpokenModel:
    """Answers as `says` does; with tools, it calls those of `calls` turn by turn, then says what it was told."""

    name = "spoken:model"

    def __init__(self, says: Says | Sequence[str | Exception] = ()) -> None:
        self.requests: list[ModelRequest] = []
        self.calls: list[list[tuple[str, dict[str, Any]]]] = []
        self.turns: list[Conversation] = []
        self._says = says

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        self.requests.append(request)
        if isinstance(self._says, Sequence):
            said = self._says[len(self.requests) - 1] if self._says else f"answer to {request.prompt}"
        else:
            said = self._says(request)
        if isinstance(said, Exception):
            raise said
        return ModelAnswer(text=said, model=self.name, input_tokens=10, output_tokens=5, cost_usd=0.25)

    async def converse(self, conversation: Conversation) -> Turn:
        self.turns.append(conversation)
        told = [part for message in conversation.messages for part in message.parts]
        turn = sum(isinstance(message, ModelResponse) for message in conversation.messages)
        if turn < len(self.calls):
            response = ModelResponse([ToolCallPart(tool, given) for tool, given in self.calls[turn]])
        else:
            said = [str(getattr(part, "content", "")) for part in told if part.part_kind in TOLD]
            response = ModelResponse([TextPart(" | ".join(said) or f"answer to {prompt_of(conversation.messages)}")])
        return Turn(response, Spent(model=self.name, input_tokens=10, output_tokens=5, cost_usd=0.25))

    async def close(self) -> None:
        pass


def prompt_of(messages: Sequence[ModelMessage]) -> str:
    return str(next(part.content for each in messages for part in each.parts if isinstance(part, UserPromptPart)))


class Attempt(MemoryContext):
    """Dies before or after the work of a step; every event has the agent's node as its role."""

    def __init__(self, model: Model, journal: Journal | None = None) -> None:
        super().__init__(model, journal=journal)
        self.die_after = ""
        self.roles: set[str | None] = set()

    def emit(self, payload: Payload, agent_role: str | None = None) -> None:
        self.roles.add(agent_role)
        self.events.append(payload)

    async def step(
        self,
        key: str,
        work: Callable[[], Awaitable[JsonValue]],
        *,
        input: JsonValue = None,  # noqa: A002 - the word of the journal
        tells: Tells | None = None,
        derived: bool = False,
    ) -> JsonValue:
        async def mortal() -> JsonValue:
            output = await work()
            if key == self.die_after:
                raise Killed
            return output

        return await super().step(key, mortal, input=input, tells=tells, derived=derived)

    @property
    def types(self) -> list[str]:
        return [event.type.value for event in self.events]


def ann(**config: Any) -> AgentType:
    return AgentType(
        name="ann", description="She knows birds.", role=Role.SPECIALIST, config=AgentConfig.model_validate(config)
    )


def call_of(message: str = "Which bird?", *, key: str = "pipeline/1-ann", **config: Any) -> Call:
    return Call(key=key, node="ann", agent=ann(**config), message=message)


def said_before(*pairs: tuple[str, str], node: str = "ann", agent: str = "ann", **changes: Any) -> tuple[Exchange, ...]:
    return tuple(
        Exchange(key=f"before/{n}", message=asked, reply=Reply(node=node, agent=agent, text=said, **changes))
        for n, (asked, said) in enumerate(pairs, start=1)
    )


def registry(*own: type[AnyMixin], tools: Sequence[Tool] = ()) -> MixinRegistry:
    return MixinRegistry((*BUILT_IN, *own), ToolRegistry(tools))


async def asked(model: Model, call: Call, mixins: MixinRegistry | None = None) -> tuple[Reply, Attempt]:
    context = Attempt(model)
    return await answer(context, call, mixins or registry()), context
