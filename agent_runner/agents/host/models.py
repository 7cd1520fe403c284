"""Model calls of a host, made by the worker: one step of the journal each.

Slow to import: it speaks pydantic-ai's words. Only where a host asks a model.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Final

from pydantic import JsonValue
from pydantic_ai import ModelMessage, ModelRequest, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.messages import ModelRequestPart, SystemPromptPart, ToolReturnPart, UserPromptPart
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from agent_runner.agents.base import Paid, RunContext
from agent_runner.errors import HostFailed
from agent_runner.hosts.protocol import ChatMessage, DemoReply, ModelQuestion, ModelReply, ToolUse
from agent_runner.llm.base import Model
from agent_runner.llm.conversation import Conversation, DemoScript, OnText
from agent_runner.llm.demo import demo_echo
from agent_runner.llm.spoken import with_spoken_calls

HASH_LENGTH: Final = 16


class HostModels:
    """Answers the model calls of one host process. `prefix` begins the keys of its steps.

    A host may ask several things at once, and in another order when the run is resumed. So the key of a question is
    what is asked, and its number among the same questions, unless the host names the step itself.
    """

    def __init__(self, context: RunContext, prefix: str) -> None:
        self._context = context
        self._prefix = prefix
        self._asked: Counter[str] = Counter()

    async def answer(self, question: ModelQuestion, on_text: OnText | None = None) -> ModelReply:
        """Raises what a model step raises: OverBudget, Suspended, ModelError, JournalMismatch."""
        key = self._key(question)
        conversation = self._conversation(question, on_text)
        is_new = False

        async def ask(model: Model) -> Paid:
            nonlocal is_new
            is_new = True
            reply = await model.converse(conversation)
            response, spent = with_spoken_calls(reply.response, conversation.parameters), reply.spent
            said = ModelReply(
                id=1,
                text=response.text or "",
                tool_calls=tuple(map(_tool_use, response.tool_calls)),
                model=spent.model,
                input_tokens=spent.input_tokens,
                output_tokens=spent.output_tokens,
                estimated=spent.is_estimated,
                cost_usd=spent.cost_usd,
                cached=spent.is_cached,
            )
            return Paid(said.model_dump(mode="json", exclude={"id"}), spent)

        output = await self._context.model_step(key, ask, input=question.question, agent_role=question.agent)
        assert isinstance(output, dict), "it was made of a ModelReply"
        return ModelReply.model_validate({**output, "id": question.id, "replayed": not is_new})

    def _key(self, question: ModelQuestion) -> str:
        if question.key is not None:
            return f"{self._prefix}/model/{question.key}"
        digest = hashlib.sha256(json.dumps(question.question, sort_keys=True).encode()).hexdigest()[:HASH_LENGTH]
        self._asked[digest] += 1
        return f"{self._prefix}/model/{digest}-{self._asked[digest]}"

    def _conversation(self, question: ModelQuestion, on_text: OnText | None) -> Conversation:
        settings: ModelSettings = {}
        if question.max_tokens is not None:
            settings["max_tokens"] = question.max_tokens
        if question.temperature is not None:
            settings["temperature"] = question.temperature
        if question.stop:
            settings["stop_sequences"] = list(question.stop)
        tools = [
            ToolDefinition(name=tool.name, description=tool.description, parameters_json_schema=tool.parameters)
            for tool in question.tools
        ]
        return Conversation(
            messages=as_messages(question.messages),
            parameters=ModelRequestParameters(function_tools=tools),
            settings=settings,
            cacheable=self._context.config.get("cache") is True,
            demo=demo_script(question.demo, question.messages[-1].content),
            on_text=on_text,
        )


def as_messages(said: Sequence[ChatMessage]) -> list[ModelMessage]:
    """The chat in pydantic-ai's words. Raises HostFailed when it does not end with something to answer."""
    if said[-1].role == "assistant":
        raise HostFailed("the host asked a model to answer its own last message: end with role user, tool or system")
    messages: list[ModelMessage] = []
    asked: list[ModelRequestPart] = []
    names: dict[str, str] = {}
    for message in said:
        if message.role != "assistant":
            asked.append(_asked(message, names))
            continue
        if asked:
            messages.append(ModelRequest(parts=asked))
            asked = []
        names |= {call.id: call.name for call in message.tool_calls}
        messages.append(_answered(message))
    return [*messages, ModelRequest(parts=asked)]


def _asked(message: ChatMessage, names: dict[str, str]) -> ModelRequestPart:
    match message.role:
        case "system":
            return SystemPromptPart(message.content)
        case "tool":
            call_id = message.tool_call_id or ""
            name = message.name or names.get(call_id)
            if name is None:
                raise HostFailed(f"the host gave the result of a tool call {call_id!r} that no message before it makes")
            return ToolReturnPart(tool_name=name, content=message.content, tool_call_id=call_id)
        case _:
            return UserPromptPart(message.content)


def _answered(message: ChatMessage) -> ModelResponse:
    calls = [ToolCallPart(call.name, call.arguments, tool_call_id=call.id) for call in message.tool_calls]
    return ModelResponse(parts=[*([TextPart(message.content)] if message.content or not calls else []), *calls])


def _tool_use(call: ToolCallPart) -> ToolUse:
    try:
        arguments = call.args_as_dict(raise_if_invalid=True)
    except (ValueError, AssertionError):
        arguments: dict[str, JsonValue] = {"INVALID_JSON": str(call.args)}  # so the model can be told, by its host
    return ToolUse(id=call.tool_call_id, name=call.tool_name, arguments=arguments)


def demo_script(reply: DemoReply | None, asked: str) -> DemoScript:
    """What the host wants the demo model to say; else a labelled echo of the question."""

    def script(messages: Sequence[ModelMessage], parameters: ModelRequestParameters) -> ModelResponse:
        del messages, parameters
        if reply is None:
            return ModelResponse(parts=[TextPart(demo_echo(asked))])
        return _answered(ChatMessage(role="assistant", content=reply.text, tool_calls=reply.tool_calls))

    return script
