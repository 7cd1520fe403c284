"""One seed: a world of clients, workers, a janitor and readers over the real store and its real group commit.

Everything is drawn from the seed, time is virtual, and nothing waits. First anything may happen; then all heals: no
faults, the clock goes on, the workers work until nothing is left. What then stands in the tables must keep every
promise that was made, and `verify` must find nothing, then and in between.
"""

import asyncio
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from agent_runner.domain.events import EventType
from agent_runner.store.approvals import ApprovalRecord
from agent_runner.store.session import ReadSession
from agent_runner.store.tables import approvals, artifacts, events, runs, steps
from agent_runner.store.verify import verify
from tests.simulation.client import Client
from tests.simulation.janitor import Janitor, Reader
from tests.simulation.memory import FINAL, Broken, Row
from tests.simulation.person import Person
from tests.simulation.place import Place
from tests.simulation.scene import LEASE_SECONDS, Company, Intent, Scene
from tests.simulation.worker import Worker

ONCE_MORE: Final = 0.4
"""How likely it is that runs are queued again, and forked, after all has healed."""
VERIFIED_EVERY: Final = 40
LONGEST_HEALING: Final = 60
MANY_SLOTS: Final = 9
"""Of the worker that helps with the healing, so that it does not take for ever."""
MARKED: Final = '{"content":"'


@dataclass(frozen=True, slots=True)
class Outcome:
    """`broken` is None when every promise was kept."""

    seed: int
    broken: str | None
    trace: Sequence[str]


def run_seed(place: Place, seed: int, operations: int) -> Outcome:
    place.clear()
    world = World(place, seed)
    try:
        asyncio.run(world.live(operations))
    except Broken as broken:
        return Outcome(seed, str(broken), world.scene.trace)
    except Exception as error:  # noqa: BLE001 - the boundary: an answer that nobody promised is a broken promise too
        return Outcome(seed, f"ANSWER: {type(error).__name__}: {error}", world.scene.trace)
    return Outcome(seed, None, world.scene.trace)


