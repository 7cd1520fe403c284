"""One claimed run in a worker's hands: what it writes, how it repeats, and what it may be answered.

It keeps its fence, numbers its writes and repeats an unanswered one as worker/outbox.py does, and replays its journal
as worker/context.py does. Worse than a real one, it may go on after it was told that its lease is lost, and stragglers
of its agent may write after its end.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from agent_runner.domain.approval import ApprovalStatus
from agent_runner.domain.artifact import NewArtifact, new_artifact
from agent_runner.domain.events import (
    ArtifactCreated,
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
from agent_runner.domain.run import COMPLETE, FAIL, RELEASE, RETRY, STOP, SUSPEND, Move
from agent_runner.errors import LeaseLost
from agent_runner.store.approvals import Asked
from agent_runner.store.held import Ending, HeldWrite, Usage, begin_commit, write_held
from agent_runner.store.runs import ClaimedRun
from agent_runner.store.steps import FinishedStep, RecordedStep
from agent_runner.worker.recorded import Recorded
from tests.simulation.agent import COMMIT, commit, is_question, next_round, plan_of, question
from tests.simulation.memory import RUNNING, Broken, Promised, demand
from tests.simulation.scene import Scene

MARKED: Final = '{"content":"'
ENDINGS: Final[Mapping[str, Move]] = {move.name: move for move in (COMPLETE, FAIL, RETRY, RELEASE, STOP, SUSPEND)}


class Attempt:
    def __init__(self, scene: Scene, owner: str, claimed: ClaimedRun, left: Recorded) -> None:
        self.claimed = claimed
        self.stop: Move | None = None
        self.is_lost = False
        self.has_ended = False
        self._scene = scene
        self._owner = owner
        self._name = f"run {claimed.id}"
        self._journal = dict(left.journal)
        self._answers = left.answers
        self._plan = plan_of(claimed.id)
        self._is_committing = False
        self._number = 0
        self._pending: HeldWrite | None = None
        self._tries = 0

    @property
    def _promised(self) -> Promised:
        return self._scene.memory.run(self.claimed.id)

    async def advance(self) -> None:
        """The next write, or the last one again until it is answered."""
        if self._pending is None and self.stop is None and self._next_deed() == COMMIT and not self._is_committing:
            await self._pass_commit_point()
            return
        if self._pending is None:
            self._pending, self._tries = self._next_write(), 0
        self._tries += 1
        await self._deliver(self._pending)

    def _next_deed(self) -> str | None:
        """What the journal does not hold yet; None when all is done."""
        while self._plan and (deed := self._plan[0]) in self._journal:
            del self._plan[0]
            decided = self._answers.get(deed)
            if decided and (further := next_round(deed, decided)):
                self._plan.insert(0, further)
        return self._plan[0] if self._plan else None

    def _next_write(self) -> HeldWrite:
        chance, deed = self._scene.chance, self._next_deed()
        if self.stop is not None:
            return self._write(ending=self._ending(self.stop))
        if deed is not None and chance.random() < 0.8:
            return self._do(deed)
        if deed is not None or chance.random() < 0.1:
            return self._write()
        return self._write(ending=self._ending(self._outcome()))

    def _do(self, deed: str) -> HeldWrite:
        if not is_question(deed):
            return self._write(step=deed)
        decided = self._answers.get(deed)
        if decided is None:
            return self._write(ending=self._ending(SUSPEND, question(self.claimed.id, deed)))
        if decided.status == ApprovalStatus.EXPIRED:
            may_retry = self.claimed.attempt < self.claimed.max_attempts and self._scene.chance.random() < 0.5
            return self._write(ending=self._ending(RETRY if may_retry else FAIL))
        return self._write(step=deed)

    def _outcome(self) -> Move:
        drawn = self._scene.chance.random()
        if drawn < 0.6:
            return COMPLETE
        return FAIL if drawn < 0.75 or self.claimed.attempt >= self.claimed.max_attempts else RETRY

    def _write(self, *, step: str | None = None, ending: Ending | None = None) -> HeldWrite:
        self._number += 1
        number_of_events = self._scene.chance.choice([0, 1, 1, 2]) if step or ending else 1
        finished = () if step is None else (self._finished(step),)
        told = [new_event(Message(content=self._scene.mark("e"))) for _ in range(number_of_events)]
        if step == COMMIT and (committed := commit(self.claimed.id, self._answers)):
            told.append(new_event(committed))
        files = self._some_files()
        return HeldWrite(
            run_id=self.claimed.id,
            fence=self.claimed.fence,
            number=self._number,
            events=(*told, *map(told_of, files)),
            steps=finished,
            artifacts=files,
            usage=Usage(model_calls=len(finished)),
            ending=ending,
        )

    def _some_files(self) -> tuple[NewArtifact, ...]:
        """The same path again and again: the last one stays."""
        scene = self._scene
        wanted = scene.chance.choice([0, 0, 0, 1, 2])
        return tuple(
            new_artifact(scene.chance.choice(["a", "b"]), scene.mark("f").encode(), "text/plain") for _ in range(wanted)
        )

    def _finished(self, key: str) -> FinishedStep:
        positions = [step.position for step in self._journal.values()]
        position, now = max(positions, default=0) + 1, self._scene.now()
        output = f'"{self._scene.mark("o")}"'
        self._journal[key] = RecordedStep(key, position, "hash", output, self.claimed.fence, now, now)
        return FinishedStep(
            key=key, position=position, input_hash="hash", output=output, started_at=now, finished_at=now
        )

    def _ending(self, move: Move, asks: Asked | None = None) -> Ending:
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
            event=asks.event(0) if asks else new_event(payloads[move.name]),
            result=f'"{self._scene.mark("r")}"' if move is COMPLETE else None,
            error=None if move is COMPLETE else "e",
            delay_seconds=delay,
            active_seconds=1.0,
            asks=asks,
        )

    async def _pass_commit_point(self) -> None:
        """Decides between a commit and a cancel; asked again until it is answered."""
        scene, promised, claimed = self._scene, self._promised, self.claimed
        was_over, was_cancelled = promised.is_over(claimed.fence), promised.is_cancelled
        call = scene.database.write(begin_commit, claimed.id, claimed.fence)
        what = f"{self._owner} passes the commit point of {self._name} under {claimed.fence}"
        answer = await scene.ask(what, call, LeaseLost)
        if isinstance(answer, LeaseLost):
            row = scene.before.get(claimed.id)
            holds = row is not None and row.status == RUNNING and row.fence == claimed.fence
            is_alone = scene.company.leaves_alone(claimed.id, "return")
            demand(not (holds and is_alone), "I4", f"{self._name}: its owner may not commit")
            promised.over.add(claimed.fence)
            self.is_lost = True
        elif not isinstance(answer, Exception):
            demand(not was_over, "I4", f"{self._name}: {claimed.fence} passed the commit point, which was over")
            demand(not (answer and was_cancelled), "I11", f"{self._name} was promised CANCELLED, and commits")
            demand(answer or promised.may_be_cancelled, "I11", f"{self._name} may not commit, and nobody cancelled it")
            self._is_committing, self.stop = answer, None if answer else STOP
            promised.is_committing |= answer

    # ---- what it is answered

    async def _deliver(self, write: HeldWrite) -> None:
        scene, promised = self._scene, self._promised
        was_over, was_cancelled = promised.is_over(write.fence), promised.is_cancelled
        asked = scene.now()
        if self._tries == 1:
            promised.most_calls += write.usage.model_calls
            promised.unanswered.update(marks_of(write), files_of(write))
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
            promised.unanswered.difference_update(marks_of(write), files_of(write))
            promised.refused.update(step.output for step in write.steps)
            promised.refused.update(files_of(write))
            promised.most_calls -= write.usage.model_calls
        promised.over.add(write.fence)
        self._pending = None
        self.is_lost = True

    def _written(self, write: HeldWrite) -> None:
        promised = self._promised
        self._pending = None
        promised.unanswered.difference_update(marks_of(write), files_of(write))
        promised.written.extend(marks_of(write))
        for file in write.artifacts:
            promised.files[file.path] = file.content.decode()
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
        asks = question(claimed.id, "input/late") if name == SUSPEND.name else None
        file = new_artifact("a", scene.mark("f").encode(), "text/plain")
        write = HeldWrite(
            run_id=claimed.id,
            fence=claimed.fence,
            number=self._number + 1,
            events=(new_event(Message(content=scene.mark("e"))), told_of(file)),
            artifacts=(file,),
            ending=self._ending(ENDINGS[name], asks) if name else None,
        )
        self._promised.refused.add(file.content.decode())
        what = f"{self._owner} straggles on {self._name} under {claimed.fence} {said(write)}"
        answer = await scene.ask(what, scene.database.write_together(write_held, write), LeaseLost)
        if not isinstance(answer, Exception):
            raise Broken("I4", f"{self._name}: {name or 'an event'} was written after its attempt had ended")
        call = scene.database.write(begin_commit, claimed.id, claimed.fence)
        answer = await scene.ask(f"{self._owner} would commit {self._name} under {claimed.fence}", call, LeaseLost)
        demand(isinstance(answer, Exception), "I4", f"{self._name}: its attempt had ended, and commits")


def told_of(file: NewArtifact) -> NewEvent:
    return new_event(
        ArtifactCreated(path=file.path, size=len(file.content), sha256=file.sha256, media_type=file.media_type)
    )


def marks_of(write: HeldWrite) -> list[str]:
    return [mark_of(event) for event in write.events if event.payload.startswith(MARKED)]


def files_of(write: HeldWrite) -> list[str]:
    return [file.content.decode() for file in write.artifacts]


def mark_of(event: NewEvent) -> str:
    return event.payload.removeprefix(MARKED).removesuffix('"}')


def said(write: HeldWrite) -> str:
    steps = [step.key for step in write.steps]
    return " ".join([*marks_of(write), *steps, write.ending.move.name if write.ending else ""])
