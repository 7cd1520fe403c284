"""The workers of a simulated world: they register, claim, beat, pause for longer than their lease, drain, and die."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from agent_runner.domain.run import RELEASE, STOP
from agent_runner.store.leases import Heartbeat, renew
from agent_runner.store.runs import Claimed, ClaimedRun, ClaimWanted, claim
from agent_runner.store.workers import NewWorker, register, sign_off
from agent_runner.worker.recorded import Recorded, recorded
from tests.simulation.agent import is_question
from tests.simulation.attempt import Attempt
from tests.simulation.memory import QUEUED, RUNNING, Row, demand
from tests.simulation.scene import LEASE_SECONDS, Intent, Scene


class Worker:
    def __init__(self, scene: Scene, worker_id: str, slots: int) -> None:
        self.id = worker_id
        self.is_alive = True
        self.is_paused = False
        self.is_draining = False
        self.attempts: dict[int, Attempt] = {}
        self._scene = scene
        self._slots = slots
        self._past: list[Attempt] = []

    async def enter(self) -> None:
        record = NewWorker(
            id=self.id, host="h", boot_id="b", pid=1, slots=self._slots, model="demo", check_interval=30.0
        )
        await self._scene.ask(f"{self.id} enters", self._scene.database.write(register, record))

    async def leave(self) -> None:
        """After a drain."""
        self.is_alive = False
        await self._scene.ask(f"{self.id} leaves", self._scene.database.write(sign_off, [self.id]))

    def drain(self) -> None:
        self.is_draining = True
        for attempt in self.attempts.values():
            attempt.stop = attempt.stop or RELEASE

    def intents(self) -> Iterator[Intent]:
        """What it may do next."""
        yield Intent("beat", self.beat, by=self)
        if not self.is_draining and len(self.attempts) < self._slots:
            yield Intent("claim", self.claim, by=self)
        for attempt in self.attempts.values():
            yield Intent("write", lambda attempt=attempt: self.advance(attempt), attempt.claimed.id, by=self)
        if self._past:
            straggler = self._scene.chance.choice(self._past)
            yield Intent("straggler", straggler.straggle, straggler.claimed.id, by=self)

    async def advance(self, attempt: Attempt) -> None:
        await attempt.advance()
        if attempt.has_ended:
            self._past.append(attempt)
            self._forget(attempt)
        elif attempt.is_lost:
            self._lose(attempt)

    def _lose(self, attempt: Attempt) -> None:
        """A blocked agent may not hear of it, and goes on for a while."""
        attempt.is_lost = True
        if self._scene.chance.random() < 0.8:
            self._forget(attempt)

    def _forget(self, attempt: Attempt) -> None:
        if self.attempts.get(attempt.claimed.id) is attempt:
            del self.attempts[attempt.claimed.id]

    # ---- claiming

    async def claim(self) -> None:
        scene, slots = self._scene, self._slots - len(self.attempts)
        wanted = ClaimWanted(worker_id=self.id, model="demo", slots=slots, lease_seconds=LEASE_SECONDS)
        asked = scene.now()
        answer = await scene.ask(f"{self.id} claims", scene.database.write(claim, wanted))
        if isinstance(answer, Exception):
            return
        demand(isinstance(answer, Claimed), "ANSWER", f"a claim was answered with {answer!r}")
        claimed = answer.runs
        demand(len(claimed) <= slots, "I4", f"{self.id} wanted {slots} runs and got {len(claimed)}")
        self._check_urgency(claimed, slots)
        for run in claimed:
            demand(isinstance(run, ClaimedRun), "ANSWER", f"a claim was answered with {run!r}")
            self._check_claimed(run)
            promised = scene.memory.run(run.id)
            promised.fence, promised.due = run.fence, None
            promised.lease_until = asked + timedelta(seconds=LEASE_SECONDS)
            await self._begin(run)

    def _check_claimed(self, run: ClaimedRun) -> None:
        known, name = self._scene.memory.run(run.id), f"run {run.id}"
        demand(run.fence > known.fence, "I4", f"{name} was claimed under {run.fence} after {known.fence}")
        demand(run.fence not in known.over, "I4", f"{name} was claimed under {run.fence}, which was taken back")
        demand(not known.is_cancelled, "I11", f"{name} was promised CANCELLED and was claimed")
        demand(not known.is_deleted, "I16", f"{name} was deleted and was claimed")
        demand(known.result is None, "I5", f"{name} was COMPLETED and was claimed")
        demand(known.goal in {None, run.goal}, "I16", f"{name} was claimed with {run.goal}, not {known.goal}")
        early = known.due is not None and self._scene.now() < known.due
        demand(not early, "I6", f"{name} was claimed before {known.due}")

    def _check_urgency(self, claimed: Sequence[ClaimedRun], slots: int) -> None:
        if self._scene.company.size != 1:
            return
        due = [run for run in self._scene.before.values() if run.status == QUEUED and self._may_start(run)]
        due.sort(key=lambda run: (-run.priority, run.available_at, run.id))
        wanted, got = [run.id for run in due[:slots]], [run.id for run in claimed]
        demand(got == wanted, "I6", f"the most urgent runs were {wanted}, and {got} were claimed")

    def _may_start(self, run: Row) -> bool:
        """What was due once stays so, also when the clock is set back."""
        return run.is_due or run.available_at <= self._scene.now()

    async def _begin(self, run: ClaimedRun) -> None:
        scene, known = self._scene, self._scene.memory.run(run.id)
        left = Recorded()
        if run.fence > 1 or run.forked_from is not None:
            left = await scene.database.read(recorded, run.id)
        for key, output in known.steps.items():
            there = key in left.journal and left.journal[key].output == output
            demand(there, "I8", f"run {run.id} would repeat the finished step {key}")
        self._check_answers(run, left)
        self.attempts[run.id] = Attempt(scene, self.id, run, left)

    def _check_answers(self, run: ClaimedRun, left: Recorded) -> None:
        """An agent is told what people have said, all of it, and nobody is asked in the name of another run."""
        for told in left.answers.values():
            self._scene.memory.check_decision(told)
            goes_on = told.status in {"GRANTED", "ANSWERED", "EXPIRED"} or told.revise
            demand(goes_on, "I9", f"run {run.id} goes on, and its question {told.key} is {told.status}")
        missing = self._scene.memory.run(run.id).settled.keys() - left.answers.keys()
        demand(not missing, "I9", f"run {run.id} would ask again for {sorted(missing)}")
        copied = [key for key, step in left.journal.items() if step.is_copied and is_question(key)]
        demand(not copied, "I9", f"run {run.id} is a fork, and takes the answers {copied} for its own")

    # ---- the heartbeat

    async def beat(self) -> None:
        scene, asked = self._scene, dict(self.attempts)
        promised = {run_id: scene.memory.run(run_id) for run_id in asked}
        cancelled = {run_id for run_id in asked if promised[run_id].is_cancelled}
        wanted = Heartbeat(worker_id=self.id, run_ids=tuple(asked), lease_seconds=LEASE_SECONDS)
        until = scene.now() + timedelta(seconds=LEASE_SECONDS)
        for known in promised.values():
            known.lease_until = None
        answer = await scene.ask(f"{self.id} beats for {sorted(asked)}", scene.database.write(renew, wanted))
        if isinstance(answer, Exception):
            return
        demand(isinstance(answer, list), "ANSWER", f"a heartbeat was answered with {answer!r}")
        held = {run.run_id: run.is_cancel_requested for run in answer}
        unknown = sorted(held.keys() - asked.keys())
        demand(not unknown, "I4", f"{self.id} was given leases of runs {unknown}, of which it knows nothing")
        for run_id, attempt in asked.items():
            if run_id not in held:
                self._missed(attempt)
                continue
            self._check_renewed(run_id)
            told = held[run_id] or run_id not in cancelled
            demand(told, "I11", f"run {run_id}: its worker is not told that it is cancelled")
            promised[run_id].lease_until = until
            if held[run_id]:
                attempt.stop = STOP

    def _check_renewed(self, run_id: int) -> None:
        row = self._scene.before.get(run_id)
        if row is not None and not self._scene.company.kinds["claim"]:
            owned = row.lease_owner == self.id
            demand(owned, "I4", f"run {run_id}: {self.id} renewed the lease of {row.lease_owner}")

    def _missed(self, attempt: Attempt) -> None:
        scene, run_id = self._scene, attempt.claimed.id
        row = scene.before.get(run_id)
        if row is not None and scene.company.leaves_alone(run_id, "return", own=0):
            holds = row.status == RUNNING and row.fence == attempt.claimed.fence and row.lease_owner == self.id
            demand(not holds, "I4", f"run {run_id}: its owner's heartbeat found it lost")
        self._lose(attempt)