class World:
    def __init__(self, place: Place, seed: int) -> None:
        self.scene: Final = Scene(place, seed)
        chance = self.scene.chance
        # Each world has a temper of its own: what is rare in one is frequent in another.
        self._most_together = chance.choice([1, 2, 4, 8])
        self._weights: dict[str, float] = {kind: chance.choice([0.2, 1.0, 1.0, 4.0]) for kind in KINDS}
        self._weights["write"] = chance.choice([2.0, 4.0, 8.0])
        self._weights["decide"] = chance.choice([1.0, 4.0])
        self._misfortune = chance.choice([0.0, 0.03, 0.1, 0.2])
        self._jumps = chance.random() < 0.3
        self._clients = [Client(self.scene) for _ in range(2)]
        self._readers = [Reader(self.scene) for _ in range(2)]
        self._janitor = Janitor(self.scene)
        self._person = Person(self.scene)
        self._workers: list[Worker] = []
        self._hired = 0

    async def live(self, operations: int) -> None:
        chance, backend = self.scene.chance, self.scene.backend
        backend.before, backend.lost = chance.choice([0.0, 0.05, 0.15]), chance.choice([0.0, 0.1, 0.3])
        for _ in range(chance.randint(1, 3)):
            await self._hire()
        done = checked = 0
        while done < operations:
            done += await self._one_group()
            await self._misfortunes()
            self._pass_time()
            if done >= checked + VERIFIED_EVERY:
                checked = done
                self._verify(idle=False)
        await self._heal()
        if chance.random() < ONCE_MORE:
            await self._together(list(self._clients[0].once_more()))
            await self._heal()
        self._verify(idle=True)
        await self._compare()

    # ---- what happens

    async def _hire(self, slots: int | None = None) -> None:
        self._hired += 1
        worker = Worker(self.scene, f"w{self._hired}", slots or self.scene.chance.randint(1, 3))
        self._workers.append(worker)
        await worker.enter()

    def _possible(self) -> Iterator[Intent]:
        """Everything that somebody could do now."""
        for client in self._clients[:1] if self.scene.chance.random() < 0.5 else self._clients[1:]:
            yield from client.intents()
        for worker in self._workers:
            if not worker.is_paused:
                yield from worker.intents()
        yield from self._janitor.intents()
        yield from self._person.intents()
        for reader in self._readers:
            yield from reader.intents()

    def _choose(self) -> list[Intent]:
        chance, possible = self.scene.chance, list(self._possible())
        weights = [self._weights[intent.kind] for intent in possible]
        chosen: dict[Intent, None] = dict.fromkeys(
            chance.choices(possible, weights, k=chance.randint(1, self._most_together))
        )
        return list(chosen)

    async def _one_group(self) -> int:
        self.scene.look()
        intents = self._choose()
        self.scene.company = Company.of(intents)
        self.scene.note(f"{self.scene.now():%d %H:%M:%S} {' + '.join(intent.kind for intent in intents)}")
        begun = self.scene.backend.begun
        tasks = [asyncio.ensure_future(intent.act()) for intent in intents]
        if self.scene.chance.random() < self._misfortune:
            await self._somebody_dies(intents, tasks, begun)
        await finished(tasks)
        await self.scene.database.close()
        return len(intents)

    async def _somebody_dies(self, intents: list[Intent], tasks: "Sequence[asyncio.Future[None]]", begun: int) -> None:
        """While it waits for its turn, for the commit, or for the answer."""
        victim = self.scene.chance.choice(intents)
        for _ in range(self.scene.chance.randrange(9)):
            await asyncio.sleep(0)
        if isinstance(victim.by, Worker):
            self._bury(victim.by)
        has_begun = self.scene.backend.begun > begun
        for intent, task in zip(intents, tasks, strict=True):
            if intent is victim or (victim.by is not None and intent.by is victim.by):
                task.cancel()
                if intent.goal is not None and not has_begun and not task.done():
                    self.scene.memory.never.add(intent.goal)

    def _bury(self, worker: Worker) -> None:
        self.scene.note(f"  {worker.id} is killed")
        self._workers.remove(worker)
        if self.scene.chance.random() < 0.5:
            self._janitor.dead.append(worker.id)

    async def _misfortunes(self) -> None:
        chance = self.scene.chance
        if self._workers and chance.random() < self._misfortune:
            worker = chance.choice(self._workers)
            match chance.choice(["pause", "pause", "kill", "drain", "drain"]):
                case "pause":
                    await self._overtake(worker)
                case "kill":
                    self._bury(worker)
                case _:
                    worker.drain()
        for worker in list(self._workers):
            if worker.is_paused and chance.random() < 0.2:
                worker.is_paused = False
            if worker.is_draining and not worker.attempts:
                self._workers.remove(worker)
                await worker.leave()
        if len(self._workers) < 2 and chance.random() < 0.3:
            await self._hire()

    async def _overtake(self, sleeper: Worker) -> None:
        """A worker sleeps; perhaps for longer than its lease, and others take its runs before it wakes up."""
        sleeper.is_paused = True
        if self.scene.chance.random() < 0.3:
            return
        self.scene.note(f"  {sleeper.id} sleeps")
        self.scene.clock.turn(LEASE_SECONDS + 1)
        await self._together(list(self._janitor.intents()))
        awake = [worker for worker in self._workers if not worker.is_paused]
        await self._together([intent for worker in awake for intent in worker.intents() if intent.kind == "claim"])
        sleeper.is_paused = False

    async def _together(self, intents: list[Intent]) -> None:
        if intents:
            self.scene.look()
            self.scene.company = Company.of(intents)
            await finished([asyncio.ensure_future(intent.act()) for intent in intents])

    def _pass_time(self) -> None:
        chance = self.scene.chance
        drawn = chance.random()
        if self._jumps and drawn < 0.03:
            self._jump(chance.choice([-3600.0, -40.0, 40.0, 7200.0]))
        elif drawn < 0.1:
            self.scene.clock.turn(LEASE_SECONDS + 1)
        else:
            self.scene.clock.turn(chance.choice([0.0, 0.5, 2.0]))

    def _jump(self, seconds: float) -> None:
        """What was promised by the clock holds no more once it was set back."""
        self.scene.note(f"  the clock jumps by {seconds} s")
        self.scene.clock.turn(seconds)
        if seconds < 0:
            for run in self.scene.memory.runs.values():
                run.due = run.lease_until = None

    # ---- the healing

    async def _heal(self) -> None:
        """The living go on living: what nobody knows to hold must come back while its owner still beats."""
        self.scene.note("all heals")
        self.scene.backend.before = self.scene.backend.lost = 0.0
        for worker in self._workers:
            worker.is_paused = False
        await self._hire(MANY_SLOTS)
        for _ in range(LONGEST_HEALING):
            await self._one_round()
            self.scene.look()
            unfinished = [row for row in self.scene.before.values() if row.status not in FINAL]
            if not unfinished:
                break
            if not any(worker.attempts for worker in self._workers):
                self.scene.clock.now = max(self.scene.now(), min(map(next_moment, unfinished)))
            self.scene.clock.turn(LEASE_SECONDS / 3)

    async def _one_round(self) -> None:
        for kinds in ({"beat"}, {"return"}, {"decide", "change"}, {"claim"}, {"write"}, {"write"}, {"write"}):
            await self._together([intent for intent in self._duties() if intent.kind in kinds])

    def _duties(self) -> Iterator[Intent]:
        yield from self._janitor.intents()
        yield from self._person.answers()
        yield from self._clients[0].around_the_commit()
        for worker in self._workers:
            yield from worker.intents()

    # ---- the verdict

    def _verify(self, *, idle: bool) -> None:
        scene = self.scene
        found = scene.backend.look(lambda session: verify(session, idle=idle, acknowledged=scene.memory.acknowledged()))
        for violation in found:
            if violation.invariant != "C2" or not scene.clock.was_set_back:
                raise Broken(violation.invariant, violation.sentence)

    async def _compare(self) -> None:
        """What is there with what was promised, and with what the readers saw."""
        rows, marks, outputs, counts = self.scene.backend.look(everything)
        files, memory = self.scene.backend.look(files_of), self.scene.memory
        for row in rows:
            run_id = row["id"]
            memory.check_run(row, marks.get(run_id, []), outputs.get(run_id, {}), files.get(run_id, {}))
        for decided in self.scene.backend.look(decisions_of):
            memory.check_decision(decided)
        memory.check_goals([row["goal"] for row in rows if not row["goal"].startswith("task")])
        for reader in self._readers:
            for row in rows:
                if row["id"] not in reader.seen:
                    continue
                seen = reader.seen[row["id"]]
                while len(seen) < counts[row["id"]]:
                    await reader.read(row["id"], 100)
                again = Reader(self.scene)
                await again.read(row["id"], 1000)
                if again.seen[row["id"]] != seen:
                    raise Broken("I15", f"run {row['id']}: what a reader saw is not what is there")


