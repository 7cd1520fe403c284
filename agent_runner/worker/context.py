"""The RunContext of a worker: journal, events and model calls of one attempt."""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NoReturn, Protocol

from pydantic import JsonValue, ValidationError
from pydantic_core import from_json

from agent_runner.agents.base import Paid, ProjectOfRun, Suspended, Tells, Told
from agent_runner.domain.approval import Answer, ApprovalStatus, Question, question_text
from agent_runner.domain.artifact import new_artifact
from agent_runner.domain.budget import Budget, Consumed
from agent_runner.domain.clock import utc_now
from agent_runner.domain.events import ArtifactCreated, BudgetExceeded, ModelCall, Payload, new_event
from agent_runner.domain.policy import RunPolicy
from agent_runner.domain.wording import json_text, storable
from agent_runner.errors import JournalMismatch, OverBudget, PermanentAgentError
from agent_runner.llm.base import Model, ModelAnswer, ModelRequest, Spent
from agent_runner.sandbox.sandbox import Sandbox
from agent_runner.store.approvals import ApprovalRecord, Asked, decided_questions
from agent_runner.store.held import Usage
from agent_runner.store.runs import ClaimedRun
from agent_runner.store.session import ReadSession
from agent_runner.store.steps import FinishedStep, RecordedStep, journal
from agent_runner.worker.outbox import Outbox

LARGEST_STEP_BYTES: Final = 4 * 1024 * 1024
LONGEST_SHOWN: Final = 2000


@dataclass(frozen=True, slots=True)
class Recorded:
    """What earlier attempts have left: finished steps, and what people have answered."""

    journal: Mapping[str, RecordedStep]
    answers: Mapping[str, ApprovalRecord]


def recorded(session: ReadSession, run_id: int) -> Recorded:
    return Recorded(journal(session, run_id), decided_questions(session, run_id))


class Place(Protocol):
    """What the attempt around it does for a context."""

    @property
    def directory(self) -> Path:
        """Where the attempt may write; made at first use."""
        ...

    async def sandbox(self) -> Sandbox:
        """Where the attempt runs commands."""
        ...

    def suspend(self, asked: Asked) -> None:
        """The attempt ends with this question."""
        ...

    def cancel(self) -> None:
        """The attempt is stopped: somebody has cancelled the run."""
        ...


