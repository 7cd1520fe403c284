"""The clients of the API in a simulated world: they create, fork, repeat, cancel, rerun, change and delete runs."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from agent_runner.errors import AlreadyActive, Conflict, IdempotencyMismatch, IllegalMove, InvalidInput, NotFound
from agent_runner.store.forks import ForkWanted, fork
from agent_runner.store.new_runs import CreatedRun, NewRun, create_runs
from agent_runner.store.runs import cancel, delete_final, edit_queued, rerun
from agent_runner.store.session import WriteSession
from agent_runner.store.task_runs import create_running_task, run_of, stop_task
from agent_runner.store.tasks import get_task
from tests.simulation.memory import CANCELLED, FAILED, FINAL, QUEUED, RUNNING, WAITING, Broken, demand
from tests.simulation.scene import Intent, Scene

LEGAL: Final[Mapping[str, set[str]]] = {
    "cancel": {QUEUED, RUNNING, WAITING},
    "rerun": {FAILED, CANCELLED},
    "change": {QUEUED},
    "delete": FINAL,
}
"""From which status each of them is done; from any other it is refused."""


class Client:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._tasks: dict[str, int | None] = {}

    def intents(self) -> Iterator[Intent]:
        """What it may do next."""
        scene = self._scene
        goal, key = scene.mark("goal"), scene.mark("key") if scene.chance.random() < 0.5 else None
        yield Intent("create", lambda: self.create(goal, key), goal=None if key else goal)
        refused = scene.mark("goal")
        yield Intent("refused", lambda: self.be_refused(refused))
        task = scene.mark("task")
        yield Intent("task", lambda: self.start_task(task))
        if self._tasks:
            known = scene.chance.choice(list(self._tasks))
            yield Intent("task", lambda: self.run_again(known))
            yield Intent("task", lambda: self.stop(known), self._tasks[known])
        if scene.memory.keys:
            repeated = scene.chance.choice(list(scene.memory.keys))
            yield Intent("repeat", lambda: self.repeat(repeated))
            yield Intent("repeat", lambda: self.misuse(repeated))
        if living := scene.memory.living():
            for act in (self.cancel, self.rerun, self.change, self.delete):
                yield self._on_one(act, self._some(living))
            branch, old = scene.mark("goal"), self._some(living)
            yield Intent("fork", lambda: self.fork(old, branch), goal=branch)
            yield from self.around_the_commit()
            if running := [run_id for run_id in living if self._is_running(run_id)]:
                yield self._on_one(self.cancel, scene.chance.choice(running))

    def _some(self, living: list[int]) -> int:
        """A run of any status, however few have it."""
        of_status: dict[str, list[int]] = {}
        for run_id in living:
            row = self._scene.before.get(run_id)
            of_status.setdefault(row.status if row else "", []).append(run_id)
        return self._scene.chance.choice(of_status[self._scene.chance.choice(list(of_status))])

    def around_the_commit(self) -> Iterator[Intent]:
        """Cancels of runs that are about to commit, now and then, and of all that have passed that point: too late."""
        for run_id in self._scene.memory.living():
            run, row = self._scene.memory.run(run_id), self._scene.before.get(run_id)
            if row is None or row.status in FINAL:
                continue
            is_near = bool(run.settled) and row.status == RUNNING and self._scene.chance.random() < 0.15
            if run.is_committing or is_near:
                yield self._on_one(self.cancel, run_id)

    def once_more(self) -> Iterator[Intent]:
        """On runs that people have answered: what was said holds when one is queued again, and not for a fork."""
        scene = self._scene
        for run_id in [run_id for run_id in scene.memory.living() if scene.memory.run(run_id).settled]:
            branch = scene.mark("goal")
            yield self._on_one(self.rerun, run_id)
            if scene.chance.random() < 0.3:
                yield Intent("fork", lambda run_id=run_id, branch=branch: self.fork(run_id, branch), goal=branch)

    def _is_running(self, run_id: int) -> bool:
        row = self._scene.before.get(run_id)
        return row is not None and row.status == RUNNING

    @staticmethod
    def _on_one(act: Callable[[int], Awaitable[None]], run_id: int) -> Intent:
        return Intent("change", lambda: act(run_id), run_id)

    # ---- creating

    def _new_run(self, goal: str, key: str | None) -> NewRun:
        chance = self._scene.chance
        delay = chance.choice([None, None, None, 5.0, 60.0])
        return NewRun(
            goal=goal,
            agent="simple",
            input="{}",
            config="{}",
            max_attempts=chance.choice([1, 2, 3, 3]),
            time_limit_seconds=60.0,
            priority=chance.choice([0, 0, 1]),
            available_at=None if delay is None else self._scene.now() + timedelta(seconds=delay),
            idempotency_key=key,
            request_hash=goal if key else None,
        )

    async def create(self, goal: str, key: str | None) -> None:
        scene, wanted = self._scene, self._new_run(goal, key)
        scene.memory.wished.add(goal)
        if key:
            scene.memory.keys[key] = (goal, None)
        answer = await scene.ask(f"create {goal} {key}", scene.database.write_together(create_runs, wanted))
        if isinstance(answer, Exception):
            return
        demand(isinstance(answer, CreatedRun), "ANSWER", f"a new run was answered with {answer!r}")
        demand(answer.is_new or key, "ANSWER", f"{goal} has no key, and is said to be there already")
        self._created(answer, goal, is_of_task=False)
        scene.memory.run(answer.id).due = wanted.available_at if answer.is_new else None
        if key:
            scene.memory.keys[key] = (goal, answer.id)

    def _created(self, answer: CreatedRun, goal: str, *, is_of_task: bool) -> None:
        run = self._scene.memory.run(answer.id)
        run.is_of_task = is_of_task
        if answer.is_new:
            demand(not run.is_acknowledged, "I16", f"run {answer.id} was given to two requests")
            run.goal = goal
        run.is_acknowledged = True

    async def fork(self, old_id: int, goal: str) -> None:
        """A new run that begins with what another one has finished."""
        scene, old = self._scene, self._scene.memory.run(old_id)
        scene.memory.wished.add(goal)
        kept = {key: output for key, output in old.steps.items() if key.startswith("step-")}
        wanted = ForkWanted(run_id=old_id, max_attempts=2, goal=goal)
        answer = await scene.ask(f"fork run {old_id}", scene.database.write(fork, wanted), NotFound)
        if isinstance(answer, NotFound):
            demand(old.may_be_deleted, "I16", f"run {old_id} was acknowledged and cannot be forked")
        if isinstance(answer, Exception):
            return
        demand(isinstance(answer, CreatedRun), "ANSWER", f"a fork was answered with {answer!r}")
        self._created(answer, goal, is_of_task=False)
        scene.memory.run(answer.id).steps = kept

    async def repeat(self, key: str) -> None:
        """The same request under the same key, perhaps after its answer was lost."""
        scene = self._scene
        goal, known = scene.memory.keys[key]
        wanted = scene.database.write_together(create_runs, self._new_run(goal, key))
        answer = await scene.ask(f"repeat {goal} {key}", wanted)
        if isinstance(answer, Exception):
            return
        demand(isinstance(answer, CreatedRun), "ANSWER", f"a new run was answered with {answer!r}")
        if known is not None and not scene.memory.run(known).may_be_deleted:
            same = answer.id == known and not answer.is_new
            demand(same, "I18", f"the key {key} has created run {known} and run {answer.id}")
        self._created(answer, goal, is_of_task=False)
        scene.memory.keys[key] = (goal, answer.id)

    async def misuse(self, key: str) -> None:
        """Another request under a known key."""
        scene, goal = self._scene, self._scene.mark("goal")
        _, known = scene.memory.keys[key]
        is_there = known is not None and not scene.memory.run(known).may_be_deleted
        if known is None or not is_there or not scene.company.leaves_alone(known, own=0):
            return
        scene.memory.never.add(goal)
        wanted = scene.database.write_together(create_runs, self._new_run(goal, key))
        answer = await scene.ask(f"misuse {key}", wanted, IdempotencyMismatch)
        demand(isinstance(answer, Exception), "I18", f"the key {key} was taken for another request: {answer!r}")

    async def be_refused(self, goal: str) -> None:
        """A store function that writes and then raises: nothing of it may stay, whoever shares its commit."""
        scene, wanted = self._scene, self._new_run(goal, None)
        scene.memory.never.add(goal)

        def writes_and_raises(session: WriteSession) -> None:
            create_runs(session, [wanted])
            raise InvalidInput("refused after it has written")

        answer = await scene.ask(f"refuse {goal}", scene.database.write(writes_and_raises), InvalidInput)
        demand(isinstance(answer, Exception), "ANSWER", f"what was refused was answered as done: {answer!r}")

    # ---- tasks

    async def start_task(self, task: str) -> None:
        scene = self._scene
        self._tasks[task] = None
        run = NewRun(
            goal=task,
            agent="simple",
            input="{}",
            config="{}",
            max_attempts=3,
            time_limit_seconds=60.0,
            task_id=task,
        )
        call = scene.database.write(create_running_task, "title", run)
        answer = await scene.ask(f"start {task}", call)
        if isinstance(answer, Exception):
            del self._tasks[task]
            return
        demand(isinstance(answer, CreatedRun), "ANSWER", f"a new task was answered with {answer!r}")
        self._created(answer, task, is_of_task=True)
        self._tasks[task] = answer.id

    async def run_again(self, task: str) -> None:
        scene = self._scene
        try:
            record = await scene.database.read(get_task, task)
        except NotFound:
            demand(self._tasks[task] is None, "I16", f"{task} does not exist")
            return
        wanted = run_of(record, max_attempts=2, time_limit_seconds=60.0)
        answer = await scene.ask(
            f"run {task}", scene.database.write_together(create_runs, wanted), AlreadyActive, NotFound
        )
        if isinstance(answer, Exception):
            return
        demand(isinstance(answer, CreatedRun), "ANSWER", f"a new run was answered with {answer!r}")
        self._created(answer, task, is_of_task=True)
        self._tasks[task] = answer.id

    async def stop(self, task: str) -> None:
        scene = self._scene
        for run in scene.memory.runs.values():
            run.may_be_cancelled |= run.is_of_task is not False
        answer = await scene.ask(f"stop {task}", scene.database.write(stop_task, task), Conflict, NotFound)
        if not isinstance(answer, Exception):
            demand(isinstance(answer, int), "ANSWER", f"a stop was answered with {answer!r}")
            if scene.company.leaves_alone(answer):
                scene.memory.run(answer).is_cancelled = True

    # ---- one run

    async def _change(self, what: str, run_id: int, call: Awaitable[Any]) -> Any:
        """The answer, which must be what the run's status makes it when nobody else has a hand in it."""
        scene = self._scene
        row, run = scene.before.get(run_id), scene.memory.run(run_id)
        answer = await scene.ask(f"{what} run {run_id}", call, Conflict, NotFound)
        if isinstance(answer, NotFound):
            demand(run.may_be_deleted, "I16", f"run {run_id} was acknowledged and does not exist")
        is_alone = scene.company.leaves_alone(run_id, "claim", "return", "task")
        was_done = not isinstance(answer, Exception)
        its_task_is_busy = what == "rerun" and run.is_of_task is not False and not was_done
        if row is not None and is_alone and not its_task_is_busy and (was_done or isinstance(answer, Conflict)):
            is_too_late = what == "cancel" and row.committing_at is not None
            is_legal = row.status in LEGAL[what] and not is_too_late
            demand(was_done == is_legal, "I2", f"{what} of run {run_id}, {row.status}: {answer!r}")
        if was_done and run.result is not None and what != "delete":
            raise Broken("I5", f"run {run_id} was COMPLETED, and {what} was answered with {answer!r}")
        return answer

    async def cancel(self, run_id: int) -> None:
        scene, run = self._scene, self._scene.memory.run(run_id)
        run.may_be_cancelled, was_committing = True, run.is_committing
        answer = await self._change("cancel", run_id, scene.database.write(cancel, run_id, None))
        if not isinstance(answer, Exception):
            demand(not was_committing, "I11", f"run {run_id} has passed its commit point, and was cancelled")
            demand(answer in {RUNNING, CANCELLED}, "ANSWER", f"a cancel was answered with {answer!r}")
            if scene.company.leaves_alone(run_id, "task"):
                run.is_cancelled = True

    async def rerun(self, run_id: int) -> None:
        scene, run = self._scene, self._scene.memory.run(run_id)
        was_cancelled, run.is_cancelled, run.due = run.is_cancelled, False, None
        answer = await self._change("rerun", run_id, scene.database.write(rerun, run_id, 2))
        if isinstance(answer, IllegalMove) and scene.company.leaves_alone(run_id, "task"):
            run.is_cancelled = was_cancelled

    async def change(self, run_id: int) -> None:
        scene, run = self._scene, self._scene.memory.run(run_id)
        goal, former, run.goal, run.due = scene.mark("goal"), run.goal, None, None
        columns = {"goal": goal, "available_at": scene.now()}
        answer = await self._change("change", run_id, scene.database.write(edit_queued, run_id, columns))
        if isinstance(answer, Conflict):
            run.goal = former
        elif not isinstance(answer, Exception):
            run.goal = goal

    async def delete(self, run_id: int) -> None:
        scene, run = self._scene, self._scene.memory.run(run_id)
        former, run.may_be_deleted = run.may_be_deleted, True
        answer = await self._change("delete", run_id, scene.database.write(delete_final, run_id))
        if isinstance(answer, Conflict):
            run.may_be_deleted = former
        elif not isinstance(answer, Exception):
            run.is_deleted = True
