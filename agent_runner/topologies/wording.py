"""What agents are told: the task, and what other agents have said, in blocks that these cannot break out of."""

import re
from functools import cache
from string import Template
from typing import Final

from agent_runner.agents.prompt import load_prompt, shortened_inside

TOGETHER: Final = 60_000
"""Characters of other agents in one message; they share it alike."""
LEAST: Final = 200

_OUR_TAGS: Final = re.compile(
    r"<(?=\s{0,9}/?\s{0,9}(?:task|work|answer|your-answer|position|your-position|objection|workers|your-task|result)\b)",
    re.IGNORECASE,
)


def block(tag: str, text: str, *, of: int = 1, **attributes: str | int) -> str:
    """`of` says how many there are of its kind in the message. How a text ends is kept: there it says what counts."""
    named = "".join(f' {name}="{value}"' for name, value in attributes.items())
    inner = _OUR_TAGS.sub("&lt;", shortened_inside(text.strip(), max(LEAST, TOGETHER // max(1, of))))
    return f"<{tag}{named}>\n{inner}\n</{tag}>"


def message(task: str, *blocks: str) -> str:
    """The task is a person's, or a message itself, so it stands as it is."""
    return "\n\n".join([f"<task>\n{task}\n</task>", *blocks])


def instructions(name: str, **values: object) -> str:
    """Of a pattern: the prompt `topology-<name>`."""
    return _prompt(name).substitute({key: str(value) for key, value in values.items()})


@cache
def _prompt(name: str) -> Template:
    return load_prompt(f"topology-{name}")
