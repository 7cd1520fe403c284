"""An agent of a topology with tools, through pydantic-ai. Slow to import: only where one works."""

import functools
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic_ai import Agent, ModelMessage, ModelResponse, ModelRetry, TextPart, ToolCallPart
from pydantic_ai import Tool as OfferedTool
from pydantic_ai.messages import ToolReturnPart
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.settings import ModelSettings

from agent_runner.agents.base import RunContext
from agent_runner.agents.manner import Manner
from agent_runner.agents.prompt import shortened
from agent_runner.agents.tool_loop import run_agent
from agent_runner.agents.typed.call import Call
from agent_runner.agents.typed.tools.tool import Function, Tool
from agent_runner.errors import AgentFailed, AgentRunnerError, CommandRefused, FileRefused, ToolRefused
from agent_runner.llm.base import ModelRequest
from agent_runner.llm.conversation import DemoScript
from agent_runner.llm.demo import demo_answer

REFUSALS: Final = 5
"""How often in a row a model may call the same tool in a way that is refused."""
LONGEST_RESULT: Final = 64_000
LONGEST_SAID: Final = 1_000

BeforeTool = Callable[[str, Mapping[str, Any]], Awaitable[None]]

LONGEST_LOOKED_AT: Final = 2_000

_SUM: Final = re.compile(r"\d+(?:\.\d+)?(?: ?[-+*/] ?\d+(?:\.\d+)?)+")


@dataclass(frozen=True, slots=True)
class Done:
    text: str
    tool_calls: int


async def work(
    context: RunContext,
    call: Call,
    request: ModelRequest,
    tools: Sequence[Tool],
    before_tool: BeforeTool,
    manner: Manner,
) -> Done:
    """Lets the model answer, with the tools if there are any."""
    settings: ModelSettings = {}
    if request.temperature is not None:
        settings["temperature"] = request.temperature
    if request.max_tokens is not None:
        settings["max_tokens"] = request.max_tokens
    agent: Agent[None, str] = Agent(
        name=call.agent.name,
        instructions=request.system,
        tools=[_offered(each, before_tool) for each in tools],
        retries=REFUSALS,
        model_settings=settings,
    )
    done = await run_agent(context, call.key, agent, request.prompt, manner=manner)
    return Done(done.output, done.usage.tool_calls)


def _offered(tool: Tool, before_tool: BeforeTool) -> OfferedTool:
    async def called(*args: Any, **kwargs: Any) -> Any:
        try:
            await before_tool(tool.name, kwargs)
            result: Any = await tool.function(*args, **kwargs)
        except (ToolRefused, FileRefused, CommandRefused) as refusal:
            said = refusal.message if refusal.next_step is None else f"{refusal.message}; {refusal.next_step}"
            raise ModelRetry(said) from refusal
        except (AgentRunnerError, ModelRetry):
            raise
        except Exception as error:
            sentence = f"the tool {tool.name!r} failed: {type(error).__name__}: {error}"
            raise AgentFailed(shortened(sentence, LONGEST_SAID)) from error
        return shortened(result, LONGEST_RESULT) if isinstance(result, str) else result

    return OfferedTool(_like(tool.function, called), name=tool.name, takes_ctx=False, docstring_format="google")


def _like(function: Function, called: Function) -> Function:
    return functools.wraps(function)(called)


def demo_of(request: ModelRequest) -> DemoScript:
    """What the demo model does with tools: it calls one that fits, once, and repeats what it was told."""

    def script(messages: Sequence[ModelMessage], parameters: ModelRequestParameters) -> ModelResponse:
        parts = [part for message in messages for part in message.parts]
        offered = {tool.name for tool in parameters.function_tools}
        found = _SUM.search(request.prompt[:LONGEST_LOOKED_AT])
        if any(isinstance(part, ToolCallPart) for part in parts):
            offered = set[str]()
        if "calculate" in offered and found:
            return ModelResponse([ToolCallPart("calculate", {"expression": found[0]})])
        if "list_files" in offered:
            return ModelResponse([ToolCallPart("list_files", {"depth": 1})])
        told = [part for part in parts if isinstance(part, ToolReturnPart)]
        said = "".join(f" The tool {part.tool_name} said: {part.content}" for part in told)
        return ModelResponse([TextPart(f"{demo_answer(request)}{said}")])

    return script
