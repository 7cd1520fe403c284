"""Runners: where and how the agents of a topology are scheduled, from Python and for the queue.

What is named here is imported when it is asked for: a worker that starts needs none of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from agent_runner.runners.base import Metrics, RunConfig, Runner, RunResult, Span
    from agent_runner.runners.concurrent import AsyncRunner
    from agent_runner.runners.local import LocalRunner
    from agent_runner.runners.metaflow.runner import MetaflowRunner
    from agent_runner.runners.registry import RunnerRegistry, runner

__all__ = [
    "AsyncRunner",
    "LocalRunner",
    "MetaflowRunner",
    "Metrics",
    "RunConfig",
    "RunResult",
    "Runner",
    "RunnerRegistry",
    "Span",
    "runner",
]

_ELSEWHERE: Final = {
    "AsyncRunner": "concurrent",
    "LocalRunner": "local",
    "MetaflowRunner": "metaflow.runner",
    "RunnerRegistry": "registry",
    "runner": "registry",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ELSEWHERE.get(name, 'base')}"), name)