class AttemptContext:
    """Fulfils agents.base.RunContext for one claimed run."""

    def __init__(
        self,
        claimed: ClaimedRun,
        project: ProjectOfRun | None,
        recorded: Recorded,
        model: Model,
        outbox: Outbox,
        place: Place,
    ) -> None:
        self.run_id = claimed.id
        self.attempt = claimed.attempt
        self.goal = claimed.goal
        self.input: dict[str, Any] = from_json(claimed.input)
        self.config: dict[str, Any] = from_json(claimed.config)
        self.project = project
        self.policy = RunPolicy.model_validate_json(claimed.policy) if claimed.policy else RunPolicy()
        self.model_name = model.name
        self._model = model
        self._outbox = outbox
        self._place = place
        self._journal = recorded.journal
        self._answers = recorded.answers
        # An answered question ended its attempt, with all that was told before it: until there, too, nothing is new.
        self._to_replay = {*self._journal, *self._answers}
        self._begun: set[str] = set()
        self._budget = Budget.model_validate_json(claimed.budget) if claimed.budget else Budget()
        self._consumed = Consumed(
            cost_usd=claimed.cost_usd,
            tokens=claimed.input_tokens + claimed.output_tokens,
            model_calls=claimed.model_calls,
        )
        self._is_committing = False
        self._positions = max((step.position for step in self._journal.values()), default=0)

    def holds_secret(self, text: str) -> bool:
        return self._outbox.without_secrets(text) != text

    def emit(self, payload: Payload, agent_role: str | None = None) -> None:
        if not self._to_replay:
            self._outbox.add_event(new_event(payload, agent_role))

    def report(
        self,
        *,
        iteration: int | None = None,
        progress: float | None = None,
        current_agent: str | None = None,
        message: str | None = None,
    ) -> None:
        if not self._to_replay:
            self._outbox.show(
                iteration=iteration,
                progress=progress,
                current_agent=current_agent and storable(current_agent)[:LONGEST_SHOWN],
                last_message=message and storable(message)[:LONGEST_SHOWN],
            )

    async def step(
        self,
        key: str,
        work: Callable[[], Awaitable[JsonValue]],
        *,
        input: JsonValue = None,  # noqa: A002 - the word of the journal
        tells: Tells | None = None,
    ) -> JsonValue:
        if key in self._begun:
            raise PermanentAgentError(f"run {self.run_id} uses the step key {key!r} twice in one attempt")
        self._begun.add(key)
        input_hash = hash_of(input)
        recorded = self._journal.get(key)
        if recorded is not None and self._still_holds(recorded, input_hash):
            self._to_replay.discard(key)
            return from_json(recorded.output)
        # Something new happens: what is left of the journal belongs to another branch, and nothing is silent any more.
        self._to_replay.clear()
        self._positions += 1
        position, started_at = self._positions, utc_now()
        answer = await work()
        output = self._outbox.without_secrets(self._as_json(key, answer))
        if tells is not None:
            told = tells(answer)
            for each in told if isinstance(told, Sequence) else (told,):
                self._outbox.add_event(new_event(each.payload, each.agent_role))
        await self._outbox.commit_step(
            FinishedStep(
                key=key,
                position=position,
                input_hash=input_hash,
                output=output,
                started_at=started_at,
                finished_at=utc_now(),
            )
        )
        return from_json(output)

    async def complete(
        self, key: str, request: ModelRequest, *, tells: Callable[[ModelAnswer], Told] | None = None
    ) -> ModelAnswer:
        async def ask(model: Model) -> Paid:
            answer = await model.complete(request)
            return Paid(answer.model_dump(mode="json"), answer)

        output = await self.model_step(
            key,
            ask,
            input=request.model_dump(mode="json"),
            tells=tells and (lambda answer: tells(ModelAnswer.model_validate(answer))),
        )
        try:
            return ModelAnswer.model_validate(output)
        except ValidationError as error:
            raise JournalMismatch(
                f"the recorded step {key!r} of run {self.run_id} is no model answer: {error}",
                next_step="it was written by another version; start a new run",
            ) from error

    async def model_step(
        self,
        key: str,
        ask: Callable[[Model], Awaitable[Paid]],
        *,
        input: JsonValue,  # noqa: A002 - the word of the journal
        tells: Tells | None = None,
        agent_role: str | None = None,
    ) -> JsonValue:
        calls: list[Told] = []

        async def work() -> JsonValue:
            self._take_a_call()
            began = time.monotonic()
            paid = await ask(self._model)
            self._charge(paid.spent)
            calls.append(Told(model_call(paid.spent, time.monotonic() - began), agent_role))
            return paid.output

        def told(output: JsonValue) -> list[Told]:
            more = tells(output) if tells else ()
            return [*calls, *(more if isinstance(more, Sequence) else (more,))]

        return await self.step(key, work, input=input, tells=told)

    def _take_a_call(self) -> None:
        """Calls under way count as made, so that parallel ones cannot pass a limit together. Raises OverBudget."""
        if reached := self._budget.reached_by(self._consumed):
            event = BudgetExceeded(budget=reached.budget, limit=reached.limit, used=reached.used)
            self._outbox.add_event(new_event(event))
            raise OverBudget(reached.sentence, next_step="start a new run with a larger budget")
        self._consumed = replace(self._consumed, model_calls=self._consumed.model_calls + 1)

    def _charge(self, spent: Spent) -> None:
        self._consumed = replace(
            self._consumed,
            cost_usd=self._consumed.cost_usd + (spent.cost_usd or 0.0),
            tokens=self._consumed.tokens + spent.input_tokens + spent.output_tokens,
        )
        self._outbox.add_usage(used_by(spent))

    @property
    def directory(self) -> Path:
        return self._place.directory

    async def sandbox(self) -> Sandbox:
        return await self._place.sandbox()

    async def ask(self, key: str, question: Question) -> Answer:
        if self._is_committing:
            raise PermanentAgentError(f"run {self.run_id} asks {key!r} after its commit point, when none may say no")
        text = question_text(key, question)
        known, decided = self._journal.get(key), self._answers.get(key)
        if known is None and decided is None:
            self._suspend(Asked(key, question, text))
        if decided is not None and decided.question != text:
            raise JournalMismatch(
                f"the question {key!r} of run {self.run_id} was answered when it was another one",
                next_step="the agent or what it looks at changed since; start a new run",
            )
        if known is None and decided is not None and decided.status == ApprovalStatus.EXPIRED:
            self._to_replay.discard(key)
            return answer_of(decided)  # not into the journal: a rerun of the run asks again

        async def take() -> JsonValue:
            assert decided is not None, "without an answer the attempt was suspended"
            return answer_of(decided).model_dump(mode="json")

        return Answer.model_validate(await self.step(key, take, input=from_json(text)))

    def _suspend(self, asked: Asked) -> NoReturn:
        asked.event(0)  # an event too large is the agent's error, now, and not the attempt's at its end
        self._outbox.close()
        self._place.suspend(asked)
        raise Suspended(f"run {self.run_id} asks {asked.key!r}")

    def add_artifact(self, path: str, content: bytes, media_type: str) -> None:
        if self._to_replay:
            return
        artifact = new_artifact(path, content, media_type)
        event = ArtifactCreated(path=path, size=len(content), sha256=artifact.sha256, media_type=media_type)
        self._outbox.add_artifact(artifact, new_event(event))

    async def commit_point(self) -> None:
        self._is_committing = True
        if not await self._outbox.begin_commit():
            self._place.cancel()
            await asyncio.get_running_loop().create_future()  # until the attempt is stopped

    def _still_holds(self, recorded: RecordedStep, input_hash: str) -> bool:
        """False in a fork whose copied step was done with another input: from there on it goes its own way."""
        if recorded.input_hash == input_hash:
            return True
        if not recorded.is_copied:
            raise JournalMismatch(
                f"step {recorded.key!r} of run {self.run_id} was recorded with another input than it is now asked with",
                next_step=f"the agent or its prompts changed since; start a new run, or fork run {self.run_id}",
            )
        later = {key for key, step in self._journal.items() if step.is_copied and step.position >= recorded.position}
        forgotten = later - (self._begun - {recorded.key})
        self._journal = {key: step for key, step in self._journal.items() if key not in forgotten}
        self._outbox.forget_steps(forgotten)
        return False

    def _as_json(self, key: str, output: JsonValue) -> str:
        try:
            text = json_text(output)
        except (TypeError, ValueError) as error:
            raise PermanentAgentError(f"the output of step {key!r} is not JSON: {error}") from error
        if len(text) > LARGEST_STEP_BYTES:
            raise PermanentAgentError(
                f"the output of step {key!r} has {len(text)} characters, more than {LARGEST_STEP_BYTES}"
            )
        return text


def used_by(spent: Spent) -> Usage:
    return Usage(
        model_calls=1,
        estimated_calls=int(spent.is_estimated),
        input_tokens=spent.input_tokens,
        output_tokens=spent.output_tokens,
        cost_usd=spent.cost_usd or 0.0,
    )


def model_call(spent: Spent, seconds: float) -> ModelCall:
    return ModelCall(
        model=spent.model,
        input_tokens=spent.input_tokens,
        output_tokens=spent.output_tokens,
        estimated=spent.is_estimated,
        cost_usd=spent.cost_usd,
        duration_ms=round(seconds * 1000, 1),
        cached=spent.is_cached,
        fallback=spent.fallback,
    )


def answer_of(decided: ApprovalRecord) -> Answer:
    assert decided.decided_by is not None, "the table has a decision say who made it"
    assert decided.decided_at is not None, "the table has a decision say when it was made"
    return Answer(
        status=ApprovalStatus(decided.status),
        comment=decided.comment,
        revise=decided.revise,
        text=decided.text,
        decided_by=decided.decided_by,
        decided_at=decided.decided_at,
        approval_id=decided.id,
    )


def hash_of(value: JsonValue) -> str:
    """The sha256 of the canonical JSON: keys sorted, no blanks."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
