"""The worker's side of a flow whose steps ask their agents on other machines, and report what came of it."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import count
from typing import Any, Final, TypeVar

from pydantic import JsonValue, ValidationError

from agent_runner.agents.base import PaidElsewhere, RunContext
from agent_runner.agents.typed.answer import answer_of
from agent_runner.agents.typed.base import AnyMixin
from agent_runner.agents.typed.call import Call
from agent_runner.agents.typed.registry import MixinRegistry
from agent_runner.domain.events import Error
from agent_runner.domain.outcome import Reply
from agent_runner.domain.report import CallReport
from agent_runner.errors import AgentFailed, JournalMismatch
from agent_runner.runners.metaflow.line import Answer, Ended, ReplyWanted, Request, TaskWanted
from agent_runner.runners.metaflow.mirror import FlowEnded, all_of
from agent_runner.runners.stage import ASKED_ELSEWHERE, SequentialStage
from agent_runner.topologies.stage import Branch
from agent_runner.worker.recorded import hash_of

T = TypeVar("T")
LOOK_SECONDS: Final = 1.0
"""Between two looks for a report that is waited for."""


class RemoteStage(SequentialStage):
    """Fulfils mirror.Partner. What is reported of a call is the run's from then on: its step, its usage, its events.

    A call waits within the budget of the run, and is under way while it waits.
    """

    def __init__(self, context: RunContext, mixins: MixinRegistry, task: str) -> None:
        super().__init__(context, mixins)
        self._task = task
        self._flow_is_over = asyncio.Event()
        self.outcome: dict[str, Any] | None = None

    # ---- for the tasks of the flow that are on this machine

    async def heed(self, request: Request) -> Answer:
        match request:
            case TaskWanted():
                return Answer(task=self._task)
            case Ended():
                self.outcome = request.outcome
                return Answer()
            case ReplyWanted():
                return Answer(over=f"the call {request.key!r} is to be carried out on another machine")

    def let_go(self) -> None:
        pass

    def flow_has_ended(self) -> None:
        self._flow_is_over.set()

    # ---- for the topology

    async def call(self, call: Call) -> Reply:
        self._context.report(current_agent=call.node)

        async def ask(own: Sequence[AnyMixin], asked: JsonValue) -> Reply:
            del own
            return await self._reported(call, hash_of(asked))

        reply = await answer_of(self._context, call, self._mixins, ask)
        self._context.shared.setdefault(ASKED_ELSEWHERE, set()).add(reply.is_demo)
        return reply

    async def gather(self, branches: Sequence[Branch[T]]) -> list[T]:
        return await all_of(branches)

    async def _reported(self, call: Call, asked: str) -> Reply:
        """A failure that was paid for is in the journal, so that it is paid once; the next attempt passes by it."""
        for key in _keys(call):
            report, is_news = await self._paid(key, call, asked)
            if report.reply is not None:
                return report.reply
            if is_news:
                raise self._failure(call, report)
        raise AssertionError("there is always a further key")

    async def _paid(self, key: str, call: Call, asked: str) -> tuple[CallReport, bool]:
        """What was reported under this key of the journal, and whether it is news to it."""
        is_news = False

        async def wait() -> PaidElsewhere:
            nonlocal is_news
            report = await self._report_of(call, asked)
            if report.failed is not None and not report.model_calls:
                raise self._failure(call, report)
            is_news = True
            return PaidElsewhere(report.model_dump(mode="json", exclude={"model_calls"}), report.model_calls)

        output = await self._context.step_elsewhere(key, wait, input=asked, agent_role=call.node)
        try:
            return CallReport.model_validate(output), is_news
        except ValidationError as error:
            raise JournalMismatch(
                f"the recorded step {key!r} of run {self._context.run_id} is no report of a call: {error}",
                next_step="it was written by another version; start a new run",
            ) from error

    async def _report_of(self, call: Call, asked: str) -> CallReport:
        """Waits for it. Raises FlowEnded when the flow is over and it is not there."""
        while True:
            is_last_look = self._flow_is_over.is_set()
            found = (await self._context.elsewhere.reported([call.key])).get(call.key)
            if found is not None and found.report.input_hash == asked:
                return found.report
            if found is not None and found.is_of_this_attempt:
                raise JournalMismatch(
                    f"the step {call.key!r} of run {self._context.run_id} has asked another question than its worker",
                    next_step="the image of the steps must hold the version of agent-runner that the worker has",
                )
            if is_last_look:
                raise FlowEnded
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._flow_is_over.wait()

    def _failure(self, call: Call, report: CallReport) -> AgentFailed:
        failure = AgentFailed(report.failed or "", is_permanent=report.is_permanent)
        self._context.emit(Error(message=str(failure)), call.node)
        return failure


def _keys(call: Call) -> Iterator[str]:
    yield f"{call.key}/reported"
    for number in count(2):
        yield f"{call.key}/reported-{number}"
