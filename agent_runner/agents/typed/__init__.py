"""Agents that are data: a role, a prompt, a model and mixins, asked once for each message.

What is named here is for people who write mixins and tools of their own; it is imported when it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from agent_runner.agents.typed.base import (
        Mixin,
        OnComplete,
        OnCreate,
        OnDestroy,
        OnError,
        OnInvoke,
        OnMessage,
        OnResponse,
        OnStart,
        OnToolCall,
    )
    from agent_runner.agents.typed.registry import mixin
    from agent_runner.agents.typed.tools.tool import tool
    from agent_runner.domain.mixin import MixinOptions
    from agent_runner.errors import AgentFailed, ToolRefused

__all__ = [
    "AgentFailed",
    "Mixin",
    "MixinOptions",
    "OnComplete",
    "OnCreate",
    "OnDestroy",
    "OnError",
    "OnInvoke",
    "OnMessage",
    "OnResponse",
    "OnStart",
    "OnToolCall",
    "ToolRefused",
    "mixin",
    "tool",
]

_ELSEWHERE: Final = {
    "AgentFailed": "errors",
    "MixinOptions": "domain.mixin",
    "ToolRefused": "errors",
    "mixin": "agents.typed.registry",
    "tool": "agents.typed.tools.tool",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"agent_runner.{_ELSEWHERE.get(name, 'agents.typed.base')}"), name)
