"""`BackgroundTaskRunner`: tasks from coroutines, for Python code that runs beside the database."""

import asyncio
import json
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, Self

from pydantic import JsonValue

from agent_runner.domain.task import TaskState, task_state_view
from agent_runner.errors import StoreDamaged, StoreUnavailable, TaskCancelled, TaskFailed, TaskNotDone
from agent_runner.faces.task import is_task_id, new_run_of_task, said, spelled, with_wishes
from agent_runner.settings import Settings, load_settings
from agent_runner.store.database import Database
from agent_runner.store.migrations import migrate
from agent_runner.store.new_runs import create_runs
from agent_runner.store.task_runs import create_running_task, run_of
from agent_runner.store.tasks import TaskRecord, get_task
from agent_runner.store.wakeup import Audience, Ring

DEFAULT_AGENT: Final = "mgx"
LOOK_SECONDS: Final = 1.0
"""How late an end may be noticed when its ring was lost."""
LONGEST_TITLE: Final = 100

log = logging.getLogger(__name__)


class BackgroundTaskRunner:
    """Queues tasks, says how they are, and waits for them. Workers do the work: this only writes and reads rows.

    Open within the event loop that uses it: `async with runner`, or `open` and `close`. Called, it gives itself, so
    `Depends(runner)` hands it to a route of FastAPI. Closing stops no task. Until it is opened it reads no setting.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self._given: Final = settings
        self._settings: Settings | None = None
        self._database: Database | None = None
        self._stop_listening: Callable[[], None] | None = None
        self._waiting: Final[defaultdict[int, set[asyncio.Event]]] = defaultdict(set)

    async def open(self) -> None:
        """Migrates the database when it is new. Raises ConfigurationError when it cannot be used."""
        settings = self._given or load_settings()
        await asyncio.to_thread(migrate, settings.store_url)
        self._settings, self._database = settings, await Database.open(settings.store_url)
        self._stop_listening = self._database.doorbell.listen(Audience.API, self._hear)

    async def close(self) -> None:
        if self._database is not None and self._stop_listening is not None:
            self._stop_listening()
            await self._database.close()
        self._database = None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def __call__(self) -> Self:
        return self

    async def submit(
        self,
        title: str,
        prompt: str | None = None,
        *,
        agent: str = DEFAULT_AGENT,
        config: Mapping[str, Any] | None = None,
        project_id: int | None = None,
        budget: Mapping[str, Any] | None = None,
        model: str | None = None,
    ) -> str:
        """Queues a task and its run, and returns the task's id. Without a prompt the title says all.

        `budget` has the limits of `POST /runs` (`cost_usd`, `tokens`, `model_calls`, `seconds`) and `on_budget`. Raises
        InvalidInput for what cannot be used, and NotFound without such a project.
        """
        settings, database = self._opened()
        run = new_run_of_task(
            settings, said("title", title), said("prompt", title if prompt is None else prompt), agent
        )
        run = with_wishes(run, settings, config=config, budget=budget, model=model)
        await database.write(create_running_task, title, replace(run, project_id=project_id))
        return str(run.task_id)

    async def get_status(self, task_id: str) -> dict[str, JsonValue]:
        """As `GET /tasks/{id}/state` gives it. Raises NotFound."""
        return task_state_view(await self._task(spelled(task_id)))

    async def run_task(self, task: str, *, timeout: float | None = None) -> JsonValue:  # noqa: ASYNC109 - the caller's word for it
        """Waits for the end of a task and returns its final result; what is no task's id is a prompt for a new one.

        A task that has no run yet is given one. Waiting for a person is no end: such a task goes on when they answer.
        Raises TaskFailed, TaskCancelled, or TaskNotDone after `timeout` seconds; each holds the `task_id`.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        task_id = spelled(task) if is_task_id(task) else await self.submit(title_of(task), task)
        run_id = await self._begun(task_id)
        rung = asyncio.Event()
        self._waiting[run_id].add(rung)
        try:
            while True:
                rung.clear()
                found = await self._look(task_id)
                if found is not None and found.completed_at is not None:
                    return _result(found)
                await _rung_in_time(rung, task_id, found, deadline)
        finally:
            self._waiting[run_id].discard(rung)
            if not self._waiting[run_id]:
                del self._waiting[run_id]

    async def _begun(self, task_id: str) -> int:
        """The task's run; a new one where it has none."""
        settings, database = self._opened()
        found = await self._task(task_id)
        if found.run_id is not None:
            return found.run_id
        run = run_of(
            found,
            max_attempts=settings.run_max_attempts,
            time_limit_seconds=settings.run_time_limit_seconds,
            default_budget=settings.default_budget,
        )
        return (await database.write_together(create_runs, run)).id

    async def _look(self, task_id: str) -> TaskRecord | None:
        """None while the database cannot be used: who waits for a task waits for that, too."""
        self._opened()
        try:
            return await self._task(task_id)
        except StoreDamaged:
            raise
        except StoreUnavailable as error:
            log.warning("Task not read", extra={"task_id": task_id, "error": error.message})
            return None

    async def _task(self, task_id: str) -> TaskRecord:
        _, database = self._opened()
        return await database.read(get_task, task_id)

    def _opened(self) -> tuple[Settings, Database]:
        if self._database is None or self._settings is None:
            raise StoreUnavailable(
                "this runner is not open", next_step="async with runner: …, or await runner.open() in the lifespan"
            )
        return self._settings, self._database

    def _hear(self, ring: Ring) -> None:
        for run_id in self._waiting if ring.all_runs else ring.runs & self._waiting.keys():
            for rung in self._waiting[run_id]:
                rung.set()


def title_of(prompt: str) -> str:
    """Its first line, not too long."""
    lines = prompt.strip().splitlines() or [""]
    return lines[0] if len(lines[0]) <= LONGEST_TITLE else lines[0][: LONGEST_TITLE - 1] + "…"


async def _rung_in_time(rung: asyncio.Event, task_id: str, found: TaskRecord | None, deadline: float | None) -> None:
    """Returns when something may have happened. Raises TaskNotDone at the deadline."""
    left = LOOK_SECONDS if deadline is None else min(LOOK_SECONDS, deadline - time.monotonic())
    if left <= 0:
        known = f"it is {found.state}, and its run {found.run_id} {found.run_status}" if found else "it cannot be read"
        raise TaskNotDone(
            f"task {task_id} has not ended in time: {known}",
            task_id=task_id,
            next_step="it goes on; wait for it again by its id",
        )
    with suppress(TimeoutError):
        async with asyncio.timeout(left):  # wait_for of Python 3.11 forgets a cancel that meets a ring
            await rung.wait()


def _result(task: TaskRecord) -> JsonValue:
    match task.state:
        case TaskState.SUCCEEDED:
            return json.loads(task.result or "null")
        case TaskState.CANCELLED:
            raise TaskCancelled(
                f"task {task.id} was cancelled{f': {task.error}' if task.error else ''}",
                task_id=task.id,
                next_step=f"POST /tasks/{task.id}/run starts it anew",
            )
        case _:
            raise TaskFailed(
                f"task {task.id} has failed: {task.error or 'no reason was given'}",
                task_id=task.id,
                next_step=f"see the events of run {task.run_id}",
            )
