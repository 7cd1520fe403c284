"""The mixins that agents of a worker can have, by name; and how one's own becomes one of them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from agent_runner.agents.typed.base import AnyMixin
from agent_runner.agents.typed.mixins.budget import BudgetMixin
from agent_runner.agents.typed.mixins.cache import CacheMixin
from agent_runner.agents.typed.mixins.human_in_the_loop import HumanInTheLoopMixin
from agent_runner.agents.typed.mixins.logging import LoggingMixin
from agent_runner.agents.typed.mixins.memory import MemoryMixin
from agent_runner.agents.typed.mixins.rate_limit import RateLimitMixin
from agent_runner.agents.typed.mixins.reasoning import ReasoningMixin
from agent_runner.agents.typed.mixins.self_reflection import SelfReflectionMixin
from agent_runner.agents.typed.mixins.tool_use import ToolUseMixin
from agent_runner.agents.typed.own import enter
from agent_runner.agents.typed.tools.tool import ToolRegistry, default_tools
from agent_runner.domain.agent_type import AgentConfig
from agent_runner.domain.mixin import BUILT_IN_MIXINS, options_of_mixin
from agent_runner.errors import InvalidInput, PermanentAgentError

MixinType = type[AnyMixin]
Registered = TypeVar("Registered", bound=MixinType)

BUILT_IN: Final[tuple[MixinType, ...]] = (
    LoggingMixin,
    HumanInTheLoopMixin,
    MemoryMixin,
    ReasoningMixin,
    SelfReflectionMixin,
    ToolUseMixin,
    CacheMixin,
    BudgetMixin,
    RateLimitMixin,
)
"""From the outermost to the one next to the model."""

OWN_MIXINS: Final[dict[str, MixinType]] = {}
"""Filled by `@mixin`, when the modules of EXTENSIONS are imported."""


def mixin(name: str) -> Callable[[Registered], Registered]:
    """Registers a mixin of one's own under this name. It stands within all that are built in, as they are listed."""

    def register(kind: Registered) -> Registered:
        enter(OWN_MIXINS, {entry.name for entry in BUILT_IN_MIXINS}, "mixin", name, kind)
        kind.name = name
        return kind

    return register


class MixinRegistry:
    """The order of `mixins` is that of their hooks, whatever the order in which an agent names them."""

    def __init__(self, mixins: Iterable[MixinType], tools: ToolRegistry) -> None:
        self._mixins = {kind.name: kind for kind in mixins}
        self.tools = tools

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._mixins)

    def of(self, config: AgentConfig) -> tuple[AnyMixin, ...]:
        """New mixins for one call, the outermost first.

        Raises PermanentAgentError for names that are unknown, for mixins that require each other, and for options that
        cannot be used.
        """
        names = self.resolved(config.mixins)
        if foreign := [name for name in config.mixin_options if name not in names]:
            raise PermanentAgentError(
                f"mixin_options has options for {foreign[0]!r}, which is none of its mixins",
                next_step=f"its mixins are: {', '.join(names) or 'none'}",
            )
        return tuple(self._made(self._mixins[name], config) for name in names)

    def resolved(self, names: Sequence[str]) -> tuple[str, ...]:
        """These and all that they require, each after what it requires, otherwise in the order of the registry."""
        wanted = {name: self._position(name) for name in names}
        waiting = list(wanted)
        while waiting:
            name = waiting.pop()
            more = {each: self._position(each, name) for each in self._mixins[name].requires if each not in wanted}
            wanted |= more
            waiting += more
        order: list[str] = []
        for name in sorted(wanted, key=self._position):
            self._enter(name, (), order)
        return tuple(order)

    def _enter(self, name: str, path: tuple[str, ...], order: list[str]) -> None:
        if name in path:
            around = " > ".join((*path[path.index(name) :], name))
            raise PermanentAgentError(f"these mixins require each other: {around}", next_step="remove one of the two")
        if name not in order:
            for required in sorted(self._mixins[name].requires, key=self._position):
                self._enter(required, (*path, name), order)
            order.append(name)

    def _position(self, name: str, wanted_by: str = "") -> int:
        if name not in self._mixins:
            why = f", which {wanted_by!r} requires" if wanted_by else ""
            raise PermanentAgentError(
                f"this worker has no mixin {name!r}{why}; it has: {', '.join(self.names) or 'none'}",
                next_step="name one of these, or start a worker whose EXTENSIONS register it",
            )
        return self.names.index(name)

    def _made(self, kind: MixinType, config: AgentConfig) -> AnyMixin:
        try:
            return kind(options_of_mixin(kind.name, kind.options_type, config.mixin_options.get(kind.name, {})))
        except InvalidInput as error:
            raise PermanentAgentError(error.message, next_step=error.next_step) from error


def default_mixins() -> MixinRegistry:
    """The built-in ones, then those that `@mixin` has registered, with the tools of this process."""
    return MixinRegistry((*BUILT_IN, *OWN_MIXINS.values()), default_tools())
