"""What a runner brings to a topology: somebody who carries out calls, and says how many at once."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from agent_runner.agents.typed.call import Call
from agent_runner.domain.outcome import Reply

T = TypeVar("T")
Branch = Callable[[], Awaitable[T]]


class Stage(Protocol):
    async def call(self, call: Call) -> Reply:
        """Asks the agent, once in the life of the run: later attempts get the recorded reply.

        Raises AgentFailed when it gave no answer that can be used; nothing is recorded of that, so a later attempt
        asks again.
        """
        ...

    async def gather(self, branches: Sequence[Branch[T]]) -> list[T]:
        """Carries all out, as many at once as the runner does, and returns their results in the order of the branches.

        The only way to do things at the same time. Raises what the first of them, in their order, has raised; those
        under way are waited for, so that what they have paid for is recorded.
        """
        ...

    async def settle(self, key: str, find: Callable[[], Awaitable[dict[str, str]]]) -> dict[str, str]:
        """Which calls have failed for good, by their keys, with the reason: found once, recorded, replayed."""
        ...

    def tell(self, share: float, message: str) -> None:
        """What is about to happen, and which share of the whole is done, from 0 to 1. For people who watch."""
        ...
