"""The mixins that come with agent-runner, as the API shows them; agents/ has what they do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class MixinEntry:
    """`requires` names other mixins; `options` is what an agent may set for it, as JSON Schema by name."""

    name: str
    description: str
    requires: tuple[str, ...] = ()
    options: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])


BUILT_IN_MIXINS: Final[tuple[MixinEntry, ...]] = ()
