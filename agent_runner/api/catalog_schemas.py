"""What the routes of the catalog give: agents, topologies and mixins."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, Field, JsonValue

from agent_runner.api import examples
from agent_runner.api.fields import Output, WireTime
from agent_runner.domain.agent_type import AgentConfig, Role
from agent_runner.domain.host_report import HostHealth
from agent_runner.domain.topology import AnyPatternConfig, Pattern


class AgentKind(StrEnum):
    """`built-in` comes with agent-runner, `host` is a program beside the workers: a run can name both.

    `type` is defined by people, for the slots of topologies.
    """

    BUILT_IN = "built-in"
    HOST = "host"
    TYPE = "type"


class AgentPublic(Output):
    model_config = ConfigDict(json_schema_extra=examples.AGENT)

    name: str
    kind: AgentKind
    version: str | int | None = Field(
        description="Of the program or framework inside; of a type, the number of its definition."
    )
    health: HostHealth | None = Field(
        description="`missing`: the first run installs it. `broken`: no run can use it. null: no live worker has told."
    )
    reason: str | None = Field(default=None, description="Why it is not ready, or what else to know.")
    description: str
    needs_project: bool = False
    speaks: str | None = Field(default=None, description="The protocol of a host.")
    options: dict[str, Any] = Field(default={}, description="What a run may set in its `config`, by name.")
    role: Role | None = Field(default=None, description="Of a type.")
    config: AgentConfig | None = Field(default=None, description="Of a type.")
    created_at: WireTime | None = Field(default=None, description="Of a type: when this version was made.")


class TopologyPublic(Output):
    model_config = ConfigDict(json_schema_extra=examples.TOPOLOGY)

    name: str
    version: int
    description: str
    type: Pattern
    config: AnyPatternConfig
    slots: dict[str, tuple[str, ...]] = Field(description="Who has which part; in `parts`, topologies.")
    created_at: WireTime = Field(description="When this version was made.")


class MixinPublic(Output):
    model_config = ConfigDict(json_schema_extra=examples.MIXIN)

    name: str
    description: str
    requires: tuple[str, ...] = Field(description="Other mixins that it works with.")
    options: Mapping[str, JsonValue] = Field(description="What `mixin_options` of an agent may set for it, by name.")
