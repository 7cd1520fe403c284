"""The runners that runs can name."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from agent_runner.errors import PermanentAgentError
from agent_runner.runners.base import Runner

R = TypeVar("R", bound=type[Runner])

_REGISTERED: Final[dict[str, type[Runner]]] = {}


def runner(name: str) -> Callable[[R], R]:
    """Makes a class known as a runner that runs can name; a later one of the same name replaces it."""

    def register(made: R) -> R:
        made.name = name
        _REGISTERED[name] = made
        return made

    return register


class RunnerRegistry:
    """Those that come with agent-runner, and those that were registered until it is asked."""

    @property
    def names(self) -> tuple[str, ...]:
        _load_built_in()
        return tuple(sorted(_REGISTERED))

    def get(self, name: str) -> type[Runner]:
        """Raises PermanentAgentError when there is none of that name here."""
        if name not in self.names:
            raise PermanentAgentError(
                f"this worker has no runner {name!r}; it has: {', '.join(self.names)}",
                next_step="name one of these, or register it with @runner in a module of EXTENSIONS",
            )
        return _REGISTERED[name]

    def of_run(self, name: str, config: Mapping[str, Any]) -> Runner:
        """As the run sets it. Raises PermanentAgentError."""
        return self.get(name).of_run(config)


def _load_built_in() -> None:
    from agent_runner.runners import concurrent, local  # noqa: PLC0415 - they register themselves here
    from agent_runner.runners.metaflow import runner as metaflow  # noqa: PLC0415

    del concurrent, local, metaflow