KINDS: Final = (
    "create",
    "fork",
    "refused",
    "task",
    "repeat",
    "change",
    "beat",
    "claim",
    "write",
    "straggler",
    "return",
    "read",
    "decide",
)


def next_moment(run: Row) -> datetime:
    """When something can happen to a run that nobody holds."""
    return run.lease_expires_at or run.available_at


async def finished(tasks: "Sequence[asyncio.Future[None]]") -> None:
    """Raises what broke first; that a caller died is no news."""
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer


def everything(session: ReadSession) -> tuple[list[dict[str, Any]], dict[int, Any], dict[int, Any], dict[int, int]]:
    rows = session.records(
        dict[str, Any], select(runs.c.id, runs.c.status, runs.c.goal, runs.c.result, runs.c.model_calls)
    )
    marks: dict[int, list[str]] = {}
    counts: dict[int, int] = {}
    for event in session.rows(select(events.c.run_id, events.c.payload).order_by(events.c.run_id, events.c.event_id)):
        counts[event.run_id] = counts.get(event.run_id, 0) + 1
        if event.payload.startswith(MARKED):
            marks.setdefault(event.run_id, []).append(event.payload.removeprefix(MARKED).removesuffix('"}'))
    outputs: dict[int, dict[str, str]] = {}
    for step in session.rows(select(steps.c.run_id, steps.c.key, steps.c.output)):
        outputs.setdefault(step.run_id, {})[step.key] = step.output
    return rows, marks, outputs, counts


def files_of(session: ReadSession) -> dict[int, dict[str, tuple[str, str | None]]]:
    """By run and path: what an artifact holds, and the same as its latest event tells of it."""
    told: dict[tuple[int, str], str] = {}
    created = select(events.c.run_id, events.c.payload).where(events.c.type == EventType.ARTIFACT_CREATED)
    for event in session.rows(created.order_by(events.c.run_id, events.c.event_id)):
        payload = json.loads(event.payload)
        told[event.run_id, payload["path"]] = payload["sha256"]
    files: dict[int, dict[str, tuple[str, str | None]]] = {}
    for file in session.rows(select(artifacts.c.run_id, artifacts.c.path, artifacts.c.sha256, artifacts.c.content)):
        content = bytes(file.content).decode()
        is_told = told.get((file.run_id, file.path)) == file.sha256 == hashlib.sha256(file.content).hexdigest()
        files.setdefault(file.run_id, {})[file.path] = (content, content if is_told else None)
    return files


def decisions_of(session: ReadSession) -> list[ApprovalRecord]:
    columns = [approvals.c[name] for name in ApprovalRecord.__dataclass_fields__]
    return session.records(ApprovalRecord, select(*columns))
