"""The agents a run can name: one list, read by the API (which may not import agents) and by the worker's registry."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

OF_EVERY_AGENT: Final = frozenset({"max_attempts", "cache"})


@dataclass(frozen=True, slots=True)
class AgentEntry:
    name: str
    description: str
    needs_project: bool = False
    host: str | None = None
    """The host that does its work, for one that is no code of the worker."""
    options: frozenset[str] = OF_EVERY_AGENT
    """What the config of a run may hold. A host has more, which only the workers know."""


DEFAULT_AGENT: Final = "simple"
AGENT_OF_TASKS: Final = "metagpt"
"""Works on a task that names no agent."""

BUILT_IN_AGENTS: Final = (
    AgentEntry("simple", "Thinks, plans the goal into steps and executes each with the configured model."),
    AgentEntry(
        "coder",
        "Changes a copy of a git project, runs its checks, and commits what a person approved.",
        needs_project=True,
    ),
    AgentEntry("metagpt", "MetaGPT's software company writes the program of one idea.", host="metagpt"),
    AgentEntry(
        "mgx",
        "A team of leader, engineer, tester and reviewer: changes a project as the coder does, or makes new files.",
        options=OF_EVERY_AGENT | {"max_revision_rounds", "approve_plan"},
    ),
)

HOST_NAME: Final = "[a-z][a-z0-9-]{0,39}"
OF_HOSTS: Final = "host:"
"""What the name of an agent begins with that is a host; only the workers know which of them there are."""


CATALOG_NAME: Final = "[a-z][a-z0-9_-]{0,63}"
"""What people call their agents and topologies."""
OF_TOPOLOGIES: Final = "topology:"
"""What the name of an agent begins with that is a topology of the catalog."""
OPTIONS_OF_TOPOLOGIES: Final = OF_EVERY_AGENT | {"max_concurrent", "environment", "correlation_id"}


class FlowEnvironment(StrEnum):
    """Where the runner `metaflow` has agents asked: by the worker, or by steps on Kubernetes or AWS Batch."""

    LOCAL = "local"
    KUBERNETES = "kubernetes"
    BATCH = "batch"


DEFAULT_RUNNER: Final = "local"
"""Schedules the agents of a topology whose run names no runner. Which there are, only the workers know."""


def _pattern(entries: Iterable[AgentEntry]) -> str:
    names = sorted(re.escape(entry.name) for entry in entries)
    return f"({'|'.join(names)}|{OF_HOSTS}{HOST_NAME}|{OF_TOPOLOGIES}{CATALOG_NAME})"


AGENT_NAME: Final = _pattern(BUILT_IN_AGENTS)
"""As a regular expression of a whole name."""
AGENT_OF_A_TASK: Final = _pattern(entry for entry in BUILT_IN_AGENTS if not entry.needs_project)
"""A task has no project."""


def is_agent_name(name: str) -> bool:
    """Whether a run may name it. Whether a worker has it is found out by the worker that claims the run."""
    return re.fullmatch(AGENT_NAME, name) is not None


def host_of(agent: str) -> str | None:
    """The name of the host that does the agent's work; None for code of the worker."""
    if agent.startswith(OF_HOSTS):
        return agent.removeprefix(OF_HOSTS)
    return next((entry.host for entry in BUILT_IN_AGENTS if entry.name == agent), None)


def topology_of(agent: str) -> str | None:
    """The name of the topology that the agent is; None for every other agent."""
    return agent.removeprefix(OF_TOPOLOGIES) if agent.startswith(OF_TOPOLOGIES) else None


def runner_of(agent: str, named: str | None) -> str | None:
    """What schedules a run of the agent; None for one that is no topology."""
    return None if topology_of(agent) is None else named or DEFAULT_RUNNER


def options_of(agent: str) -> frozenset[str] | None:
    """What the config of its runs may hold; None where only a worker knows it."""
    if host_of(agent) is not None:
        return None
    if topology_of(agent) is not None:
        return OPTIONS_OF_TOPOLOGIES
    return next((entry.options for entry in BUILT_IN_AGENTS if entry.name == agent), OF_EVERY_AGENT)


def needs_project(name: str) -> bool:
    """Whether the agent can do nothing without a project to work in."""
    return any(entry.needs_project for entry in BUILT_IN_AGENTS if entry.name == name)


def agents_with(hosts: Collection[str]) -> frozenset[str]:
    """The agents of workers that have these hosts and no others."""
    built_in = {entry.name for entry in BUILT_IN_AGENTS if entry.host is None or entry.host in hosts}
    return frozenset(built_in | {f"{OF_HOSTS}{name}" for name in hosts})


def agent_names() -> frozenset[str]:
    """Those that come with agent-runner."""
    return frozenset(entry.name for entry in BUILT_IN_AGENTS)
