"""Answers a call of a flow that no worker runs: by the models that the settings of this machine name."""

from pydantic import JsonValue

from agent_runner.agents.prompt import input_block
from agent_runner.agents.typed.call import Call
from agent_runner.domain.outcome import Reply
from agent_runner.errors import AgentError, AgentFailed
from agent_runner.llm.base import ModelRequest
from agent_runner.llm.choose import choose_model
from agent_runner.llm.models import Models
from agent_runner.runners.library import goal_and_input
from agent_runner.settings import load_settings
from agent_runner.worker.from_settings import model_settings


def task_of(given: JsonValue) -> str:
    """Raises InvalidInput when no goal is in it."""
    goal, rest = goal_and_input(given if isinstance(given, dict) else str(given))
    return goal + input_block(rest)


async def answer_alone(call: Call) -> Reply:
    """Raises AgentFailed when the model gives no answer."""
    asked, config = model_settings(load_settings()), call.agent.config
    own = await choose_model(asked)
    models = Models(own, asked, own.cache)
    request = ModelRequest(
        system="\n\n".join(filter(None, (config.system_prompt, call.instructions))),
        prompt=call.message,
        max_tokens=config.max_tokens,
        temperature=config.temperature,
    )
    try:
        async with models.of(config.model) as model:
            answer = await model.complete(request)
    except AgentError as error:
        raise AgentFailed(f"{call.agent.name} gave no answer: {error.message}") from error
    finally:
        await models.close()
        await own.close()
    return Reply(node=call.node, agent=call.agent.name, text=answer.text, is_demo=answer.model == "demo")
