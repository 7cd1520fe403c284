"""One host process from its start to its result: what it says becomes events, steps and artifacts of the run."""

import asyncio
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.agents.host.reports import Proposed, Reports
from agent_runner.domain.approval import ApprovalKind, Question
from agent_runner.errors import HostFailed, PermanentAgentError
from agent_runner.hosts.process import HostProcess
from agent_runner.hosts.protocol import (
    PROTOCOL,
    ArtifactReport,
    Delta,
    Do,
    Done,
    EventReport,
    FailureReport,
    FromHost,
    Heartbeat,
    Hello,
    ModelQuestion,
    PersonQuestion,
    PersonReply,
    Report,
    ResultReport,
    Start,
    StepBegun,
    StepDone,
)

if TYPE_CHECKING:
    from agent_runner.agents.host.models import HostModels

MOST_CALLS_AT_ONCE: Final = 64


Asked = ModelQuestion | PersonQuestion | StepBegun


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    result: dict[str, JsonValue]
    files: dict[str, Proposed]


class HostSession:
    """`prefix` begins the keys of all its steps; `silence_seconds`: how long it may say nothing while none is owed."""

    def __init__(
        self, context: RunContext, process: HostProcess, start: Start, *, prefix: str, silence_seconds: float
    ) -> None:
        self._context = context
        self._process = process
        self._start = start
        self._prefix = prefix
        self._silence_seconds = silence_seconds
        self._reports = Reports(context, Path(start.directory))
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._paid: set[int] = set()
        self._outputs: dict[int, asyncio.Future[JsonValue]] = {}
        self._models: HostModels | None = None
        self._result: dict[str, JsonValue] = {}
        self._is_over = False

    async def run(self) -> Outcome:
        """Until the result. Raises what a step raises, and HostFailed for a host that breaks off or its protocol."""
        try:
            await self._greet()
            while not self._is_over:
                await self._heed(await self._next())
            await self._process.end()
        except HostFailed:
            await self._let_paid_calls_end()
            raise
        except asyncio.CancelledError:
            await self._process.cancel()
            raise
        finally:
            await self._drop_calls()
        return Outcome(result=self._result, files=self._reports.proposed)

    async def _greet(self) -> None:
        hello = await self._next()
        if not isinstance(hello, Hello):
            raise HostFailed(f"the host began with {hello.type!r}, and must begin with 'hello'")
        if hello.protocol != PROTOCOL:
            raise PermanentAgentError(
                f"the host {hello.name} speaks protocol {hello.protocol}, and this worker {PROTOCOL}",
                next_step="use a version of both that fits",
            )
        await self._process.send(self._start)

    async def _next(self) -> FromHost:
        """The next message. Meanwhile calls end; what one raises ends the session."""
        hearing = asyncio.ensure_future(self._process.receive())
        try:
            while not hearing.done():
                timeout = None if self._calls else self._silence_seconds
                done, _ = await asyncio.wait(
                    {hearing, *self._calls.values()}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED
                )
                if not done:
                    raise HostFailed(
                        f"the host said nothing for {self._silence_seconds:g} s",
                        next_step="let it send heartbeats, or raise limits.silence_seconds in its host.toml",
                    )
                self._collect()
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
        message = hearing.result()
        if message is None:
            raise await self._process.broken_off()
        return message

    def _collect(self) -> None:
        for number, call in list(self._calls.items()):
            if call.done():
                del self._calls[number]
                call.result()

    async def _let_paid_calls_end(self) -> None:
        """The program is gone, and what it has asked a model is paid: the answer goes into the journal all the same."""
        if paid := [self._calls[number] for number in self._paid if number in self._calls]:
            await asyncio.wait(paid)

    async def _drop_calls(self) -> None:
        for call in self._calls.values():
            call.cancel()
        await asyncio.gather(*self._calls.values(), return_exceptions=True)

    async def _heed(self, message: FromHost) -> None:
        match message:
            case Heartbeat():
                pass
            case Hello():
                raise HostFailed("the host said 'hello' twice")
            case EventReport() | Report() | ArtifactReport():
                await self._reports.take(message)
            case ModelQuestion() | PersonQuestion() | StepBegun():
                self._begin(message)
            case StepDone():
                self._take_output(message)
            case ResultReport():
                await self._finish(message)
            case FailureReport():
                raise (PermanentAgentError if message.permanent else HostFailed)(message.message)
            case _:
                assert_never(message)

    async def _finish(self, message: ResultReport) -> None:
        self._result = message.result
        self._is_over = True
        await self._let_paid_calls_end()
        self._collect()

    # ---- what it asks

    def _begin(self, asked: Asked) -> None:
        if asked.id in self._calls:
            raise HostFailed(f"the host asked twice under the id {asked.id}")
        if len(self._calls) >= MOST_CALLS_AT_ONCE:
            raise HostFailed(f"the host asked for more than {MOST_CALLS_AT_ONCE} things at once")
        if isinstance(asked, ModelQuestion):
            self._paid.add(asked.id)
        self._calls[asked.id] = asyncio.create_task(self._serve(asked))

    async def _serve(self, asked: Asked) -> None:
        match asked:
            case ModelQuestion():
                await self._answer(asked)
            case PersonQuestion():
                await self._ask(asked)
            case StepBegun():
                await self._step(asked)

    async def _answer(self, question: ModelQuestion) -> None:
        models = await self._models_of_run()
        if not question.stream:
            await self._process.send(await models.answer(question))
            return
        pieces: asyncio.Queue[Delta | None] = asyncio.Queue()

        def on_text(text: str | None) -> None:
            pieces.put_nowait(Delta(id=question.id, text=text or "", restart=text is None))

        sending = asyncio.ensure_future(self._send_all(pieces))
        try:
            reply = await models.answer(question, on_text)
            if reply.replayed:
                on_text(reply.text)
            pieces.put_nowait(None)
            await sending
        finally:
            sending.cancel()
        await self._process.send(reply)

    async def _send_all(self, pieces: "asyncio.Queue[Delta | None]") -> None:
        while (piece := await pieces.get()) is not None:
            await self._process.send(piece)

    async def _models_of_run(self) -> "HostModels":
        if self._models is None:
            await asyncio.to_thread(import_module, "agent_runner.agents.host.models")  # it takes seconds
            from agent_runner.agents.host.models import HostModels  # noqa: PLC0415 - loaded by the line above

            self._models = self._models or HostModels(self._context, self._prefix)
        return self._models

    async def _ask(self, question: PersonQuestion) -> None:
        kind = ApprovalKind.INPUT if question.wants == "text" else ApprovalKind.PERMISSION
        asked = Question(kind=kind, text=question.text, detail=question.detail)
        answer = await self._context.ask(f"{self._prefix}/ask/{question.key}", asked)
        reply = PersonReply.model_validate(
            {
                "id": question.id,
                "status": answer.status,
                "text": answer.text,
                "comment": answer.comment,
                "decided_by": answer.decided_by,
            }
        )
        await self._process.send(reply)

    async def _step(self, begun: StepBegun) -> None:
        async def work() -> JsonValue:
            output: asyncio.Future[JsonValue] = asyncio.get_running_loop().create_future()
            self._outputs[begun.id] = output
            await self._process.send(Do(id=begun.id))
            return await output

        output = await self._context.step(f"{self._prefix}/step/{begun.key}", work, input=begun.input)
        await self._process.send(Done(id=begun.id, output=output))

    def _take_output(self, done: StepDone) -> None:
        output = self._outputs.pop(done.id, None)
        if output is None:
            raise HostFailed(f"the host has done a step {done.id} that it was not told to do")
        output.set_result(done.output)
