"""Plays a topology over the replies that are there: to its outcome, or to the calls that it needs next."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from agent_runner.agents.typed.call import Call
from agent_runner.domain.composition import Composition
from agent_runner.domain.outcome import AnyOutcome, Reply
from agent_runner.errors import AgentError, AgentFailed
from agent_runner.topologies.play import play
from agent_runner.topologies.stage import Branch

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known:
    """What has been answered, and what has failed for good where the topology goes on without; by the calls' keys.

    `settled` is what a worker has recorded earlier of groups of them.
    """

    replies: Mapping[str, Reply] = field(default_factory=dict[str, Reply])
    failures: Mapping[str, str] = field(default_factory=dict[str, str])
    settled: Mapping[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call without a reply. `may_fail`: the topology decides what becomes of it when it has failed."""

    call: Call
    may_fail: bool


class Needed(BaseException):
    """Stops the topology where it cannot go on. No Exception, so that no pattern takes it for a failure of an agent."""

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        super().__init__()
        self.wanted = tuple(wanted)


async def advance(composition: Composition, task: str, known: Known) -> AnyOutcome | tuple[Wanted, ...]:
    """The outcome, or all calls that are to be carried out together before it can go on.

    Raises as `play` does where the topology fails.
    """
    try:
        return await play(_Replay(known), composition, task)
    except Needed as needed:
        return needed.wanted


class _Replay:
    """A stage that asks nobody."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._is_settling = False

    async def call(self, call: Call) -> Reply:
        if (reply := self._known.replies.get(call.key)) is not None:
            return reply
        if (sentence := self._known.failures.get(call.key)) is not None:
            raise AgentFailed(sentence)
        raise Needed([Wanted(call, self._is_settling)])

    async def gather(self, branches: Sequence[Branch[T]]) -> list[T]:
        """A branch that has failed ends it when the others have come to their ends, as on every runner."""
        results: list[T] = []
        failed: list[AgentError] = []
        wanted: list[Wanted] = []
        for branch in branches:
            try:
                results.append(await branch())
            except Needed as needed:
                wanted += needed.wanted
            except AgentError as error:
                failed.append(error)
        if wanted:
            raise Needed(wanted)
        if failed:
            raise failed[0]
        return results

    async def settle(self, key: str, find: Callable[[], Awaitable[dict[str, str]]]) -> dict[str, str]:
        if (settled := self._known.settled.get(key)) is not None:
            return settled
        outer, self._is_settling = self._is_settling, True
        try:
            return await find()
        finally:
            self._is_settling = outer

    def tell(self, share: float, message: str) -> None:
        pass
