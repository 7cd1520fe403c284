"""The journal under pydantic-ai: each model call and each tool call of one of its agents is one step of the run.

Here and not below: it needs the RunContext, and it imports pydantic-ai, which takes seconds. Import it where an agent
runs, never at the top of a module that the worker loads to start.
"""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

from pydantic import JsonValue, ValidationError
from pydantic_ai import ModelMessage, ModelResponse, RunContext
from pydantic_ai.durable_exec import (
    JSON_CODEC,
    BaseDurabilityCapability,
    DurabilityCodec,
    DurabilityEngineSpec,
    DurableOperationBackend,
    DurableOperationId,
    JournalCallableOperationBackend,
    ModelRequestId,
    RoleBasedOperationConfig,
    ToolsetCallToolId,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.settings import ModelSettings
from pydantic_core import to_jsonable_python

from agent_runner.agents import base
from agent_runner.agents.manner import Manner
from agent_runner.agents.prompt import shortened
from agent_runner.domain.events import ToolCall
from agent_runner.errors import JournalMismatch, PermanentAgentError
from agent_runner.llm import base as llm
from agent_runner.llm.conversation import Conversation, what_was_said
from agent_runner.llm.spoken import with_spoken_calls

LONGEST_ARGUMENTS: Final = 500
"""Of a tool call, in its event; the journal keeps the model's answer whole."""

_SUCCEEDED: Final = frozenset({"tool_return", "tool_content"})

SPENT: Final = "spent"
"""Where in a recorded answer of a model stands what it has consumed."""


class RunModel(Model):
    """The run's model as pydantic-ai sees it. It can be asked within a step only, so that no call goes uncharged."""

    def __init__(self, name: str, manner: Manner, *, cacheable: bool) -> None:
        super().__init__()
        self._name = name
        self._manner = manner
        self._cacheable = cacheable
        self.asked: llm.Model | None = None
        self.spent: llm.Spent | None = None

    @property
    def model_name(self) -> str:
        return self._name

    @property
    def system(self) -> str:
        return "agent-runner"

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        settings, parameters = self.prepare_request(model_settings, model_request_parameters)
        asked = self.asked
        assert asked is not None, "a model is asked within a step"
        conversation = Conversation(
            messages=messages,
            parameters=parameters,
            settings=settings,
            cacheable=self._cacheable,
            demo=self._manner.demo,
        )
        reply = await self._manner.tries.of(lambda: asked.converse(conversation))
        self.spent = reply.spent
        response = with_spoken_calls(reply.response, parameters)
        response.metadata = {**(response.metadata or {}), SPENT: reply.spent.model_dump(mode="json")}
        return response


class Journal(JournalCallableOperationBackend[None]):
    """`KEY/1`, `KEY/2` … are the steps of model calls, `KEY/1/NAME-2` is the second tool call that the first asked for.

    What a server sends as the id of a tool call is not used: some send the same one each time.
    """

    def __init__(self, context: base.RunContext, key: str, model: RunModel, manner: Manner) -> None:
        config = RoleBasedOperationConfig[None](model=None, event=None, capability=None, tool=None)
        super().__init__(agent_name=key, config=config)
        self._context = context
        self._key = key
        self._model = model
        self._manner = manner
        self._turn = manner.turns_before
        self._places: dict[str, list[int]] = {}

    async def execute(
        self,
        *,
        operation_id: DurableOperationId,
        name: str,
        body: Callable[[], Awaitable[object]],
        cache_key: tuple[object, ...],
        config: None,
    ) -> object:
        """What is neither a model call nor a tool call costs nothing, and is simply done again."""
        del name, config
        match operation_id:
            case ModelRequestId():
                return await self._model_call(body, cast("list[ModelMessage]", cache_key[1]))
            case ToolsetCallToolId():
                tool, arguments, context = cast("tuple[str, Any, RunContext[Any]]", cache_key[:3])
                return await self._tool_call(body, tool, arguments, context.tool_call_id or "")
            case _:
                return await body()

    async def _model_call(self, body: Callable[[], Awaitable[object]], messages: list[ModelMessage]) -> JsonValue:
        async def ask(model: llm.Model) -> base.Paid:
            await self._manner.before_call()
            self._model.asked = model
            output = cast("JsonValue", await body())
            assert self._model.spent is not None, "it has just been asked"
            return base.Paid(output, self._model.spent)

        self._turn += 1
        output = await self._context.model_step(
            f"{self._key}/{self._turn}",
            ask,
            input=what_was_said(messages),
            agent_role=self._manner.agent_role,
            model=self._manner.model,
        )
        if self._manner.paid is not None:
            self._manner.paid(_spent_for(output))
        self._places = _places_of_tool_calls(output)
        return output

    async def _tool_call(
        self, body: Callable[[], Awaitable[object]], tool: str, arguments: object, call_id: str
    ) -> JsonValue:
        given: JsonValue = to_jsonable_python(arguments, fallback=repr)
        took = 0.0

        async def work() -> JsonValue:
            nonlocal took
            began = time.monotonic()
            output = await body()
            took = time.monotonic() - began
            return cast("JsonValue", output)

        def tells(output: JsonValue) -> base.Told:
            error = _error_of(output)
            call = ToolCall(
                tool=tool,
                arguments=shortened(json.dumps(given, ensure_ascii=False), LONGEST_ARGUMENTS),
                ok=error is None,
                error=error,
                duration_ms=round(took * 1000, 1),
            )
            return base.Told(call, self._manner.agent_role)

        places = self._places.get(call_id)
        if not places:
            raise PermanentAgentError(f"the tool {tool!r} was called without the model having asked for it")
        key = f"{self._key}/{self._turn}/{tool}-{places.pop(0)}"
        output = await self._context.step(key, work, input={"tool": tool, "arguments": given}, tells=tells)
        if self._manner.heed is not None and (metadata := _metadata_of(output)) is not None:
            self._manner.heed(metadata)
        return output


def _places_of_tool_calls(response: JsonValue) -> dict[str, list[int]]:
    """Where in a model's answer the tool calls of each id stand, from 1."""
    answer = cast("dict[str, list[dict[str, Any]]]", response)
    calls = [part for part in answer["parts"] if part.get("part_kind") == "tool-call"]
    places: dict[str, list[int]] = {}
    for place, call in enumerate(calls, start=1):
        places.setdefault(str(call.get("tool_call_id")), []).append(place)
    return places


def _spent_for(output: JsonValue) -> llm.Spent:
    match output:
        case {"metadata": {"spent": spent}}:
            return llm.Spent.model_validate(spent)
        case _:
            raise JournalMismatch(
                "a recorded answer of a model does not say what it has consumed",
                next_step="it was written by another version; start a new run",
            )


def _metadata_of(output: JsonValue) -> JsonValue:
    """What a tool left beside its answer; None if nothing."""
    match output:
        case {"kind": "tool_return", "result": {"kind": "tool-return", "metadata": metadata}}:
            return metadata
        case _:
            return None


def _error_of(output: JsonValue) -> str | None:
    """What the model is told of a tool call that failed; None when it succeeded."""
    kind = output.get("kind") if isinstance(output, dict) else None
    if not isinstance(output, dict) or kind in _SUCCEEDED:
        return None
    return shortened(str(output.get("message") or kind), LONGEST_ARGUMENTS)


class _Codec(DurabilityCodec):
    """JSON. A step that cannot be read is said so: a ValidationError would be taken for bad arguments of a tool."""

    def dump(self, tp: Any, value: Any) -> Any:
        return JSON_CODEC.dump(tp, value)

    def load(self, tp: Any, payload: Any) -> Any:
        try:
            return JSON_CODEC.load(tp, payload)
        except ValidationError as error:
            raise JournalMismatch(
                f"a recorded step is no answer of a model or a tool: {error.errors()[0]['msg']}",
                next_step="it was written by another version; start a new run",
            ) from error


def _not_json(error: Exception) -> PermanentAgentError:
    return PermanentAgentError(f"a tool gave back what is not JSON: {error}")


class Durability(BaseDurabilityCapability[Any]):
    """Puts the journal under one run of one pydantic-ai agent."""

    engine_spec = DurabilityEngineSpec(
        engine_name="agent-runner",
        durable_unit_noun="step",
        durable_container_noun="run",
        codec=_Codec(),
        serialization_failure=_not_json,
        journal_discovery=False,
    )

    def __init__(self, journal: Journal, name: str) -> None:
        super().__init__(name=name)
        self._journal = journal

    @property
    def in_durable_context(self) -> bool:
        return True

    def get_durable_operation_backend(self) -> DurableOperationBackend[None]:
        return self._journal
