"""A tool of an agent, and how one's own becomes one."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from agent_runner.agents.base import RunContext
from agent_runner.agents.typed.own import enter
from agent_runner.agents.typed.tools.calculate import calculate
from agent_runner.agents.typed.tools.project import project_tools
from agent_runner.errors import InvalidInput, PermanentAgentError

Function = Callable[..., Awaitable[Any]]
Registered = TypeVar("Registered", bound=Function)


@dataclass(frozen=True, slots=True)
class Tool:
    """`function` is what the model calls: its name, its annotations and its docstring are what the model is told."""

    name: str
    function: Function


OWN_TOOLS: Final[dict[str, Function]] = {}
"""Filled by `@tool`, when the modules of EXTENSIONS are imported."""

ANYWHERE: Final[dict[str, Function]] = {"calculate": calculate}
IN_A_PROJECT: Final = ("list_files", "read_file", "search_files")


def tool(name: str) -> Callable[[Registered], Registered]:
    """Registers a tool of one's own: an async function with annotations and a docstring.

    It raises ToolRefused to tell the model what it should do otherwise; everything else that it raises ends the call.
    """

    def register(function: Registered) -> Registered:
        if not inspect.iscoroutinefunction(function):
            raise InvalidInput(f"the tool {name!r} is no async function", next_step="write it with `async def`")
        enter(OWN_TOOLS, {*ANYWHERE, *IN_A_PROJECT}, "tool", name, function)
        return function

    return register


class ToolRegistry:
    """The tools that agents of a worker can have."""

    def __init__(self, own: Iterable[Tool] = ()) -> None:
        self._own = {each.name: each.function for each in own}

    @property
    def names(self) -> frozenset[str]:
        return frozenset({*ANYWHERE, *IN_A_PROJECT, *self._own})

    def of(self, wanted: Sequence[str] | None, context: RunContext) -> tuple[Tool, ...]:
        """None: all that are built in. Those that read files are there only where the run has a project.

        Raises PermanentAgentError for a name that is unknown.
        """
        there: dict[str, Function] = {**ANYWHERE, **self._own}
        if context.project is not None:
            there |= project_tools(context, context.project)
        names = (*ANYWHERE, *IN_A_PROJECT) if wanted is None else tuple(dict.fromkeys(wanted))
        if unknown := [name for name in names if name not in self.names]:
            raise PermanentAgentError(
                f"this worker has no tool {unknown[0]!r}; it has: {', '.join(sorted(self.names))}",
                next_step="name one of these, or start a worker whose EXTENSIONS register it",
            )
        return tuple(Tool(name, there[name]) for name in names if name in there)


def default_tools() -> ToolRegistry:
    """The built-in ones and those that `@tool` has registered."""
    return ToolRegistry(Tool(name, function) for name, function in OWN_TOOLS.items())
