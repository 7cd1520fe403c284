"""The models of a worker: its own, and those that runs name."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Final

from agent_runner.domain.model import DEMO
from agent_runner.errors import ConfigurationError, PermanentAgentError
from agent_runner.llm.base import Model
from agent_runner.llm.cache import AnswerCache
from agent_runner.llm.choose import ModelSettings, named_endpoint, remote_model
from agent_runner.llm.demo import DemoModel

MOST_IDLE: Final = 8
"""So many models that no run uses at the moment stay open, with their connections."""


@dataclass(slots=True)
class _Open:
    model: Model
    users: int = 0


class Models:
    """One model a name, made for the first run that names it. A run that names none has the worker's own."""

    def __init__(self, own: Model, settings: ModelSettings, cache: AnswerCache | None = None) -> None:
        self._own = nullcontext(own)
        self._settings = settings
        self._cache = cache
        self._open: dict[str, _Open] = {}
        """The one that was asked for last stands last."""

    def of(self, name: str | None) -> AbstractAsyncContextManager[Model]:
        """Open as long as somebody is within. Raises PermanentAgentError when this worker cannot make it."""
        if name is None:
            return self._own
        name = self._settings.meant(name)
        wanted = self._open.pop(name, None) or _Open(self._made(name))
        self._open[name] = wanted
        return self._in_use(wanted)

    @asynccontextmanager
    async def _in_use(self, wanted: _Open) -> AsyncGenerator[Model]:
        wanted.users += 1
        try:
            yield wanted.model
        finally:
            wanted.users -= 1
            await self._close_oldest()

    async def close(self) -> None:
        """Closes those that runs have named; the worker's own is its owner's."""
        while self._open:
            _, each = self._open.popitem()
            await each.model.close()

    async def _close_oldest(self) -> None:
        idle = [name for name, each in self._open.items() if not each.users]
        for each in [self._open.pop(name) for name in idle[:-MOST_IDLE]]:
            await each.model.close()

    def _made(self, name: str) -> Model:
        if name == DEMO:
            return DemoModel(self._settings.demo_step_seconds)
        try:
            return remote_model(self._settings, named_endpoint(self._settings, name, "model"), self._cache)
        except ConfigurationError as error:
            sentence = f"the run cannot have its own model: {error.message}; {error.next_step}"
            raise PermanentAgentError(sentence) from error
