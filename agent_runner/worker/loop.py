"""The worker: claim, execute, repeat (`Worker.run_forever`)."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

from agent_runner.agents.registry import AgentRegistry
from agent_runner.domain.clock import utc_now
from agent_runner.domain.redaction import Redaction
from agent_runner.domain.retry import RetryPolicy
from agent_runner.domain.run import Move, RunStatus
from agent_runner.errors import LeaseLost, StoreUnavailable
from agent_runner.llm.base import Model
from agent_runner.llm.cache import AnswerCache
from agent_runner.llm.choose import ModelSettings
from agent_runner.llm.models import Models
from agent_runner.store.database import Database
from agent_runner.store.new_runs import NewRun
from agent_runner.store.own_runs import queue_and_claim
from agent_runner.store.run_queries import get_run
from agent_runner.store.runs import ClaimedRun, ClaimWanted, claim
from agent_runner.store.wakeup import Audience, Ring
from agent_runner.store.workers import NewWorker, register, sign_off, tell_sandbox
from agent_runner.worker.alarm import Alarm
from agent_runner.worker.execute import Execution, Stop, Surroundings
from agent_runner.worker.janitor import Janitor
from agent_runner.worker.lease import Beat, HeartbeatThread, safety_margin
from agent_runner.worker.neighbours import SignOfLife
from agent_runner.worker.retention import Retention
from agent_runner.worker.sandboxes import Sandboxes, no_sandboxes
from agent_runner.worker.watch import LookAtHosts, LookAtModels, watches

log = logging.getLogger(__name__)

START_RETRY_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 1.0
"""How late a worker that sees one run through notices that another has ended it, or that its retry is due."""
SHORTEST_PAUSE_SECONDS: Final = 0.01
"""Between two looks at a delayed run that is due and that somebody else is just writing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    database_url: str
    concurrency: int
    batch_size: int
    check_interval: float
    lease_seconds: float
    drain_seconds: float
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    models: ModelSettings = field(default_factory=ModelSettings)
    """What the models are made of that runs name."""
    retention_days: float = 0.0
    """0 keeps everything."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What must stand in no event, journal or error."""
    cache: AnswerCache | None = field(default=None, repr=False)
    """Of the models that runs name; the worker's own has it already."""
    sandboxes: Sandboxes = field(default_factory=no_sandboxes, repr=False)
    public_url: str = ""
    """Where other machines reach the API; empty when nobody has said it."""


@dataclass(slots=True)
class _Held:
    execution: Execution
    safe_until: float
    """Monotonic time at which the lease must count as lost."""


