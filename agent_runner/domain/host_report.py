"""What a worker has found out about its hosts: written by workers, and read by the API, which sees none."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class HostHealth(StrEnum):
    READY = "ready"
    MISSING = "missing"
    """Its environment is not made yet; the first run makes it."""
    BROKEN = "broken"
    """It cannot be started as it is, and no run changes that."""


class HostReport(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    version: str = ""
    description: str = ""
    speaks: str = Field(default="", description="The protocol of its program.")
    health: HostHealth
    reason: str | None = Field(default=None, description="Why it is not ready, or what else to know.")
    options: Mapping[str, Any] = Field(default={}, description="What a run may set in its `config`, by name.")


class HostsReport(BaseModel):
    """All hosts of a worker, those among them that it cannot read."""

    model_config = ConfigDict(frozen=True)

    hosts: tuple[HostReport, ...]

    @property
    def names(self) -> frozenset[str]:
        """Those that a run can use."""
        return frozenset(host.name for host in self.hosts if host.health is not HostHealth.BROKEN)
