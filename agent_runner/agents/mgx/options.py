"""What the `config` of a run may say to the team."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent_runner.errors import PermanentAgentError


class Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    max_revision_rounds: int = Field(default=2, ge=0, le=100)
    """How often the reviewer may send the work back."""
    approve_plan: bool = False
    """Whether a person must allow the plan first."""
    cache: bool = False
    """Whether an earlier answer of a model to the same question is as good; who converses with the model heeds it."""
    max_attempts: int | None = None
    """Of the run; its queue heeds it."""


def options_of(config: Mapping[str, Any]) -> Options:
    """Raises PermanentAgentError for what the team does not know, or cannot use."""
    try:
        return Options.model_validate(dict(config))
    except ValidationError as error:
        problem = error.errors()[0]
        name, known = problem["loc"][0], ", ".join(sorted(Options.model_fields))
        what = f"has no meaning: {name!r}" if problem["type"] == "extra_forbidden" else f"cannot be used: {name!r}"
        raise PermanentAgentError(
            f"the config of the run {what} is {problem['input']!r} ({problem['msg'].lower()})",
            next_step=f"the agent mgx knows: {known}",
        ) from None