class Worker:
    """One worker process. Safe to run as many as you like, on one database."""

    def __init__(
        self,
        database: Database,
        agents: AgentRegistry,
        model: Model,
        record: NewWorker,
        options: WorkerOptions,
        look_at_models: LookAtModels | None = None,
        look_at_hosts: LookAtHosts | None = None,
    ) -> None:
        self._database = database
        self._record = record
        self._options = options
        self._model_name = model.name
        self._models = Models(model, options.models, options.cache)
        self._around = Surroundings(
            database=database,
            agents=agents,
            models=self._models,
            retry=options.retry,
            chance=random.Random(),  # noqa: S311 - it spreads retries, it keeps no secret
            redaction=Redaction(options.secrets),
            sandboxes=options.sandboxes,
            public_url=options.public_url,
        )
        self._watches = tuple(watches(database, record.id, look_at_models, look_at_hosts))
        self._held: dict[int, _Held] = {}
        self._executions: set[asyncio.Task[None]] = set()
        self._alarm = Alarm()
        self._look_at = 0.0
        """Monotonic time at which the queue is worth a look though no bell was rung."""
        self._is_stopping = False
        self._may_have_work = True
        self._lease_of_safety = options.lease_seconds - safety_margin(options.lease_seconds)

    async def run_forever(self) -> None:
        """Claims and executes until `stop`, then drains. Raises when one of its duties died."""
        async with self._on_duty():
            while not self._is_stopping:
                await self._claim_free_slots()
                await self._wait()
            await self._release_all()

    async def drain(self) -> None:
        """Works until nothing is due and nothing runs."""
        async with self._on_duty():
            while not self._is_stopping:
                self._may_have_work = True
                await self._claim_free_slots()
                if not self._held:
                    break
                await self._wait()
            await self._release_all()

    async def once(self) -> None:
        """Claims one batch and works until it is done."""
        async with self._on_duty():
            await self._claim(min(self._options.concurrency, self._options.batch_size))
            while self._held and not self._is_stopping:
                await self._alarm.wait()
            await self._release_all()

    async def see_through(self, wanted: NewRun | int, on_begun: Callable[[int], None]) -> None:
        """Works on one run, a new one or one that is there, until it has ended, whoever ends it.

        A new one is claimed as it is queued, so that no other worker gets it while this one lives. `on_begun` gets its
        id. Raises as create_runs answers.
        """
        async with self._on_duty():
            run_id = wanted if isinstance(wanted, int) else await self._queue_and_begin(wanted)
            on_begun(run_id)
            while not self._is_stopping:
                run = await self._database.read(get_run, run_id)
                if run.completed_at is not None:
                    break
                if run.status == RunStatus.QUEUED and run.available_at <= utc_now():
                    await self._claim(1, only=run_id)
                await self._alarm.wait(LOOK_SECONDS)
            await self._release_all()

    def stop(self) -> None:
        """Begins to drain: no new claims. A second call releases what still runs at once."""
        if self._is_stopping:
            self._stop_all(Stop.DRAIN)
        self._is_stopping = True
        self._alarm.ring()

    # ---- claiming and executing

    async def _claim_free_slots(self) -> None:
        """Fills the free slots as far as runs are due."""
        while self._may_have_work and not self._is_stopping:
            wanted = min(self._options.concurrency - len(self._held), self._options.batch_size)
            if wanted <= 0:
                break
            self._may_have_work = False
            if await self._claim(wanted) == wanted:
                self._may_have_work = True  # else it stays as it is by now: a ring during the claim has set it

    async def _claim(self, slots: int, *, only: int | None = None) -> int:
        """Claims up to so many runs and begins them; says how many there were."""
        sent_at = time.monotonic()
        self._look_at = sent_at + self._options.check_interval
        try:
            claimed = await self._database.write(claim, self._wanted(slots, only))
        except StoreUnavailable as error:
            log.warning("Claim failed", extra={"error": str(error)})
            return 0
        if claimed.next_due_in is not None:
            self._look_at = min(self._look_at, time.monotonic() + max(SHORTEST_PAUSE_SECONDS, claimed.next_due_in))
        for run in claimed.runs:
            self._begin(run, sent_at)
        return len(claimed.runs)

    async def _queue_and_begin(self, wanted: NewRun) -> int:
        sent_at = time.monotonic()
        claimed = await self._database.write(queue_and_claim, wanted, self._wanted(1))
        [run] = claimed.runs
        self._begin(run, sent_at)
        return run.id

    def _wanted(self, slots: int, only: int | None = None) -> ClaimWanted:
        return ClaimWanted(
            worker_id=self._record.id,
            model=self._model_name,
            slots=slots,
            lease_seconds=self._options.lease_seconds,
            sandbox=self._sandbox_level(),
            only=only,
        )

    def _begin(self, run: ClaimedRun, sent_at: float) -> None:
        execution = Execution(run, self._around)
        if (former := self._held.get(run.id)) is not None:
            former.execution.stop(Stop.LEASE_LOST)  # it was given away and came back before its agent had stopped
        self._held[run.id] = _Held(execution, sent_at + self._lease_of_safety)
        task = asyncio.create_task(self._execute(execution), name=f"run {run.id}")
        self._executions.add(task)
        task.add_done_callback(self._executions.discard)

    async def _execute(self, execution: Execution) -> None:
        run = execution.claimed
        ids = {"run_id": run.id, "attempt": run.attempt, "fence": run.fence}
        try:
            move: Move = await execution.run()
            log.info("Run ended", extra={**ids, "move": move.name, "status": move.target.value})
        except LeaseLost:
            log.warning("Lease lost", extra=ids)
        except Exception:
            # The boundary: what cannot be written down stays RUNNING until its lease ends, and is tried again.
            log.exception("Run could not be ended", extra=ids)
        finally:
            held = self._held.get(run.id)
            if held is not None and held.execution is execution:
                del self._held[run.id]
            self._alarm.ring()

    async def _wait(self) -> None:
        """Until the bell rings, a run ends, or a delayed run becomes due, which rings no bell; an interval at most."""
        if not await self._alarm.wait(max(0.0, self._look_at - time.monotonic())):
            self._may_have_work = True
            self._look_at = time.monotonic() + self._options.check_interval
            self._janitor.come_along()

    # ---- stopping

    async def _release_all(self) -> None:
        """Gives what runs its time to end, then releases it: it goes on elsewhere from its journal."""
        if self._executions:
            await asyncio.wait(self._executions, timeout=self._options.drain_seconds)
        self._stop_all(Stop.DRAIN)
        if self._executions:
            await asyncio.wait(self._executions)

    def _stop_all(self, why: Stop) -> None:
        for held in list(self._held.values()):
            held.execution.stop(why)

    # ---- duties

    @asynccontextmanager
    async def _on_duty(self) -> AsyncGenerator[None]:
        """Registers the worker and runs its background duties; if one dies, the worker stops and says which."""
        options, worker_id = self._options, self._record.id
        sign_of_life = SignOfLife(self._database.run_directory / "workers", worker_id)
        record = replace(self._record, sandbox=self._sandbox_level())
        await self._patiently(lambda: self._database.write(register, record))
        self._janitor = Janitor(self._database, worker_id, options.lease_seconds)
        await self._patiently(self._janitor.go_round)  # what dead workers left is claimed first
        self._heartbeat = HeartbeatThread(
            options.database_url, worker_id, options.lease_seconds, self._held_fences, self._on_beat
        )
        self._heartbeat.start()
        stop_listening = self._database.doorbell.listen(Audience.WORKER, self._on_ring)
        duties = [
            self._duty("janitor", self._janitor.run_forever()),
            self._duty("self-fence", self._fence_itself()),
            self._duty("retention", Retention(self._database, options.retention_days).run_forever()),
            *(self._duty(watch.subject, watch.run_forever()) for watch in self._watches),
        ]
        finding = asyncio.create_task(self._find_sandbox(), name="sandbox")
        try:
            yield
        finally:
            stop_listening()
            for task in (*duties, finding):
                task.cancel()
            ended = await asyncio.gather(*duties, return_exceptions=True)
            await asyncio.gather(finding, return_exceptions=True)
            await self._heartbeat.stop()
            await self._models.close()
            with suppress(StoreUnavailable):  # it counts as gone all the same, a little later
                await self._database.write(sign_off, [worker_id])
            sign_of_life.end()
        dead = [(duty, error) for duty, error in zip(duties, ended, strict=True) if isinstance(error, Exception)]
        for duty, error in dead:
            raise RuntimeError(f"the worker's {duty.get_name()} died: {error}") from error

    def _sandbox_level(self) -> str | None:
        level = self._options.sandboxes.level
        return None if level is None else level.name

    async def _find_sandbox(self) -> None:
        """Beside the work: no claim waits for it."""
        sandboxes = self._options.sandboxes
        is_news = sandboxes.known is None
        found = sandboxes.known or await sandboxes.find()
        log.info("Sandbox", extra={"level": found.level.name, "why": found.reason})
        if is_news:
            await self._patiently(lambda: self._database.write(tell_sandbox, self._record.id, found.level.name))

    async def _patiently(self, work: Callable[[], Awaitable[None]]) -> None:
        """Again while the database is away; a worker that is told to stop meanwhile gives up."""
        while True:
            try:
                await work()
            except StoreUnavailable as error:
                log.warning("Not on duty yet", extra={"error": str(error)})
                if await self._stopped_within(START_RETRY_SECONDS):
                    raise
            else:
                return

    async def _stopped_within(self, seconds: float) -> bool:
        await self._alarm.wait(seconds)
        return self._is_stopping

    def _duty(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        def on_done(task: asyncio.Task[None]) -> None:
            if not task.cancelled():
                log.error("Duty died", extra={"duty": name, "error": str(task.exception())})
                self.stop()

        task = asyncio.create_task(work, name=name)
        task.add_done_callback(on_done)
        return task

    def _on_ring(self, ring: Ring) -> None:
        if ring.cancel:
            self._heartbeat.beat_now()
        if ring.work:
            self._janitor.look_around()
            self._may_have_work = True
            self._alarm.ring()

    def _held_fences(self) -> dict[int, int]:
        """For the heartbeat's thread, at any moment."""
        return {run_id: held.execution.claimed.fence for run_id, held in tuple(self._held.items())}

    def _on_beat(self, beat: Beat) -> None:
        for run_id, fence in beat.asked.items():
            held, renewed = self._held.get(run_id), beat.held.get(run_id)
            if held is None or held.execution.claimed.fence != fence:
                continue
            if renewed is None:
                held.execution.stop(Stop.LEASE_LOST)
                continue
            if renewed.is_renewed:
                held.safe_until = beat.sent_at + self._lease_of_safety
            if renewed.is_cancel_requested:
                held.execution.stop(Stop.CANCEL)

    async def _fence_itself(self) -> None:
        """Stops agents whose lease was not renewed in time, before the database gives their runs away."""
        while True:
            if not self._heartbeat.is_alive():
                raise RuntimeError("the heartbeat thread ended")
            now = time.monotonic()
            for held in list(self._held.values()):
                if held.safe_until <= now:
                    held.execution.stop(Stop.LEASE_LOST)
            until = [held.safe_until - now for held in self._held.values() if held.safe_until > now]
            await asyncio.sleep(min([self._lease_of_safety / 4, *until]))
