"""One claimed run, from its claim to the end of the attempt: prepare, let the agent work, say how it ended."""

import asyncio
import random
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final, assert_never

from pydantic import JsonValue

from agent_runner.agents.base import Agent, Elsewhere, ProjectOfRun
from agent_runner.agents.registry import AgentRegistry
from agent_runner.domain.events import (
    BudgetExceeded,
    NewEvent,
    Payload,
    RunCancelled,
    RunCompleted,
    RunFailed,
    RunReleased,
    RunRetryScheduled,
    new_event,
)
from agent_runner.domain.policy import ProjectPolicy
from agent_runner.domain.redaction import NOTHING_SECRET, Redaction
from agent_runner.domain.retry import RetryPolicy
from agent_runner.domain.run import COMPLETE, FAIL, RELEASE, RETRY, STOP, SUSPEND, Move
from agent_runner.domain.wording import json_text, storable
from agent_runner.errors import (
    AgentRunnerError,
    Conflict,
    LeaseLost,
    NotFound,
    PermanentAgentError,
    StoreDamaged,
    StoreUnavailable,
)
from agent_runner.llm.base import Model
from agent_runner.llm.models import Models
from agent_runner.sandbox.sandbox import Sandbox
from agent_runner.store.approvals import Asked
from agent_runner.store.database import Database
from agent_runner.store.held import Ending
from agent_runner.store.projects import get_project
from agent_runner.store.runs import ClaimedRun
from agent_runner.store.session import ReadSession
from agent_runner.worker.context import AttemptContext
from agent_runner.worker.directories import attempt_directory, lasting_directory, remove_attempt
from agent_runner.worker.elsewhere import OfClaim
from agent_runner.worker.outbox import RETRY_SECONDS, Outbox
from agent_runner.worker.recorded import Recorded, recorded
from agent_runner.worker.sandboxes import Sandboxes, no_sandboxes

STOP_GRACE_SECONDS: Final = 5.0
"""An agent that does not heed a stop within this time is left behind; it can write nothing any more."""
LARGEST_RESULT_BYTES: Final = 1024 * 1024
LONGEST_ERROR: Final = 4000
LONGEST_SUMMARY: Final = 500


class Stop(StrEnum):
    """Why an agent is stopped before its work is done."""

    CANCEL = "cancelled"
    DRAIN = "the worker is shutting down"
    TIME_LIMIT = "time limit"
    LEASE_LOST = "lease lost"
    SUSPEND = "a person is asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every execution of a worker shares."""

    database: Database
    agents: AgentRegistry
    models: Models
    retry: RetryPolicy
    chance: random.Random
    redaction: Redaction = NOTHING_SECRET
    sandboxes: Sandboxes = field(default_factory=no_sandboxes)
    public_url: str = ""
    """Where other machines reach the API."""


