"""The names under which people add mixins and tools of their own."""

import re
from collections.abc import Collection, MutableMapping
from typing import TypeVar

from agent_runner.domain.agent_type import CATALOG_NAME
from agent_runner.errors import InvalidInput

T = TypeVar("T")


def enter(own: MutableMapping[str, T], built_in: Collection[str], kind: str, name: str, what: T) -> None:
    """Raises InvalidInput for a name that is none, or is taken. A module that is loaded again replaces its own."""
    if not re.fullmatch(CATALOG_NAME, name):
        raise InvalidInput(
            f"{name[:100]!r} cannot be the name of a {kind}",
            next_step="use small letters, digits, - and _, with a letter first, at most 64",
        )
    if name in built_in:
        raise InvalidInput(f"the {kind} {name!r} comes with agent-runner", next_step="choose another name")
    if name in own and _origin(own[name]) != _origin(what):
        raise InvalidInput(
            f"the {kind} {name!r} is registered twice: as {_origin(own[name])} and as {_origin(what)}",
            next_step="choose another name for one of them",
        )
    own[name] = what


def _origin(what: object) -> str:
    return f"{getattr(what, '__module__', '')}.{getattr(what, '__qualname__', what)}"
