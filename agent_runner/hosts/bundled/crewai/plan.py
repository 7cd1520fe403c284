"""Reads which agents and tasks a run wants. Knows nothing of CrewAI."""

import re
from dataclasses import dataclass
from typing import Any

LONGEST_ROLE = 200
MOST = 50
LONGEST_SHOWN = 120
LONGEST_SLUG = 40


class PermanentError(Exception):
    """Trying again cannot help; the sentence says why."""


@dataclass(frozen=True)
class AgentPlan:
    role: str
    goal: str
    backstory: str


@dataclass(frozen=True)
class TaskPlan:
    number: int
    description: str
    expected_output: str
    agent: str

    @property
    def title(self) -> str:
        return shortened(" ".join(self.description.split()))

    @property
    def artifact(self) -> str:
        slug = re.sub(r"[^a-z0-9]+", "-", self.description.lower())[:LONGEST_SLUG].strip("-")
        return f"tasks/{self.number}-{slug or 'task'}.md"


@dataclass(frozen=True)
class Plan:
    agents: tuple[AgentPlan, ...]
    tasks: tuple[TaskPlan, ...]


def shortened(text: str, longest: int = LONGEST_SHOWN) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def read_plan(goal: str, given: dict[str, Any]) -> Plan:
    """The crew of the input; a researcher and a writer when it names none. Raises PermanentError."""
    only(given, {"agents", "tasks"}, "the input")
    if not given:
        return default_plan(goal)
    agents = tuple(read_agent(each, f"agents[{n}]") for n, each in enumerate(listed(given, "agents")))
    roles: set[str] = set()
    for agent in agents:
        if agent.role in roles:
            raise PermanentError(f"two agents have the role {agent.role!r}; give each its own")
        roles.add(agent.role)
    tasks = tuple(read_task(each, n, roles) for n, each in enumerate(listed(given, "tasks")))
    return Plan(agents, tasks)


def default_plan(goal: str) -> Plan:
    if not goal.strip():
        raise PermanentError(f"the goal is {goal!r}; say what the crew is to do, or give agents and tasks")
    researcher = AgentPlan(
        "Researcher", "Find out what the reader must know", "You check what you say, and say what you do not know."
    )
    writer = AgentPlan("Writer", "Make it easy to read", "You write short, plain sentences.")
    return Plan(
        (researcher, writer),
        (
            TaskPlan(1, f"Collect what is needed for this: {goal}", "A list of facts and open points", researcher.role),
            TaskPlan(2, f"Answer this from the research: {goal}", "The finished text in Markdown", writer.role),
        ),
    )


def read_agent(value: Any, where: str) -> AgentPlan:
    fields = mapping(value, {"role", "goal", "backstory"}, where)
    role = text(fields, "role", where)
    if len(role) > LONGEST_ROLE:
        raise PermanentError(
            f"{where}.role has {len(role)} characters, and at most {LONGEST_ROLE} are allowed: {shown(role)}"
        )
    return AgentPlan(role, text(fields, "goal", where), text(fields, "backstory", where))


def read_task(value: Any, index: int, roles: set[str]) -> TaskPlan:
    where = f"tasks[{index}]"
    fields = mapping(value, {"description", "expected_output", "agent"}, where)
    task = TaskPlan(
        index + 1,
        text(fields, "description", where),
        text(fields, "expected_output", where),
        text(fields, "agent", where),
    )
    if task.agent not in roles:
        known = ", ".join(sorted(roles))
        raise PermanentError(f"{where} names the agent {shown(task.agent)}, and the agents are: {known}")
    return task


def listed(given: dict[str, Any], name: str) -> list[Any]:
    if name not in given:
        raise PermanentError(f"the input has no {name}; give agents and tasks, or neither")
    value = given[name]
    if not isinstance(value, list):
        raise PermanentError(f"{name} must be a list, and is {shown(value)}")
    if not 1 <= len(value) <= MOST:
        raise PermanentError(f"{name} has {len(value)} entries; 1 to {MOST} are possible")
    return value


def mapping(value: Any, known: set[str], where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PermanentError(f"{where} must be an object with {', '.join(sorted(known))}, and is {shown(value)}")
    only(value, known, where)
    return value


def only(value: dict[str, Any], known: set[str], where: str) -> None:
    for name in value:
        if name not in known:
            raise PermanentError(
                f"{where} has the unknown field {shown(name)}; it may have: {', '.join(sorted(known))}"
            )


def text(fields: dict[str, Any], name: str, where: str) -> str:
    if name not in fields:
        raise PermanentError(f"{where} has no {name}; it must be a text that is not empty")
    value = fields[name]
    if not isinstance(value, str) or not value.strip():
        raise PermanentError(f"{where}.{name} must be a text that is not empty, and is {shown(value)}")
    return value.strip()


def shown(value: Any) -> str:
    return shortened(repr(value))
