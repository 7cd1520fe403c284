"""What a run may set of an agent that speaks the Agent Client Protocol: its own two options, and no other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from agent_runner.agents.acp.permission import Permissions
from agent_runner.hosts.manifest import Host, Option

OWN: Final[Mapping[str, Option]] = {
    "permissions": Option(
        type="string",
        description="What becomes of what it asks to do besides reading and editing.",
        default=Permissions.ASK.value,
        choices=tuple(Permissions),
    ),
    "auth_method": Option(type="string", description="Which of its ways to log in it needs, if it needs one."),
}
"""Every host of the kind has them; its manifest may give them another default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    permissions: Permissions
    auth_method: str | None


def options_of(host: Host, config: Mapping[str, Any]) -> Options:
    """Raises PermanentAgentError for an option that there is not, or a value that it does not take."""
    known = {**OWN, **host.manifest.options}
    manifest = host.manifest.model_copy(update={"options": known})
    given = host.model_copy(update={"manifest": manifest}).options(config)
    return Options(permissions=Permissions(given["permissions"]), auth_method=given.get("auth_method"))
