"""The load: users who queue, cancel, rerun and delete runs, repeat what was not answered, and remember every answer."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from random import Random
from typing import Any, Final

import httpx

from agent_runner.chaos.memory import Memory
from agent_runner.chaos.reader import Reader

CREATORS: Final = 4
MOST_WAITING: Final = 40
"""Nobody queues more while so many runs are queued or run: harm is done to what runs, not to what waits."""
MOST_READERS: Final = 12
RECENT: Final = 40
ANSWER_SECONDS: Final = 90.0
"""After the last harm everybody gets an answer within this time."""
AWAY: Final = frozenset({502, 503, 504, 507})
"""Answers that promise nothing: the caller asks again."""
NOT_NOW: Final = frozenset({404, 409})
"""The run went its own way between the look and the request."""
SECONDS_BETWEEN: Final = {"create": 0.25, "cancel": 0.8, "rerun": 1.0, "delete": 2.0, "task": 1.5, "read": 0.5}


class Load:
    """Many users at once, until `stop`; then each ends what it has begun."""

    def __init__(self, http: httpx.AsyncClient, memory: Memory, seed: int) -> None:
        self._http: Final = http
        self._memory: Final = memory
        self._chance: Final = Random(f"{seed} load")  # noqa: S311 - a schedule, no secret
        self._reader: Final = Reader(http, memory, self._chance)
        self._readers: Final[set[asyncio.Task[None]]] = set()
        self._stopped: Final = asyncio.Event()
        self._queued: int = 0
        self._recent: Final[list[int]] = []

    async def run(self) -> None:
        async with asyncio.TaskGroup() as users:
            for _ in range(CREATORS):
                users.create_task(self._again_and_again("create", self._create))
            for name, act in (
                ("cancel", self._cancel),
                ("rerun", self._rerun),
                ("delete", self._delete),
                ("task", self._run_task),
                ("read", self._begin_to_read),
            ):
                users.create_task(self._again_and_again(name, act))

    def stop(self) -> None:
        self._stopped.set()

    async def first_runs(self, number: int) -> None:
        """Returns when so many runs were acknowledged."""
        while len(self._memory.ids) < number:  # noqa: ASYNC110 - they are counted by the memory, which rings no bell
            await asyncio.sleep(0.05)

    async def let_readers_end(self, seconds: float) -> None:
        """Every run has ended, so every reader must."""
        if self._readers:
            await asyncio.wait(self._readers, timeout=seconds)
        await self.dismiss_readers()
        for reading in self._memory.readings:
            if not (reading.has_ended or reading.is_over):
                sentence = f"a reader never saw its run end; it saw {len(reading.seen)} events"
                self._memory.break_promise("I15", reading.run_id, sentence)

    async def dismiss_readers(self) -> None:
        for reader in list(self._readers):
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)

    async def ask_for_every_key_again(self) -> None:
        """Now that nothing is hurt any more: the same request must give the same run."""
        for key, body in self._memory.bodies.items():
            if self._memory.ids.get(key) not in self._memory.may_be_missing:
                await self._post_run(key, body)

    async def _again_and_again(self, name: str, act: Callable[[], Awaitable[None]]) -> None:
        while not self._stopped.is_set():
            await act()
            with suppress(TimeoutError):
                async with asyncio.timeout(SECONDS_BETWEEN[name] * self._chance.uniform(0.3, 1.7)):
                    await self._stopped.wait()

    # ---- what users do

    async def _create(self) -> None:
        status = await self._ask("GET", "/worker/status")
        if status is None or sum(status.json()["queue"].values()) > MOST_WAITING:
            return
        self._queued += 1
        key = f"key-{self._queued}"
        body: dict[str, Any] = {"goal": f"chaos {key}", "priority": self._chance.randint(0, 2)}
        body["config"] = {"max_attempts": self._chance.choice((1, 3, 10, 10))}
        self._memory.bodies[key] = body
        self._recent.append(await self._post_run(key, body))
        del self._recent[:-RECENT]
        if self._chance.random() < 0.2:  # noqa: PLR2004 - one in five does not trust the first answer
            await self._post_run(key, body)

    async def _post_run(self, key: str, body: dict[str, Any]) -> int:
        """As a careful client does: the same key until there is an answer."""
        headers = {"Idempotency-Key": key}
        while not (answer := await self._ask("POST", "/runs", body, headers)) or not answer.is_success:
            self._memory.counts["creates repeated"] += 1
            await asyncio.sleep(0.2)
        run_id = int(answer.json()["id"])
        self._memory.acknowledge(key, run_id)
        return run_id

    async def _cancel(self) -> None:
        if not self._recent:
            return
        with self._in_hand(self._chance.choice(self._recent)) as run_id:
            answer = run_id and await self._ask("POST", f"/runs/{run_id}/cancel", {})
            if run_id and answer and answer.is_success:
                self._memory.cancelled.add(run_id)
                self._memory.counts["cancels acknowledged"] += 1

    async def _rerun(self) -> None:
        with self._in_hand(await self._some_run("FAILED", "CANCELLED")) as run_id:
            if run_id:
                self._memory.cancelled.discard(run_id)
                answer = await self._ask("POST", f"/runs/{run_id}/retry", {})
                self._memory.counts["reruns"] += bool(answer and answer.is_success)

    async def _delete(self) -> None:
        with self._in_hand(await self._some_run("COMPLETED", "FAILED", "CANCELLED")) as run_id:
            if not run_id:
                return
            self._memory.perhaps_deleted.add(run_id)
            answer = await self._ask("DELETE", f"/runs/{run_id}")
            if answer is not None:
                self._memory.perhaps_deleted.discard(run_id)
                if answer.is_success:
                    self._memory.deleted.add(run_id)
                    self._memory.counts["runs deleted"] += 1

    async def _run_task(self) -> None:
        self._memory.counts["tasks"] += 1
        wanted = {"title": "chaos", "input_prompt": "chaos task", "agent": "simple"}
        task = await self._ask("POST", "/tasks", wanted)
        if task is None or not task.is_success:
            return
        path = f"/tasks/{task.json()['id']}"
        answer = await self._ask("POST", f"{path}/run", {})
        if answer is None or not answer.is_success:
            return
        run_id = int(answer.json()["run_id"])
        self._memory.runs_of_tasks.add(run_id)
        if self._chance.random() < 0.3:  # noqa: PLR2004 - three in ten think better of it
            with self._in_hand(run_id):
                stopped = await self._ask("POST", f"{path}/stop", {})
                if stopped and stopped.is_success:
                    self._memory.cancelled.add(run_id)
                    self._memory.counts["cancels acknowledged"] += 1

    async def _begin_to_read(self) -> None:
        there = [run_id for run_id in self._recent if run_id not in self._memory.may_be_missing]
        if there and len(self._readers) < MOST_READERS:
            reader = asyncio.create_task(self._reader.read(self._chance.choice(there[-5:])))
            self._readers.add(reader)
            reader.add_done_callback(self._readers.discard)
            self._memory.counts["readers"] += 1

    # ---- how they ask

    @contextmanager
    def _in_hand(self, run_id: int | None) -> Generator[int | None]:
        """None when there is no such run, or when somebody else is changing it."""
        if run_id is None or run_id in self._memory.in_hand | self._memory.may_be_missing:
            yield None
            return
        self._memory.in_hand.add(run_id)
        try:
            yield run_id
        finally:
            self._memory.in_hand.discard(run_id)

    async def _some_run(self, *statuses: str) -> int | None:
        status = self._chance.choice(statuses)
        answer = await self._ask("GET", f"/runs?status={status}&limit=30")
        found = [run["id"] for run in answer.json()["items"]] if answer and answer.is_success else []
        return self._chance.choice(found) if found else None

    async def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response | None:
        """None when nobody answered, or nobody who could. An answer that nothing explains is a finding."""
        self._memory.counts["requests"] += 1
        try:
            answer = await self._http.request(method, path, json=body, headers=headers)
        except httpx.TransportError:
            return None
        if answer.status_code in AWAY:
            return None
        if not answer.is_success and answer.status_code not in NOT_NOW:
            self._memory.find(f"{method} {path} was answered {answer.status_code}: {answer.text[:300]}")
        return answer


@asynccontextmanager
async def under_way(load: Load) -> AsyncGenerator[None]:
    """The load runs beside the body, and has ended what it began when the body is left. One ends with the other."""
    async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as group:
        group.create_task(load.run())
        yield
        load.stop()
        limit.reschedule(asyncio.get_running_loop().time() + ANSWER_SECONDS)
