"""Who answers for an agent type."""

from agent_runner.agents.base import RunContext
from agent_runner.agents.typed.call import Call
from agent_runner.domain.outcome import Reply
from agent_runner.llm.base import ModelRequest


async def answer(context: RunContext, call: Call) -> Reply:
    request = ModelRequest(system=call.instructions, prompt=call.message)
    said = await context.complete(call.key, request, agent_role=call.node)
    return Reply(node=call.node, agent=call.agent.name, text=said.text)
