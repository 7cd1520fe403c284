"""What a run has set of an agent that speaks the Agent Client Protocol."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent_runner.agents.acp.permission import Permissions
from agent_runner.hosts.manifest import Host


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    permissions: Permissions
    auth_method: str | None


def options_of(host: Host, config: Mapping[str, Any]) -> Options:
    """Raises PermanentAgentError for an option that there is not, or a value that it does not take."""
    given = host.options(config)
    return Options(permissions=Permissions(given["permissions"]), auth_method=given.get("auth_method"))
