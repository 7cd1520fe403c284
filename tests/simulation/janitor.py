"""The janitor of a simulated world, which takes back lost runs, and a reader who follows events by their numbers."""

import json
from collections.abc import Collection, Iterator

from agent_runner.domain.run import ABANDON, EXPIRE, STOP, Move
from agent_runner.errors import NotFound
from agent_runner.store.events import EventPage, events_after
from agent_runner.store.workers import sign_off
from agent_runner.worker.janitor import look_after_runs
from tests.simulation.memory import RUNNING, WAITING, Row, demand
from tests.simulation.scene import Intent, Scene


class Janitor:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.dead: list[str] = []
        """Workers whose death was seen, and whose runs were not taken back yet."""

    def intents(self) -> Iterator[Intent]:
        yield Intent("return", self.go_round)

    async def go_round(self) -> None:
        scene, dead = self._scene, list(self.dead)
        known = {run.id: (run.fence, run.lease_until, run.is_cancelled) for run in scene.memory.runs.values()}
        answer = await scene.ask(f"janitor, dead {dead}", scene.database.write(look_after_runs, dead))
        if isinstance(answer, Exception):
            return
        demand(isinstance(answer, tuple), "ANSWER", f"the janitor was answered with {answer!r}")
        returned: dict[int, Move] = dict(answer[0])
        self._check_lapsed(answer[1])
        for run_id, move in returned.items():
            fence, lease_until, is_cancelled = known.get(run_id, (0, None, False))
            run = scene.memory.run(run_id)
            run.over.add(fence)
            run.lease_until = None if run.fence == fence else run.lease_until
            demand(not is_cancelled or move is STOP, "I11", f"run {run_id} was cancelled, and the janitor: {move.name}")
            self._check_lost(run_id, move, dead)
            if lease_until is not None and (row := scene.before.get(run_id)) and row.lease_owner not in dead:
                early = scene.now() <= lease_until and row.fence == fence
                demand(not early, "I4", f"run {run_id} was taken from its owner before {lease_until}")
        self._check_nothing_left(returned, dead)
        self.dead = [worker for worker in self.dead if worker not in dead]
        if dead:
            await scene.ask(f"sign off {dead}", scene.database.write(sign_off, dead))

    def _check_lost(self, run_id: int, move: Move, dead: list[str]) -> None:
        row = self._scene.before.get(run_id)
        if row is None or not self._scene.company.leaves_alone(run_id, "claim", "beat", "task", own=0):
            return
        demand(self._is_lost(row, dead), "I4", f"run {run_id} was taken from {row.lease_owner}, which holds it")
        if row.cancel_requested_at is None:
            wanted = ABANDON if row.attempt >= row.max_attempts else EXPIRE
            tried = f"attempt {row.attempt} of {row.max_attempts}"
            demand(move is wanted, "I7", f"run {run_id}, lost in {tried}, and the janitor: {move.name}")

    def _check_nothing_left(self, returned: dict[int, Move], dead: list[str]) -> None:
        for row in self._scene.before.values():
            if self._scene.company.leaves_alone(row.id, "claim", "beat", "task", own=0):
                left = self._is_lost(row, dead) and row.id not in returned
                demand(not left, "I6", f"run {row.id} of {row.lease_owner} is lost, and the janitor left it")

    def _check_lapsed(self, lapsed: Collection[int]) -> None:
        """A question ends by itself when its time is up, and not before."""
        scene = self._scene
        for asked in scene.questions.values():
            row = scene.before.get(asked.run_id)
            is_alone = scene.company.leaves_alone(asked.run_id, "task", own=0)
            if asked.status != "OPEN" or row is None or not is_alone:
                continue
            is_late = asked.expires_at is not None and asked.expires_at <= scene.now() and row.status == WAITING
            told = f"question {asked.id} of run {asked.run_id}, open until {asked.expires_at}"
            demand(is_late == (asked.run_id in lapsed), "I9", f"{told}, and the janitor ended those of {lapsed}")

    def _is_lost(self, row: Row, dead: list[str]) -> bool:
        if row.status != RUNNING or row.lease_expires_at is None:
            return False
        return row.lease_expires_at < self._scene.now() or row.lease_owner in dead


class Reader:
    """Follows runs by cursor, in pages of any size. What it has seen must stay as it is."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.seen: dict[int, list[str]] = {}

    def intents(self) -> Iterator[Intent]:
        if living := self._scene.memory.living():
            run_id = self._scene.chance.choice(living)
            yield Intent("read", lambda: self.read(run_id, self._scene.chance.randint(1, 4)))

    async def read(self, run_id: int, limit: int) -> None:
        scene, run = self._scene, self._scene.memory.run(run_id)
        seen = self.seen.setdefault(run_id, [])
        try:
            page: EventPage = await scene.database.read(events_after, run_id, len(seen), limit)
        except NotFound:
            demand(run.may_be_deleted, "I16", f"run {run_id} was acknowledged and does not exist")
            return
        numbers = [number for number, _ in page.events]
        wanted = list(range(len(seen) + 1, len(seen) + 1 + len(numbers)))
        demand(numbers == wanted, "I15", f"run {run_id}: a reader that wanted {wanted} was given {numbers}")
        for number, text in page.events:
            demand(json.loads(text)["event_id"] == number, "I15", f"run {run_id}: event {number} is {text}")
            seen.append(text)
        behind = not numbers and page.last_event_id > len(seen)
        demand(not behind, "I15", f"run {run_id}: a reader at {len(seen)} of {page.last_event_id} was given nothing")
