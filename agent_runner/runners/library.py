"""Carries a topology out for Python code: a worker of one run, in the caller's process and event loop."""

import asyncio
import json
import logging
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from pydantic import JsonValue

from agent_runner.agents.registry import AgentRegistry
from agent_runner.domain.catalog import OF_TOPOLOGIES
from agent_runner.domain.composition import Composition
from agent_runner.domain.events import EventType
from agent_runner.domain.run import FINAL_STATUSES, RunStatus
from agent_runner.errors import Conflict, InvalidInput
from agent_runner.llm.choose import choose_model
from agent_runner.runners.agent import TopologyAgent
from agent_runner.runners.base import Metrics, OnEvent, Runner, RunResult
from agent_runner.runners.follow import Follower
from agent_runner.runners.perform import outcome_in
from agent_runner.runners.trace import Trace
from agent_runner.settings import load_settings
from agent_runner.store.database import Database
from agent_runner.store.migrations import migrate
from agent_runner.store.new_runs import NewRun
from agent_runner.store.run_queries import RunRecord, composition_of, get_run
from agent_runner.store.runs import cancel, rerun
from agent_runner.worker.from_settings import model_settings, this_process, worker_options
from agent_runner.worker.loop import Worker


def goal_and_input(given: str | Mapping[str, JsonValue]) -> tuple[str, Mapping[str, JsonValue]]:
    """Raises InvalidInput when no goal is in it."""
    goal = given if isinstance(given, str) else given.get("goal")
    if not isinstance(goal, str) or not goal.strip():
        raise InvalidInput(f"the input has no goal: {given!r}"[:500], next_step='give a text, or {"goal": …}')
    rest = {} if isinstance(given, str) else {name: value for name, value in given.items() if name != "goal"}
    return goal, rest


async def carry_out(
    runner: Runner, composition: Composition, goal: str, given: Mapping[str, JsonValue], on_event: OnEvent | None
) -> RunResult:
    """A new run, to its end."""
    config = runner.config
    wanted = NewRun(
        goal=goal,
        agent=f"{OF_TOPOLOGIES}{composition.topology.name}",
        input=json.dumps(given),
        config=json.dumps({"correlation_id": config.correlation_id, **runner.config_of_run}),
        max_attempts=config.max_attempts,
        time_limit_seconds=config.timeout_seconds,
        composition=composition.text,
        runner=composition.runner,
    )
    async with _house(runner) as house:
        return await house.see_through(wanted, composition, on_event)


async def go_on(runner: Runner, run_id: int, on_event: OnEvent | None) -> RunResult:
    """A run that is there, to its end."""
    async with _house(runner) as house:
        text = await house.database.read(composition_of, run_id)
        if text is None:
            run = await house.database.read(get_run, run_id)
            raise InvalidInput(f"run {run_id} is one of the agent {run.agent}, and no topology")
        await house.wake(run_id)
        return await house.see_through(run_id, Composition.read(text), on_event)


class _House:
    """An open database, and a worker that has this one runner."""

    def __init__(self, runner: Runner, database: Database, make_worker: Callable[[AgentRegistry], Worker]) -> None:
        self._runner = runner
        self._make_worker = make_worker
        self.database = database

    async def wake(self, run_id: int) -> None:
        """A run that has failed or was cancelled goes on; one that has completed stays as it is."""
        run = await self.database.read(get_run, run_id)
        if run.status in FINAL_STATUSES - {RunStatus.COMPLETED}:
            await self.database.write(rerun, run_id, self._runner.config.max_attempts)

    async def see_through(self, wanted: NewRun | int, composition: Composition, on_event: OnEvent | None) -> RunResult:
        agent = TopologyAgent(only=self._runner)
        worker = self._make_worker(AgentRegistry({f"{OF_TOPOLOGIES}{composition.topology.name}": agent}))
        trace = Trace()
        begun: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        follower = Follower(self.database, begun, (trace.add, *((on_event,) if on_event else ())))
        working = asyncio.create_task(worker.see_through(wanted, begun.set_result), name="worker of one run")
        try:
            async with follower:
                await asyncio.shield(working)
        except asyncio.CancelledError:
            await self._stop(worker, working, begun)
            raise
        return self._result(await self.database.read(get_run, begun.result()), composition, trace)

    async def _stop(self, worker: Worker, working: asyncio.Task[None], begun: asyncio.Future[int]) -> None:
        """The caller was cancelled, and so is the run: nobody waits for it any more."""
        if begun.done() and not begun.cancelled():
            try:
                await self.database.write(cancel, begun.result(), "the program that waited for it was stopped")
            except Conflict:
                worker.stop()
        else:
            worker.stop()
        await asyncio.wait({working})

    def _result(self, run: RunRecord, composition: Composition, trace: Trace) -> RunResult:
        config = self._runner.config
        outcome = outcome_in(run.result) if run.result else None
        metrics = Metrics(
            agent_calls=trace.count(EventType.AGENT_COMPLETE),
            model_calls=run.model_calls,
            input_tokens=run.input_tokens,
            output_tokens=run.output_tokens,
            cost_usd=run.cost_usd,
            attempts=run.attempt,
        )
        took = run.completed_at - run.started_at if run.completed_at and run.started_at else None
        return RunResult(
            execution_id=run.id,
            status=RunStatus(run.status),
            output=None if outcome is None else outcome.output,
            outcome=outcome,
            error=run.error,
            started_at=run.started_at,
            completed_at=run.completed_at,
            duration_ms=None if took is None else took.total_seconds() * 1000,
            runner_type=self._runner.name,
            topology_name=composition.topology.name,
            correlation_id=config.correlation_id,
            trace=trace.spans if config.trace_enabled else (),
            metrics=metrics if config.metrics_enabled else None,
        )


@asynccontextmanager
async def _house(runner: Runner) -> AsyncGenerator[_House]:
    settings = load_settings()
    log, config = logging.getLogger("agent_runner"), runner.config
    level = log.level
    log.setLevel(config.log_level)
    with tempfile.TemporaryDirectory(prefix="agent-runner-") as directory:
        place = runner.db_url or settings.store_url
        url = place if config.checkpoint_enabled else f"sqlite:///{Path(directory) / 'runs.db'}"
        await asyncio.to_thread(migrate, url)
        model = await choose_model(model_settings(settings))
        database = await Database.open(url)
        try:
            record = replace(this_process(settings, model.name), slots=1)
            options = replace(
                worker_options(settings), database_url=url, concurrency=1, drain_seconds=0.0, cache=model.cache
            )
            yield _House(runner, database, lambda agents: Worker(database, agents, model, record, options))
        finally:
            log.setLevel(level)
            await model.close()
            await database.close()
