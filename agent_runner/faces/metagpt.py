"""`MetaGPTRunner`: tasks for a software company of agents, for Python code that runs beside the database."""

import json
from threading import Lock
from typing import Any, Final, Self

from pydantic import JsonValue

from agent_runner.domain.catalog import AGENT_OF_TASKS, agent_names, is_agent_name
from agent_runner.domain.task import task_state_view
from agent_runner.errors import InvalidInput
from agent_runner.faces.background import BackgroundStore
from agent_runner.faces.follower import Follower, OnEvent
from agent_runner.faces.task import new_run_of_task, said, spelled
from agent_runner.settings import Settings, load_settings
from agent_runner.store.events import events_after
from agent_runner.store.task_runs import create_running_task, stop_task
from agent_runner.store.tasks import TaskRecord, get_task

EVENTS_A_PAGE: Final = 500


class MetaGPTRunner:
    """Starts tasks, says how they are, and stops them. Workers do the work: this only writes and reads rows.

    `agent` does the work; the `agent` of a task's state says which it is.

    `on_event` is called for every event of the tasks started here: once, in each task's order, from a background
    thread. It may be slow and may call this runner. What it raises is logged, and the next event follows.
    """

    def __init__(
        self, settings: Settings | None = None, *, on_event: OnEvent | None = None, agent: str = AGENT_OF_TASKS
    ) -> None:
        """Raises InvalidInput for what is no name of an agent."""
        if not is_agent_name(agent):
            raise InvalidInput(f"there is no agent {agent!r}; known are: {', '.join(sorted(agent_names()))}")
        self._agent: Final = agent
        self._settings: Final = settings or load_settings()
        self._store: Final = BackgroundStore(self._settings.store_url)
        self._follower: Final = Follower(self._store, on_event) if on_event else None
        self._closing: Final = Lock()

    def start_task(self, title: str, input_prompt: str | None = None) -> str:
        """Queues the idea and returns the task's id. Without a prompt the title says all."""
        prompt = title if input_prompt is None else input_prompt
        run = new_run_of_task(self._settings, said("title", title), said("input_prompt", prompt), self._agent)
        created = self._store.finish(self._store.database.write(create_running_task, title, run))
        if self._follower:
            self._follower.follow(created.id)
        return str(run.task_id)

    def get_task_state(self, task_id: str) -> dict[str, JsonValue]:
        """As `GET /tasks/{id}/state` gives it. Raises NotFound."""
        return task_state_view(self._task(task_id))

    def get_task_events(self, task_id: str, since_event_id: int = 0) -> list[dict[str, Any]]:
        """The recorded events of the task's latest run with a greater event_id, as `GET /tasks/{id}/events` gives them.

        Ask again with the last one's event_id, and none is missed. Raises NotFound.
        """
        run_id = self._task(task_id).run_id
        return [] if run_id is None else self._store.finish(self._events(run_id, since_event_id))

    def stop_task(self, task_id: str) -> None:
        """Cancels the task's run: at once when it waits, as soon as its worker has stopped the agent when it runs.

        Raises NotFound, and Conflict when no run is under way.
        """
        self._store.finish(self._store.database.write(stop_task, spelled(task_id)))

    def close(self) -> None:
        """Ends the threads, after `on_event` has had all that was recorded until now. Tasks go on."""
        if not self._closing.acquire(blocking=False):
            return  # another thread, or on_event itself, does it
        if self._follower:
            self._follower.close()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _task(self, task_id: str) -> TaskRecord:
        return self._store.finish(self._store.database.read(get_task, spelled(task_id)))

    async def _events(self, run_id: int, since: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = await self._store.database.read(events_after, run_id, since, EVENTS_A_PAGE)
            found += [json.loads(text) for _, text in page.events]
            since = page.cursor
            if len(page.events) < EVENTS_A_PAGE:
                return found
