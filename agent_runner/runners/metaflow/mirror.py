"""The worker's side of a flow: plays the same topology, and carries a call out when the flow asks for it."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar, cast

from agent_runner.agents.typed.call import Call
from agent_runner.domain.outcome import Reply
from agent_runner.errors import AgentFailed
from agent_runner.runners.metaflow.line import Answer, Ended, ReplyWanted, Request, TaskWanted
from agent_runner.topologies.stage import Branch, Stage

T = TypeVar("T")
OVER = "the worker that runs this flow has no use for it any more"


class FlowEnded(BaseException):
    """The flow is over, and has not asked for a call. No Exception, so that no pattern goes on without it."""


class Partner(Stage, Protocol):
    """The worker's side of a flow, whoever carries its steps out: the stage of the topology, and who answers the flow.

    `outcome` is what the flow says that it comes to.
    """

    outcome: dict[str, Any] | None

    async def heed(self, request: Request) -> Answer:
        """Answers what a task of the flow says on this machine."""
        ...

    def let_go(self) -> None:
        """Nobody needs the flow any more: whoever waits for an answer is told so."""

    def flow_has_ended(self) -> None:
        """What it has not come to will not be carried out: whoever waits for that gets FlowEnded."""


class Mirror:
    """A stage in front of the runner's own, which has journal and records. Only the flow decides when a call begins.

    So what the topology does, and how it fails, is what it does on every other runner.
    """

    def __init__(self, stage: Stage, task: str) -> None:
        self._stage = stage
        self._task = task
        self._answers: defaultdict[str, asyncio.Future[Answer]] = defaultdict(asyncio.get_running_loop().create_future)
        self._asked: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._settled: dict[str, dict[str, str]] = {}
        self._over = asyncio.Event()
        self._has_ended = False
        self.outcome: dict[str, Any] | None = None

    # ---- for the flow

    async def heed(self, request: Request) -> Answer:
        match request:
            case TaskWanted():
                return Answer(task=self._task)
            case Ended():
                self._begin(request.known)
                self.outcome = request.outcome
                return Answer()
            case ReplyWanted():
                self._begin((*request.known, request.key))
                self._tell_what_is_settled()
                return await self._answer(request.key)

    def _begin(self, keys: Sequence[str]) -> None:
        """A flow that was resumed has what came before, and does not ask for it again: the journal has it as well."""
        for key in keys:
            self._asked[key].set()

    async def _answer(self, key: str) -> Answer:
        over = asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait({self._answers[key], over}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()
        return self._answers[key].result() if self._answers[key].done() else Answer(over=OVER)

    def let_go(self) -> None:
        self._over.set()

    def flow_has_ended(self) -> None:
        self._has_ended = True
        for event in self._asked.values():
            event.set()

    # ---- for the topology

    async def call(self, call: Call) -> Reply:
        if not self._has_ended:
            await self._asked[call.key].wait()
        if self._has_ended:
            raise FlowEnded
        try:
            reply = await self._stage.call(call)
        except AgentFailed as error:
            self._tell(call.key, Answer(failed=error.message, is_permanent=error.is_permanent))
            raise
        except BaseException:
            self.flow_has_ended()  # a stop: what is under way comes to its end, and nothing more is begun
            self.let_go()
            raise
        self._tell(call.key, Answer(reply=reply))
        return reply

    async def gather(self, branches: Sequence[Branch[T]]) -> list[T]:
        return await all_of(branches)

    async def settle(self, key: str, find: Callable[[], Awaitable[dict[str, str]]]) -> dict[str, str]:
        self._settled[key] = await self._stage.settle(key, find)
        self._tell_what_is_settled()
        return self._settled[key]

    def tell(self, share: float, message: str) -> None:
        self._stage.tell(share, message)

    def _tell_what_is_settled(self) -> None:
        """An earlier attempt may have settled what this flow still asks for: nobody will carry that out."""
        for group, failed in self._settled.items():
            for key in self._asked:
                if any(key == gone or key.startswith(f"{gone}/") for gone in failed):
                    self._tell(key, Answer(settled={group: failed}))

    def _tell(self, key: str, answer: Answer) -> None:
        if not self._answers[key].done():
            self._answers[key].set_result(answer)


async def all_of(branches: Sequence[Branch[T]]) -> list[T]:
    """How many at once is the flow's business. A failure counts before what the flow did not come to for it."""
    ended = await asyncio.gather(*(branch() for branch in branches), return_exceptions=True)
    failed = [each for each in ended if isinstance(each, BaseException)]
    for error in sorted(failed, key=_weight):
        raise error
    return cast("list[T]", ended)


def _weight(error: BaseException) -> int:
    """A stop, then what has failed, then what was not begun."""
    return 2 if isinstance(error, FlowEnded) else int(isinstance(error, Exception))
