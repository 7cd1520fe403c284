"""What an attempt has to write, committed in order, one write at a time, under the fence."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, Final

from agent_runner.domain.artifact import NewArtifact
from agent_runner.domain.events import NewEvent
from agent_runner.domain.redaction import NOTHING_SECRET, Redaction
from agent_runner.domain.run import COMPLETE, Move
from agent_runner.errors import LeaseLost, StoreUnavailable
from agent_runner.store.database import Database
from agent_runner.store.held import Ending, HeldWrite, Usage, begin_commit, write_held
from agent_runner.store.steps import FinishedStep

RETRY_SECONDS: Final = 0.25
"""Between tries while the database cannot be used. The lease ends them."""
COMPANY_SECONDS: Final = 0.002
"""What nobody waits for goes out this much later, or at once with a step or an end that somebody waits for."""


class Outbox:
    """Events and steps of one claimed run on their way into the database.

    Whatever is added goes out together with what else waits. A write is numbered, so it can be sent again when its
    answer was lost. Once the lease is lost nothing goes out any more.
    """

    def __init__(
        self,
        database: Database,
        run_id: int,
        fence: int,
        on_lost: Callable[[], None],
        redaction: Redaction = NOTHING_SECRET,
    ) -> None:
        self._database = database
        self._run_id = run_id
        self._fence = fence
        self._on_lost = on_lost
        self._redaction = redaction
        self._number = 0
        self._events: list[NewEvent] = []
        self._steps: list[FinishedStep] = []
        self._forgotten: set[str] = set()
        self._artifacts: list[NewArtifact] = []
        self._shown: dict[str, Any] = {}
        self._usage = Usage()
        self._ending: Ending | None = None
        self._waiting: list[asyncio.Future[Move | None]] = []
        self._sending: asyncio.Task[None] | None = None
        self._soon: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._is_lost = False
        self._refusal: Exception | None = None
        """Why the database refused a write that nobody waited for; whoever adds something next hears it."""

    def close(self) -> None:
        """From here on the agent can add nothing: it was stopped, whether it heeds that or not."""
        self._is_closed = True

    def lose(self) -> None:
        """The lease is lost: nothing more is written."""
        if not self._is_lost:
            self._is_lost = True
            self._on_lost()

    def add_event(self, event: NewEvent) -> None:
        """Raises LeaseLost when nothing can be written any more."""
        self._check_open()
        self._events.append(self._discreet(event))
        self._send_soon()

    def add_step(self, step: FinishedStep) -> None:
        """Goes out soon, and before or with whatever is added later. Raises LeaseLost as `add_event`."""
        self._check_open()
        self._steps.append(step)
        self._send_soon()

    def add_artifact(self, artifact: NewArtifact, event: NewEvent) -> None:
        """Goes out with its event. Raises LeaseLost when nothing can be written any more."""
        self.add_event(event)
        self._artifacts.append(artifact)

    def add_usage(self, used: Usage) -> None:
        """Goes out with the next event or step."""
        known = self._usage
        self._usage = Usage(
            model_calls=known.model_calls + used.model_calls,
            estimated_calls=known.estimated_calls + used.estimated_calls,
            input_tokens=known.input_tokens + used.input_tokens,
            output_tokens=known.output_tokens + used.output_tokens,
            cost_usd=known.cost_usd + used.cost_usd,
        )

    def forget_steps(self, keys: Collection[str]) -> None:
        """Copied steps that are done again; goes out with the next event or step."""
        self._forgotten |= set(keys)

    def show(self, **shown: Any) -> None:
        """Goes out with the next event or step; None leaves a field as it is."""
        self._shown |= {
            name: self._redaction(value) if isinstance(value, str) else value
            for name, value in shown.items()
            if value is not None
        }

    async def commit_step(self, step: FinishedStep) -> None:
        """Returns when the step, and all that was added before it, is durable."""
        self._check_open()
        self._steps.append(step)
        await self._sent()

    async def begin_commit(self) -> bool:
        """False when a cancel came first; from True on none is taken. Raises LeaseLost."""
        self._check_open()
        while not self._is_lost:
            try:
                return await self._database.write(begin_commit, self._run_id, self._fence)
            except LeaseLost:
                self.lose()
            except StoreUnavailable:
                await asyncio.sleep(RETRY_SECONDS)
        raise self._lost()

    async def finish(self, ending: Ending) -> Move:
        """Ends the attempt. Returns the move that was made: STOP when a cancel came first. Raises LeaseLost.

        A run whose events could not all be written is not COMPLETED: raises what the database said.
        """
        event, result = self._discreet(ending.event), ending.result and self._redaction.of_values(ending.result)
        error = ending.error and self._redaction(ending.error)
        is_same = (event, result, error) == (ending.event, ending.result, ending.error)
        self._ending = ending if is_same else replace(ending, event=event, result=result, error=error)
        move = await self._sent()
        assert move is not None, "a write with an ending makes a move"
        return move

    def without_secrets(self, output: str) -> str:
        """What may stand in the journal. Only configured secrets are taken out: a file may hold what looks like one."""
        return self._redaction.of_values(output)

    def _discreet(self, event: NewEvent) -> NewEvent:
        payload = self._redaction(event.payload)
        return event if payload == event.payload else replace(event, payload=payload)

    def _check_open(self) -> None:
        if self._is_closed or self._is_lost:
            raise self._lost()
        if self._refusal is not None:
            raise self._refusal

    def _lost(self) -> LeaseLost:
        return LeaseLost(f"run {self._run_id} is no longer held under fence {self._fence}")

    def _sent(self) -> asyncio.Future[Move | None]:
        answer: asyncio.Future[Move | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self._start_sending()
        return answer

    def _send_soon(self) -> None:
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(COMPANY_SECONDS, self._start_sending)

    def _start_sending(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        if self._sending is None:
            self._sending = asyncio.create_task(self._send(), name=f"outbox of run {self._run_id}")

    async def _send(self) -> None:
        """In a task of its own: a caller that is cancelled must not leave a write half handed over."""
        try:
            while self._events or self._steps or self._ending:
                waiting, self._waiting = self._waiting, []
                try:
                    move = await self._deliver(self._take())
                except Exception as error:  # noqa: BLE001 - the boundary: it is the waiting callers' answer
                    self._number -= 1  # nothing of it was written, so the next write takes its place
                    self._refusal = self._refusal or (None if waiting else error)
                    self._answer(waiting, error)
                else:
                    self._answer(waiting, move)
        finally:
            self._sending = None

    def _take(self) -> HeldWrite:
        self._number += 1
        write = HeldWrite(
            run_id=self._run_id,
            fence=self._fence,
            number=self._number,
            events=tuple(self._events),
            steps=tuple(self._steps),
            forgotten_steps=frozenset(self._forgotten),
            artifacts=tuple(self._artifacts),
            usage=self._usage,
            ending=self._ending,
            **self._shown,
        )
        self._events, self._steps, self._artifacts, self._forgotten = [], [], [], set()
        self._shown, self._usage, self._ending = {}, Usage(), None
        return write

    async def _deliver(self, write: HeldWrite) -> Move | None:
        if self._refusal is not None and write.ending is not None and write.ending.move is COMPLETE:
            raise self._refusal
        while not self._is_lost:
            try:
                return await self._database.write_together(write_held, write)
            except LeaseLost:
                self.lose()
            except StoreUnavailable:
                await asyncio.sleep(RETRY_SECONDS)
        raise self._lost()

    @staticmethod
    def _answer(waiting: list[asyncio.Future[Move | None]], answer: Move | Exception | None) -> None:
        for future in waiting:
            if future.done():
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
