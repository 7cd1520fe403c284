"""One claimed run in a worker's hands: what it writes, how it repeats, and what it may be answered.

It keeps its fence, numbers its writes and repeats an unanswered one as worker/outbox.py does, and replays its journal
as worker/context.py does. Worse than a real one, it may go on after it was told that its lease is lost, and stragglers
of its agent may write after its end.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from agent_runner.domain.events import (
    Message,
    NewEvent,
    Payload,
    RunCancelled,
    RunCompleted,
    RunFailed,
    RunReleased,
    RunRetryScheduled,
    new_event,
)
from agent_runner.domain.run import COMPLETE, FAIL, RELEASE, RETRY, STOP, Move
from agent_runner.errors import LeaseLost
from agent_runner.store.held import Ending, HeldWrite, Usage, write_held
from agent_runner.store.runs import ClaimedRun
from agent_runner.store.steps import FinishedStep, RecordedStep
from tests.simulation.memory import RUNNING, Broken, Promised, demand
from tests.simulation.scene import Scene

MOST_STEPS: Final = 3
ENDINGS: Final[Mapping[str, Move]] = {move.name: move for move in (COMPLETE, FAIL, RETRY, RELEASE, STOP)}


class Attempt:
    def __init__(self, scene: Scene, owner: str, claimed: ClaimedRun, journal: dict[str, RecordedStep]) -> None:
        self.claimed = claimed
        self.stop: Move | None = None
        self.is_lost = False
        self.has_ended = False
        self._scene = scene
        self._owner = owner
        self._name = f"run {claimed.id}"
        self._journal = journal
        self._plan = [f"step-{place}" for place in range(1 + claimed.id % MOST_STEPS)]
        self._number = 0
        self._pending: HeldWrite | None = None
        self._tries = 0

    @property
    def _promised(self) -> Promised:
        return self._scene.memory.run(self.claimed.id)

    async def advance(self) -> None:
        """The next write, or the last one again until it is answered."""
        if self._pending is None:
            self._pending, self._tries = self._next_write(), 0
        self._tries += 1
        await self._deliver(self._pending)

    def _next_write(self) -> HeldWrite:
        chance = self._scene.chance
        if self.stop is not None:
            return self._write(ending=self._ending(self.stop))
        while self._plan and self._plan[0] in self._journal:
            self._plan.pop(0)
        if self._plan and chance.random() < 0.8:
            return self._write(step=self._plan.pop(0))
        if self._plan or chance.random() < 0.1:
            return self._write()
        return self._write(ending=self._ending(self._outcome()))

    def _outcome(self) -> Move:
        drawn = self._scene.chance.random()
        if drawn < 0.6:
            return COMPLETE
        return FAIL if drawn < 0.75 or self.claimed.attempt >= self.claimed.max_attempts else RETRY

    def _write(self, *, step: str | None = None, ending: Ending | None = None) -> HeldWrite:
        self._number += 1
        number_of_events = self._scene.chance.choice([0, 1, 1, 2]) if step or ending else 1
        finished = () if step is None else (self._finished(step),)
        return HeldWrite(
            run_id=self.claimed.id,
            fence=self.claimed.fence,
            number=self._number,
            events=tuple(new_event(Message(content=self._scene.mark("e"))) for _ in range(number_of_events)),
            steps=finished,
            usage=Usage(model_calls=len(finished)),
            ending=ending,
        )

    def _finished(self, key: str) -> FinishedStep:
        positions = [step.position for step in self._journal.values()]
        position, now = max(positions, default=0) + 1, self._scene.now()
        output = f'"{self._scene.mark("o")}"'
        self._journal[key] = RecordedStep(key, position, "hash", output, self.claimed.fence, now, now)
        return FinishedStep(
            key=key, position=position, input_hash="hash", output=output, started_at=now, finished_at=now
        )

    def _ending(self, move: Move) -> Ending:
        claimed = self.claimed
        delay = self._scene.chance.choice([0.0, 2.0, 20.0]) if move is RETRY else 0.0
        payloads: dict[str, Payload] = {
            "COMPLETE": RunCompleted(),
            "FAIL": RunFailed(error="e", attempt=claimed.attempt),
            "RETRY": RunRetryScheduled(error="e", attempt=claimed.attempt, delay_seconds=delay),
            "RELEASE": RunReleased(reason="drain"),
            "STOP": RunCancelled(),
        }
        return Ending(
            move=move,
            event=new_event(payloads[move.name]),
            result=f'"{self._scene.mark("r")}"' if move is COMPLETE else None,
            error=None if move is COMPLETE else "e",
            delay_seconds=delay,
            active_seconds=1.0,
        )

    # ---- what it is answered

    async def _deliver(self, write: HeldWrite) -> None:
        scene, promised = self._scene, self._promised
        was_over, was_cancelled = promised.is_over(write.fence), promised.is_cancelled
        asked = scene.now()
        if self._tries == 1:
            promised.most_calls += write.usage.model_calls
            promised.unanswered.update(marks_of(write))
        name = f"{self._owner} writes {write.number} of {self._name} under {write.fence} {said(write)}"
        answer = await scene.ask(name, scene.database.write_together(write_held, write), LeaseLost)
        if isinstance(answer, LeaseLost):
            self._refused(write)
        elif not isinstance(answer, Exception):
            demand(not was_over, "I4", f"{self._name}: a write under {write.fence} passed, which was over")
            self._written(write)
            self._answered(write.ending, answer, asked, was_cancelled=was_cancelled)

    def _refused(self, write: HeldWrite) -> None:
        scene, promised = self._scene, self._promised
        row = scene.before.get(write.run_id)
        if row is not None and scene.company.leaves_alone(write.run_id, "return"):
            numbers = {write.number - 1, write.number}
            holds = row.status == RUNNING and row.fence == write.fence and row.write_number in numbers
            demand(not holds, "I4", f"{self._name}: its owner's write {write.number} was refused")
        if self._tries == 1:
            promised.unanswered.difference_update(marks_of(write))
            promised.refused.update(step.output for step in write.steps)
            promised.most_calls -= write.usage.model_calls
        promised.over.add(write.fence)
        self._pending = None
        self.is_lost = True

    def _written(self, write: HeldWrite) -> None:
        promised = self._promised
        self._pending = None
        promised.unanswered.difference_update(marks_of(write))
        promised.written.extend(marks_of(write))
        promised.calls += write.usage.model_calls
        promised.steps.update((step.key, step.output) for step in write.steps)

    def _answered(self, ending: Ending | None, move: Any, asked: datetime, *, was_cancelled: bool) -> None:
        if ending is None:
            demand(move is None, "ANSWER", f"{self._name}: a write without an ending was answered with {move!r}")
            return
        promised = self._promised
        if move is not STOP:
            demand(move is ending.move, "ANSWER", f"{self._name}: {ending.move.name} was answered with {move!r}")
            demand(not was_cancelled, "I11", f"{self._name} was promised CANCELLED and ended {ending.move.name}")
        elif ending.move is not STOP:
            demand(promised.may_be_cancelled, "I11", f"{self._name} was stopped, and nobody had asked for it")
        promised.over.add(self.claimed.fence)
        promised.lease_until = None
        if move is COMPLETE and (self._tries == 1 or not promised.may_be_cancelled):
            promised.result = ending.result  # else it may have been stopped and rerun before it asked again
        if move is RETRY and self._tries == 1 and self._scene.company.leaves_alone(self.claimed.id):
            promised.due = asked + timedelta(seconds=ending.delay_seconds)
        self.has_ended = True

    async def straggle(self) -> None:
        """A part of an agent that outlives its attempt writes once more, and nothing of it may pass."""
        scene, claimed = self._scene, self.claimed
        name = scene.chance.choice(["", *ENDINGS])
        write = HeldWrite(
            run_id=claimed.id,
            fence=claimed.fence,
            number=self._number + 1,
            events=(new_event(Message(content=scene.mark("e"))),),
            ending=self._ending(ENDINGS[name]) if name else None,
        )
        what = f"{self._owner} straggles on {self._name} under {claimed.fence} {said(write)}"
        answer = await scene.ask(what, scene.database.write_together(write_held, write), LeaseLost)
        if not isinstance(answer, Exception):
            raise Broken("I4", f"{self._name}: {name or 'an event'} was written after its attempt had ended")


def marks_of(write: HeldWrite) -> list[str]:
    return [mark_of(event) for event in write.events]


def mark_of(event: NewEvent) -> str:
    return event.payload.removeprefix('{"content":"').removesuffix('"}')


def said(write: HeldWrite) -> str:
    steps = [step.key for step in write.steps]
    return " ".join([*marks_of(write), *steps, write.ending.move.name if write.ending else ""])
