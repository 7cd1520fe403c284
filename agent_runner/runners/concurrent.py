"""`AsyncRunner`: agents that need not wait for each other work at the same time, up to a bound."""

from collections.abc import Mapping
from typing import Any, Final, Self

from agent_runner.agents.base import RunContext
from agent_runner.agents.typed.registry import default_mixins
from agent_runner.domain.composition import Composition
from agent_runner.domain.outcome import AnyOutcome
from agent_runner.errors import InvalidInput, PermanentAgentError
from agent_runner.runners.base import RunConfig, Runner
from agent_runner.runners.registry import runner
from agent_runner.runners.stage import ConcurrentStage
from agent_runner.topologies.play import play

MAX_CONCURRENT: Final = 10
MOST_CONCURRENT: Final = 1000


@runner("async")
class AsyncRunner(Runner):
    def __init__(
        self, config: RunConfig | None = None, db_url: str | None = None, *, max_concurrent: int = MAX_CONCURRENT
    ) -> None:
        """Raises InvalidInput when `max_concurrent` is not from 1 to 1,000."""
        super().__init__(config, db_url)
        if not 1 <= max_concurrent <= MOST_CONCURRENT:
            raise InvalidInput(f"max_concurrent is {max_concurrent}, and must be from 1 to {MOST_CONCURRENT}")
        self.max_concurrent: Final = max_concurrent

    @classmethod
    def of_run(cls, config: Mapping[str, Any]) -> Self:
        wanted = config.get("max_concurrent", MAX_CONCURRENT)
        try:
            return cls(max_concurrent=_whole(wanted))
        except InvalidInput as error:
            raise PermanentAgentError(error.message) from error

    async def play(self, context: RunContext, composition: Composition, task: str) -> AnyOutcome:
        return await play(ConcurrentStage(context, default_mixins(), self.max_concurrent), composition, task)


def _whole(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise InvalidInput(f"max_concurrent is {given!r}, and must be a whole number")
    return given
