"""One agent of a topology is asked, once in the life of the run: the call is a step, with all that led to its reply."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from pydantic import JsonValue, ValidationError

from agent_runner.agents.base import RunContext, Told
from agent_runner.agents.prompt import shortened
from agent_runner.agents.typed.base import AnyMixin
from agent_runner.agents.typed.call import Call
from agent_runner.agents.typed.chain import Chain
from agent_runner.agents.typed.dialogue import LONGEST_TOLD, Dialogue
from agent_runner.agents.typed.prompt import system_prompt
from agent_runner.agents.typed.registry import MixinRegistry
from agent_runner.domain.events import AgentComplete, AgentStart, Error, Message
from agent_runner.domain.outcome import Reply
from agent_runner.errors import AgentError, AgentFailed, JournalMismatch, OverBudget, PermanentAgentError

LONGEST_REASON: Final = 4_000

Ask = Callable[[Sequence[AnyMixin], JsonValue], Awaitable[Reply]]
"""Gets the reply of an agent with these mixins to this question. Raises AgentFailed."""


async def answer(context: RunContext, call: Call, mixins: MixinRegistry) -> Reply:
    """The agent's reply: made now, or the one that is in the journal under the key of the call.

    Raises AgentFailed where the agent gives none that can be used. What is no failure of the agent passes through:
    OverBudget, JournalMismatch, Suspended, a cancel, a lost lease, a store that is away.
    """

    async def ask(own: Sequence[AnyMixin], asked: JsonValue) -> Reply:
        del asked
        return await _reply(context, call, own, mixins)

    return await answer_of(context, call, mixins, ask)


async def answer_of(context: RunContext, call: Call, mixins: MixinRegistry, ask: Ask) -> Reply:
    """As `answer`, with somebody else who asks."""
    try:
        own = mixins.of(call.agent.config)
    except PermanentAgentError as error:
        raise _failure(call, error) from error

    asked = question(call, own)

    async def work() -> JsonValue:
        context.emit(AgentStart(node=call.node), call.node)
        return (await ask(own, asked)).model_dump(mode="json")

    def told(output: JsonValue) -> Sequence[Told]:
        said = Message(content=shortened(Reply.model_validate(output).text, LONGEST_TOLD))
        return Told(said, call.node), Told(AgentComplete(node=call.node), call.node)

    # What a mixin does beside the answer may reach beyond the journal, so it is not to be done again.
    output = await context.step(call.key, work, input=asked, tells=told, derived=not own)
    try:
        return Reply.model_validate(output)
    except ValidationError as error:
        raise JournalMismatch(
            f"the recorded step {call.key!r} of run {context.run_id} is no reply of an agent: {error}",
            next_step="it was written by another version; start a new run",
        ) from error


async def _reply(context: RunContext, call: Call, own: Sequence[AnyMixin], mixins: MixinRegistry) -> Reply:
    dialogue = Dialogue(context, call)
    chain = Chain(own, context, call, dialogue)
    try:
        await chain.start(mixins.tools)
        message = await chain.message(call.message)
        reply = dialogue.reply(await chain.response(message, await dialogue.answer(message)))
        await chain.complete(reply)
    except Exception as error:
        failure = _failure(call, error)
        await chain.fail(failure)
        if failure is error:
            raise
        context.emit(Error(message=str(failure)), call.node)
        raise failure from error
    finally:
        await chain.destroy()
    return reply


def question(call: Call, own: Sequence[AnyMixin]) -> JsonValue:
    """The input of the call's step, all that the answer depends on: a recorded one holds only for the same."""
    return {
        "node": call.node,
        "agent": call.agent.model_dump(mode="json"),
        "system": system_prompt(call),
        "message": call.message,
        "mixins": [[each.name, each.options.model_dump(mode="json"), each.knows(call)] for each in own],
    }


def _failure(call: Call, error: Exception) -> Exception:
    """AgentFailed for what is a failure of the agent; everything else as it is."""
    if not isinstance(error, AgentError) or isinstance(error, OverBudget | JournalMismatch):
        return error
    is_permanent = error.is_permanent if isinstance(error, AgentFailed) else isinstance(error, PermanentAgentError)
    who = call.node if call.node == call.agent.name else f"{call.node} ({call.agent.name})"
    reason = shortened(error.message, LONGEST_REASON)
    return AgentFailed(f"{who} has failed: {reason}", is_permanent=is_permanent, next_step=error.next_step)