class Execution:
    """One attempt under way."""

    def __init__(self, claimed: ClaimedRun, around: Surroundings) -> None:
        self.claimed = claimed
        self._around = around
        self._outbox = Outbox(
            around.database, claimed.id, claimed.fence, lambda: self.stop(Stop.LEASE_LOST), around.redaction
        )
        self._stop: asyncio.Future[Stop] = asyncio.get_running_loop().create_future()
        self._began = time.monotonic()
        self._asked: Asked | None = None
        self._directory: Path | None = None
        self._lasting: Path | None = None
        self._sandbox: Sandbox | None = None

    def stop(self, why: Stop) -> None:
        """Asks the agent to stop; the first reason counts, but a lost lease beats them all."""
        if why is Stop.LEASE_LOST:
            self._outbox.lose()
        if not self._stop.done():
            self._stop.set_result(why)

    async def run(self) -> Move:
        """Returns how the attempt ended. Raises LeaseLost when the run is somebody else's by now."""
        ending = await self._attempt()
        try:
            move = await self._finish(ending)
            if move.is_final and self._lasting is not None:
                await remove_attempt(self._lasting)
            return move
        finally:
            if self._directory is not None:
                await remove_attempt(self._directory)

    async def _finish(self, ending: Ending) -> Move:
        try:
            return await self._outbox.finish(ending)
        except Conflict as refusal:
            if ending.move is not COMPLETE:
                raise
            return await self._outbox.finish(self._failed(refusal))

    # ---- what the context of the attempt may ask of it

    @property
    def directory(self) -> Path:
        if self._directory is None:
            claimed, around = self.claimed, self._around.database.run_directory
            self._directory = attempt_directory(around, claimed.id, claimed.fence).absolute()
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._directory

    @property
    def lasting_directory(self) -> Path:
        if self._lasting is None:
            self._lasting = lasting_directory(self._around.database.run_directory, self.claimed.id).absolute()
            self._lasting.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._lasting

    @property
    def elsewhere(self) -> Elsewhere:
        return OfClaim(self._around.database, self.claimed.id, self.claimed.fence, self._around.public_url)

    async def sandbox(self) -> Sandbox:
        """One for all commands of the attempt: a worker that is root gives their files to a user of that one."""
        opened = self._sandbox or await self._around.sandboxes.open(self.directory / "sandbox")
        self._sandbox = self._sandbox or opened
        return self._sandbox

    def suspend(self, asked: Asked) -> None:
        """Of several questions asked at once the first counts; the next attempt comes to the others."""
        self._asked = self._asked or asked
        self.stop(Stop.SUSPEND)

    def cancel(self) -> None:
        self.stop(Stop.CANCEL)

    # ---- the attempt

    async def _attempt(self) -> Ending:
        try:
            agent = self._around.agents.get(self.claimed.agent)
            opened = self._around.models.of(self.claimed.model)
        except AgentRunnerError as error:
            return self._failed(error)
        async with opened as model:
            try:
                context = await self._prepare_when_readable(model)
            except AgentRunnerError as error:
                return self._failed(error)
            return await self._work(agent, context) if context else self._stopped(self._stop.result())

    async def _prepare_when_readable(self, model: Model) -> AttemptContext | None:
        """None when the attempt was stopped meanwhile. A database that is away for a while charges no attempt."""
        while not self._stop.done():
            try:
                return await self._prepare(model)
            except StoreDamaged:
                raise
            except StoreUnavailable:
                await asyncio.wait({self._stop}, timeout=RETRY_SECONDS)
        return None

    async def _prepare(self, model: Model) -> AttemptContext:
        """A first attempt has no journal to read, unless it follows one that was not charged, or is a fork's."""
        claimed, project, known = self.claimed, None, Recorded()
        if claimed.fence > 1 or claimed.forked_from is not None:
            known = await self._around.database.read(recorded, claimed.id)
        if claimed.project_id is not None:
            project = await self._around.database.read(project_of_run, claimed.project_id)
        return AttemptContext(claimed, project, known, model, self._around.models, self._outbox, self)

    async def _work(self, agent: Agent, context: AttemptContext) -> Ending:
        work = asyncio.create_task(agent.run(context), name=f"agent of run {self.claimed.id}")
        remaining = self.claimed.time_limit_seconds - self.claimed.active_seconds
        await asyncio.wait({work, self._stop}, timeout=max(0.0, remaining), return_when=asyncio.FIRST_COMPLETED)
        if work.done() and self._asked is None:
            return self._ended(work)
        if not self._stop.done():
            self._outbox.add_event(new_event(self._out_of_time()))
        self.stop(Stop.TIME_LIMIT)  # unless there is another reason already
        self._outbox.close()
        work.cancel()
        await asyncio.wait({work}, timeout=STOP_GRACE_SECONDS)
        forget(work)
        return self._stopped(self._stop.result())

    def _ended(self, work: asyncio.Task[dict[str, JsonValue]]) -> Ending:
        if work.cancelled():
            return self._failed(AgentRunnerError("the agent cancelled itself"))
        error = work.exception()
        if error is None:
            return self._completed(work.result())
        if isinstance(error, Exception):
            return self._failed(error)
        raise error

    def _completed(self, result: dict[str, JsonValue]) -> Ending:
        try:
            text = json_text(result)
        except (TypeError, ValueError) as error:
            return self._failed(PermanentAgentError(f"the result is not JSON: {error}"))
        if len(text) > LARGEST_RESULT_BYTES:
            return self._failed(PermanentAgentError(f"the result has {len(text)} characters, too many to keep"))
        summary = result.get("summary")
        shown = summary[:LONGEST_SUMMARY] if isinstance(summary, str) else None
        return self._ending(COMPLETE, RunCompleted(summary=shown), result=text)

    def _failed(self, error: Exception) -> Ending:
        claimed, sentence = self.claimed, sentence_of(error)
        if isinstance(error, PermanentAgentError) or claimed.attempt >= claimed.max_attempts:
            return self._ending(FAIL, RunFailed(error=sentence, attempt=claimed.attempt), error=sentence)
        delay = self._around.retry.delay(claimed.attempt, self._around.chance)
        payload = RunRetryScheduled(
            error=sentence, attempt=claimed.attempt, delay_seconds=round(delay.total_seconds(), 3)
        )
        return self._ending(RETRY, payload, error=sentence, delay=delay)

    def _stopped(self, why: Stop) -> Ending:
        match why:
            case Stop.CANCEL:
                return self._ending(STOP, RunCancelled())
            case Stop.DRAIN:
                return self._ending(RELEASE, RunReleased(reason=why))
            case Stop.TIME_LIMIT:
                sentence = f"the run exceeded its time limit of {self.claimed.time_limit_seconds:g} s"
                return self._ending(FAIL, RunFailed(error=sentence, attempt=self.claimed.attempt), error=sentence)
            case Stop.SUSPEND:
                assert self._asked is not None, "who suspends says what is asked"
                return replace(self._ending(SUSPEND, self._asked.event(0)), asks=self._asked)
            case Stop.LEASE_LOST:
                raise LeaseLost(f"run {self.claimed.id} is no longer held under fence {self.claimed.fence}")
            case _:
                assert_never(why)

    def _out_of_time(self) -> BudgetExceeded:
        used = self.claimed.active_seconds + time.monotonic() - self._began
        return BudgetExceeded(budget="seconds", limit=self.claimed.time_limit_seconds, used=round(used, 3))

    def _ending(
        self,
        move: Move,
        told: Payload | NewEvent,
        *,
        result: str | None = None,
        error: str | None = None,
        delay: timedelta | None = None,
    ) -> Ending:
        return Ending(
            move=move,
            event=told if isinstance(told, NewEvent) else new_event(told),
            result=result,
            error=error,
            delay_seconds=delay.total_seconds() if delay else 0.0,
            active_seconds=round(time.monotonic() - self._began, 3),
        )


def project_of_run(session: ReadSession, project_id: int) -> ProjectOfRun | None:
    try:
        project = get_project(session, project_id)
    except NotFound:
        return None
    policy = ProjectPolicy.model_validate_json(project.policy)
    return ProjectOfRun(project.id, project.name, project.local_path, policy)


def sentence_of(error: Exception) -> str:
    """What a person reads on the failed run. Agents may raise anything, so the kind of an unknown error is named."""
    said = str(error) or "no message"
    known = isinstance(error, AgentRunnerError)
    return storable(said if known else f"{type(error).__name__}: {said}")[:LONGEST_ERROR]


def forget(work: asyncio.Task[dict[str, JsonValue]]) -> None:
    """Whatever a stopped agent still says is of no interest, but it must be taken, or asyncio complains."""
    if work.done() and not work.cancelled():
        work.exception()
    else:
        work.add_done_callback(lambda task: task.cancelled() or task.exception())
