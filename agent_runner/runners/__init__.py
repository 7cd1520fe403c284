"""Runners: where and how the agents of a topology are scheduled, from Python and for the queue."""

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
