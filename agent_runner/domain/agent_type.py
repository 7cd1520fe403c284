"""What an agent of a topology is: a role, and how its model is asked. Data only; agents/typed/ brings it to life."""

import re
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from agent_runner.domain.catalog import CATALOG_NAME
from agent_runner.domain.model import spelled_as_model

LARGEST_PROMPT: Final = 32 * 1024
MOST_WORDS: Final = 50
"""Capabilities, or mixins, of one agent."""


class Role(StrEnum):
    PLANNER = "planner"
    EXECUTOR = "executor"
    REVIEWER = "reviewer"
    CRITIC = "critic"
    SYNTHESIZER = "synthesizer"
    SPECIALIST = "specialist"
    COORDINATOR = "coordinator"
    OBSERVER = "observer"


class OutputFormat(StrEnum):
    """`json`: an answer that is no JSON is asked for again, as often as `retries` says."""

    TEXT = "text"
    JSON = "json"


def _is_spelled_as_a_model(name: str | None) -> str | None:
    return None if name is None else spelled_as_model(name)


def _is_word(word: str) -> str:
    if re.fullmatch(CATALOG_NAME, word) is None:
        raise ValueError("a name is a small letter, then small letters, digits, - or _, 64 of them at most")
    return word


Word = Annotated[str, Field(json_schema_extra={"pattern": f"^{CATALOG_NAME}$"}), AfterValidator(_is_word)]
ModelOfAgent = Annotated[str | None, AfterValidator(_is_spelled_as_a_model)]


class Definition(BaseModel):
    """The base of what people define: unknown fields and guessed types are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class AgentConfig(Definition):
    model: ModelOfAgent = Field(
        default=None, description="provider:model, an alias, or demo; null: the run's or the worker's."
    )
    temperature: float | None = Field(default=None, ge=0, le=2)
    max_tokens: int | None = Field(default=None, ge=1, le=1_000_000, description="Of one answer.")
    system_prompt: str | None = Field(default=None, max_length=LARGEST_PROMPT, description="Instead of its role's.")
    output_format: OutputFormat = OutputFormat.TEXT
    retries: int = Field(default=1, ge=0, le=10, description="Further tries after one that failed.")
    timeout_seconds: float | None = Field(default=None, gt=0, le=86_400, description="Of one try.")
    max_tool_calls: int = Field(default=20, ge=0, le=1000)
    capabilities: tuple[Word, ...] = Field(default=(), max_length=MOST_WORDS, description="What it may be given to do.")
    mixins: tuple[Word, ...] = Field(default=(), max_length=MOST_WORDS, description="See GET /mixins.")
    mixin_options: dict[Word, dict[str, JsonValue]] = Field(default={}, description="By mixin.")


class AgentType(Definition):
    """A kind of agent that topologies give their slots to."""

    name: Word
    description: str = Field(default="", max_length=2000)
    role: Role = Role.SPECIALIST
    config: AgentConfig = AgentConfig()
