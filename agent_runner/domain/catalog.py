"""The agents a run can name: one list, read by the API (which may not import agents) and by the worker's registry."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class AgentEntry:
    name: str
    description: str
    needs_project: bool = False


DEFAULT_AGENT: Final = "simple"

BUILT_IN_AGENTS: Final = (
    AgentEntry("simple", "Thinks, plans the goal into steps and executes each with the configured model."),
    AgentEntry(
        "coder",
        "Changes a copy of a git project, runs its checks, and commits what a person approved.",
        needs_project=True,
    ),
    AgentEntry(
        "mgx",
        "A team of leader, engineer, tester and reviewer: changes a project as the coder does, or makes new files.",
    ),
)


def needs_project(name: str) -> bool:
    """Whether the agent can do nothing without a project to work in."""
    return any(entry.needs_project for entry in BUILT_IN_AGENTS if entry.name == name)


def agent_names() -> frozenset[str]:
    return frozenset(entry.name for entry in BUILT_IN_AGENTS)
