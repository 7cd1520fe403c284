"""The types of the fields that schemas are made of: what is strict on the way in, and how a time goes out."""

import re
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainSerializer,
)

from agent_runner.domain.catalog import (
    AGENT_NAME,
    AGENT_OF_A_TASK,
    CATALOG_NAME,
    OF_HOSTS,
    OF_TOPOLOGIES,
    agent_names,
    is_agent_name,
    needs_project,
)
from agent_runner.domain.clock import to_wire
from agent_runner.domain.model import MODEL_OR_ALIAS, spelled_as_model

LARGEST_GOAL_BYTES: Final = 64 * 1024
MOST_URGENT: Final = 1_000_000
LATEST_TIME: Final = datetime(9000, 1, 1, tzinfo=UTC)


def _is_said(text: str) -> str:
    if not text.strip():
        raise ValueError("it must say something")
    if len(text.encode()) > LARGEST_GOAL_BYTES:
        raise ValueError(f"it is {len(text.encode())} bytes long; at most {LARGEST_GOAL_BYTES} are taken")
    return text


def _is_known_agent(name: str) -> str:
    if not is_agent_name(name):
        known = ", ".join(sorted(agent_names()))
        raise ValueError(
            f"there is no such agent; known are: {known}, {OF_HOSTS}NAME for a host of the workers,"
            f" and {OF_TOPOLOGIES}NAME for a topology of the catalog"
        )
    return name


def _is_agent_without_project(name: str) -> str:
    if needs_project(_is_known_agent(name)):
        raise ValueError(f"{name} works in a project, and a task has none: queue a run of it with POST /runs")
    return name


def _is_runner(name: str) -> str:
    if re.fullmatch(CATALOG_NAME, name) is None:
        raise ValueError("this can be no runner; write a name such as local or async")
    return name


_DATED: Final = re.compile(r"\d{4}-\d\d-\d\d")


def _is_text(value: object) -> object:
    """Pydantic would take a number for seconds since 1970, also one that is written as text."""
    is_dated = isinstance(value, str) and _DATED.match(value)
    if value is not None and not is_dated and not isinstance(value, datetime):
        raise ValueError("a time is written as in 2026-11-20T21:00:00Z")
    return value


def _whole(value: object) -> object:
    """To JSON, 3.0 is the same number as 3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_storable(moment: datetime) -> datetime:
    if not datetime(1970, 1, 1, tzinfo=UTC) <= moment <= LATEST_TIME:
        raise ValueError("the time must lie between the years 1970 and 9000")
    return moment.astimezone(UTC)


WITH_SOMETHING_IN_IT: Final[dict[str, JsonValue]] = {"pattern": r"\S"}

SpokenText = Annotated[str, Field(json_schema_extra=WITH_SOMETHING_IN_IT), AfterValidator(_is_said)]
ShortText = Annotated[
    str, Field(min_length=1, max_length=500, json_schema_extra=WITH_SOMETHING_IN_IT), AfterValidator(_is_said)
]
ModelName = Annotated[
    str,
    Field(
        description="provider:model, an alias of GET /models, or demo; without one, the worker's own.",
        json_schema_extra={"pattern": f"^{MODEL_OR_ALIAS}$"},
    ),
    AfterValidator(spelled_as_model),
]
AgentName = Annotated[str, Field(json_schema_extra={"pattern": f"^{AGENT_NAME}$"}), AfterValidator(_is_known_agent)]
TaskAgentName = Annotated[
    str, Field(json_schema_extra={"pattern": f"^{AGENT_OF_A_TASK}$"}), AfterValidator(_is_agent_without_project)
]
RunnerName = Annotated[
    str,
    Field(
        description="Of a topology: what schedules its agents, `local`, `async`, `metaflow` or one that the workers"
        " have; `local` without it.",
        json_schema_extra={"pattern": f"^{CATALOG_NAME}$"},
    ),
    AfterValidator(_is_runner),
]
Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_is_text), AfterValidator(_is_storable)]
WholeNumber = Annotated[int, BeforeValidator(_whole)]
Priority = Annotated[WholeNumber, Field(ge=-MOST_URGENT, le=MOST_URGENT, description="The higher, the sooner.")]
WireTime = Annotated[datetime, PlainSerializer(to_wire, return_type=str, when_used="json")]


class Input(BaseModel):
    """What clients send: no unknown fields, no guessing of types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Output(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)
