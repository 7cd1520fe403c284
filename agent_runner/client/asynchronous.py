"""`AsyncClient`: the same verbs for coroutines."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, Final, Self

import httpx

from agent_runner.client import bulk, following, service, verbs
from agent_runner.client.records import Event
from agent_runner.client.steps import Outcome, P, Pause, Program, Step, T
from agent_runner.client.transport import DEFAULT_TIMEOUT_SECONDS, DEFAULT_URL, Walk, http_options, request_options


def _method(verb: Callable[P, Program[T]]) -> Callable[Concatenate["AsyncClient", P], Coroutine[Any, Any, T]]:
    """A verb as a coroutine method, with the verb's own arguments."""

    @wraps(verb)
    async def method(self: "AsyncClient", *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.finish(verb(*args, **kwargs))

    return method


def _iterator(verb: Callable[P, Program[None]]) -> Callable[Concatenate["AsyncClient", P], AsyncIterator[Event]]:
    """A verb that gives events, as a method that gives an asynchronous iterator."""

    @wraps(verb)
    def method(self: "AsyncClient", *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[Event]:
        return self.iterate(verb(*args, **kwargs))

    return method


class AsyncClient:
    """Speaks to the API from one event loop. Close it with `aclose`, or use it as a context manager."""

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        api_key: str | None = None,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    ) -> None:
        self.url: Final = url
        self._timeout_seconds: Final = timeout_seconds
        self._http: Final = httpx.AsyncClient(**http_options(url, api_key, timeout_seconds))

    submit = _method(verbs.submit)
    status = _method(verbs.status)
    wait = _method(following.wait)
    events = _iterator(following.events)
    cancel = _method(verbs.cancel)
    retry = _method(verbs.retry)
    cancel_runs = _method(bulk.cancel_runs)
    retry_runs = _method(bulk.retry_runs)
    fork = _method(verbs.fork)
    steps = _method(verbs.steps)
    usage = _method(verbs.usage)
    graph = _method(verbs.graph)
    topology_graph = _method(verbs.topology_graph)
    runs = _method(verbs.runs)
    logs = _method(verbs.logs)
    delete_run = _method(verbs.delete_run)

    approvals = _method(verbs.approvals)
    approve = _method(verbs.approve)
    reject = _method(verbs.reject)
    give_input = _method(verbs.give_input)
    artifacts = _method(verbs.artifacts)
    artifact = _method(verbs.artifact)
    diff = _method(verbs.diff)

    create_project = _method(verbs.create_project)
    update_project = _method(verbs.update_project)
    project = _method(verbs.project)
    projects = _method(verbs.projects)
    delete_project = _method(verbs.delete_project)

    create_task = _method(verbs.create_task)
    start_task = _method(verbs.start_task)
    task = _method(verbs.task)
    tasks = _method(verbs.tasks)
    task_status = _method(verbs.task_status)
    task_events = _iterator(following.task_events)
    stop_task = _method(verbs.stop_task)

    agents = _method(verbs.agents)
    agent = _method(verbs.agent)
    create_agent = _method(verbs.create_agent)
    delete_agent = _method(verbs.delete_agent)
    topologies = _method(verbs.topologies)
    topology = _method(verbs.topology)
    create_topology = _method(verbs.create_topology)
    delete_topology = _method(verbs.delete_topology)
    mixins = _method(verbs.mixins)

    models = _method(service.models)
    worker_status = _method(service.worker_status)
    overview = _method(service.overview)
    about = _method(service.about)

    async def finish(self, program: Program[T]) -> T:
        """Carries out a program of calls and pauses."""
        walk = Walk(program)
        while not walk.is_done:
            walk.go_on(await self._carry_out(walk.step))
        return walk.result

    async def iterate(self, program: Program[None]) -> AsyncIterator[Event]:
        """Carries out a program, and gives the events that it comes upon."""
        walk = Walk(program)
        while not walk.is_done:
            if isinstance(walk.step, Event):
                yield walk.step
            walk.go_on(await self._carry_out(walk.step))

    async def _carry_out(self, step: Step) -> Outcome:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        if isinstance(step, Event):
            return None
        try:
            return await self._http.request(**request_options(step, self._timeout_seconds))
        except httpx.TransportError as error:
            return error

    async def aclose(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
