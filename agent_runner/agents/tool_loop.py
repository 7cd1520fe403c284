"""Runs a pydantic-ai agent, with its tools and its typed output, on the journal of a run."""

import copy
from collections.abc import Sequence
from typing import TypeVar

from pydantic_ai import Agent, AgentRunResult, ModelMessage, UsageLimits
from pydantic_ai.exceptions import UnexpectedModelBehavior, UsageLimitExceeded

from agent_runner.agents.base import RunContext
from agent_runner.agents.durable import Durability, Journal, RunModel
from agent_runner.agents.manner import Manner
from agent_runner.errors import PermanentAgentError

Deps = TypeVar("Deps")
Output = TypeVar("Output")


async def run_agent(
    context: RunContext,
    key: str,
    agent: Agent[Deps, Output],
    prompt: str,
    *,
    deps: Deps = None,
    history: Sequence[ModelMessage] | None = None,
    manner: Manner | None = None,
) -> AgentRunResult[Output]:
    """Lets the agent work until it gives its output; a resumed run goes on after the last finished call.

    The agent is built without a model: the run's model answers, or the demo script of the manner. Tools are async, do
    their work within their call, and may be called in parallel; a tool that was under way when its worker died is
    called again. `result.all_messages()` is the `history` for a later call under another key.

    Raises PermanentAgentError when the model comes to no end or cannot use the tools, JournalMismatch when the journal
    tells another story, and whatever a tool raises that is no ModelRetry.
    """
    manner = manner or Manner()
    is_cacheable = context.config.get("cache") is True  # who gives the goal again wants another answer, or says so
    name = manner.model or context.model_name
    model = RunModel(name, manner, cacheable=is_cacheable or manner.is_cacheable)
    durability = Durability(Journal(context, key, model, manner), key)
    ours = copy.copy(agent)  # the model belongs to this run; the agent may serve others at the same time
    ours.model = model
    limits = UsageLimits(request_limit=manner.most_model_calls, tool_calls_limit=manner.most_tool_calls)
    try:
        return await ours.run(
            prompt,
            deps=deps,
            message_history=history,
            usage_limits=limits,
            capabilities=[durability],
        )
    except UsageLimitExceeded as error:
        raise PermanentAgentError(
            f"{name} came to no end within {manner.most_model_calls} model calls and"
            f" {manner.most_tool_calls} tool calls: {error}",
            next_step="make the goal smaller, or use a stronger model",
        ) from error
    except UnexpectedModelBehavior as error:
        raise PermanentAgentError(
            f"{name} could not be brought to use the tools as they are meant: {error}",
            next_step="use a stronger model",
        ) from error
