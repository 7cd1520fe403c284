"""What the model of an agent is told about itself before it is asked."""

from functools import cache
from string import Template

from agent_runner.agents.prompt import load_prompt
from agent_runner.agents.typed.call import Call
from agent_runner.domain.agent_type import OutputFormat, Role


def persona(call: Call) -> str:
    """Who it is: its own prompt, or else its role's with its name."""
    own = call.agent.config.system_prompt
    if own is not None:
        return own
    place = prompt("agent-place").substitute(node=call.node, description=call.agent.description)
    return f"{_role(call.agent.role)}\n\n{place.strip()}"


def system_prompt(call: Call) -> str:
    """Who it is, and how it is to answer: what the pattern and its output format say comes last."""
    form = prompt("agent-json").template if call.agent.config.output_format is OutputFormat.JSON else ""
    return "\n\n".join(part for part in (persona(call), call.instructions, form) if part)


@cache
def prompt(name: str) -> Template:
    """Read once: it is asked for at every call."""
    return load_prompt(name)


def _role(role: Role) -> str:
    return prompt(f"role-{role}").template
