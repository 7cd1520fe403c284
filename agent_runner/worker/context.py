"""The RunContext of a worker: journal, events and model calls of one attempt."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final, NoReturn, Protocol

from pydantic import JsonValue, ValidationError
from pydantic_core import from_json

from agent_runner.agents.base import Elsewhere, Paid, PaidElsewhere, ProjectOfRun, Suspended, Tells, Told
from agent_runner.domain.approval import Answer, ApprovalKind, ApprovalStatus, Question, question_text
from agent_runner.domain.artifact import check_room, new_artifact
from agent_runner.domain.budget import OnBudget, Reached
from agent_runner.domain.clock import utc_now
from agent_runner.domain.composition import Composition
from agent_runner.domain.events import ArtifactCreated, BudgetExceeded, ModelCall, Payload, new_event
from agent_runner.domain.policy import RunPolicy
from agent_runner.domain.wording import storable
from agent_runner.errors import JournalMismatch, OverBudget, PermanentAgentError
from agent_runner.llm.base import Model, ModelAnswer, ModelRequest
from agent_runner.llm.models import Models
from agent_runner.sandbox.sandbox import Sandbox
from agent_runner.store.approvals import Asked
from agent_runner.store.runs import ClaimedRun
from agent_runner.store.steps import FinishedStep, RecordedStep
from agent_runner.worker.outbox import Outbox
from agent_runner.worker.recorded import Recorded, answer_of, hash_of, output_text
from agent_runner.worker.spending import Spending, model_call, used_by

LONGEST_SHOWN: Final = 2000

_WITHIN: Final[ContextVar[str | None]] = ContextVar("_WITHIN", default=None)
"""The step whose work is under way here. Tasks that the work starts have it, too."""


class Place(Protocol):
    """What the attempt around it does for a context."""

    @property
    def directory(self) -> Path: ...

    @property
    def lasting_directory(self) -> Path: ...

    @property
    def elsewhere(self) -> Elsewhere: ...

    async def sandbox(self) -> Sandbox:
        """Where the attempt runs commands."""
        ...

    def suspend(self, asked: Asked) -> None:
        """The attempt ends with this question."""

    def cancel(self) -> None:
        """The attempt is stopped: somebody has cancelled the run."""


class AttemptContext:
    """Fulfils agents.base.RunContext for one claimed run."""

    def __init__(
        self,
        claimed: ClaimedRun,
        project: ProjectOfRun | None,
        recorded: Recorded,
        model: Model,
        models: Models,
        outbox: Outbox,
        place: Place,
    ) -> None:
        self.run_id = claimed.id
        self.attempt = claimed.attempt
        self.goal = claimed.goal
        self.input: dict[str, Any] = from_json(claimed.input)
        self.config: dict[str, Any] = from_json(claimed.config)
        self.project = project
        self.policy = RunPolicy.read(claimed.policy)
        self.model_name = model.name
        self.shared: dict[str, Any] = {}
        self.composition = Composition.read(claimed.composition) if claimed.composition else None
        self._model = model
        self._models = models
        self._outbox = outbox
        self._place = place
        self._journal = recorded.journal
        self._answers = recorded.answers
        self._artifact_sizes = dict(recorded.artifact_sizes)
        # An answered question ended its attempt, with all that was told before it: until there, too, nothing is new.
        self._to_replay = {*self._journal, *self._answers}
        self._inner: defaultdict[str | None, list[str]] = defaultdict(list)
        for step in self._journal.values():
            self._inner[step.within].append(step.key)
        self._begun: set[str] = set()
        self._spending = Spending(claimed)
        self._shown: dict[str, Any] = {}
        self._is_suspended = False
        self._is_committing = False
        self._may_ask = claimed.committing_at is None
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
        shown = {
            "iteration": iteration,
            "progress": progress,
            "current_agent": current_agent and storable(current_agent)[:LONGEST_SHOWN],
            "last_message": message and storable(message)[:LONGEST_SHOWN],
        }
        self._shown |= {name: value for name, value in shown.items() if value is not None}
        if not self._to_replay:
            self._outbox.show(**self._shown)  # with what was replayed: a fork's row has never shown it

    async def step(
        self,
        key: str,
        work: Callable[[], Awaitable[JsonValue]],
        *,
        input: JsonValue = None,  # noqa: A002 - the word of the journal
        tells: Tells | None = None,
        derived: bool = False,
    ) -> JsonValue:
        if key in self._begun:
            raise PermanentAgentError(f"run {self.run_id} uses the step key {key!r} twice in one attempt")
        self._begun.add(key)
        input_hash = hash_of(input)
        recorded = self._journal.get(key)
        if recorded is not None and self._still_holds(recorded, input_hash):
            self._skip(key)
            return from_json(recorded.output)
        # Something new happens: what is left of the journal belongs to another branch, and nothing is silent any more.
        self._to_replay.clear()
        self._positions += 1
        position, started_at = self._positions, utc_now()
        answer = await self._within(key, work)
        output = self._outbox.without_secrets(output_text(key, answer))
        if tells is not None:
            told = tells(answer)
            for each in told if isinstance(told, Sequence) else (told,):
                self._outbox.add_event(new_event(each.payload, each.agent_role))
        step = FinishedStep(
            key=key,
            position=position,
            input_hash=input_hash,
            output=output,
            started_at=started_at,
            finished_at=utc_now(),
            within=_WITHIN.get(),
        )
        if derived:
            self._outbox.add_step(step)
        else:
            await self._outbox.commit_step(step)
        return from_json(output)

    def _skip(self, key: str) -> None:
        """A replayed step does no work, so what its work once began is not asked for either."""
        self._to_replay.discard(key)
        for inner in self._inner.get(key, ()):
            self._skip(inner)

    @staticmethod
    async def _within(key: str, work: Callable[[], Awaitable[JsonValue]]) -> JsonValue:
        outer = _WITHIN.set(key)
        try:
            return await work()
        finally:
            _WITHIN.reset(outer)

    async def complete(
        self,
        key: str,
        request: ModelRequest,
        *,
        tells: Callable[[ModelAnswer], Told] | None = None,
        model: str | None = None,
        agent_role: str | None = None,
    ) -> ModelAnswer:
        async def ask(model: Model) -> Paid:
            answer = await model.complete(request)
            return Paid(answer.model_dump(mode="json"), answer)

        output = await self.model_step(
            key,
            ask,
            input=request.model_dump(mode="json"),
            tells=tells and (lambda answer: tells(ModelAnswer.model_validate(answer))),
            agent_role=agent_role,
            model=model,
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
        model: str | None = None,
    ) -> JsonValue:
        async def make() -> PaidElsewhere:
            began = time.monotonic()
            async with nullcontext(self._model) if model is None else self._models.of(model) as asked:
                paid = await ask(asked)
            return PaidElsewhere(paid.output, (model_call(paid.spent, time.monotonic() - began),))

        return await self._paid_step(key, make, input, tells, agent_role)

    async def step_elsewhere(
        self,
        key: str,
        wait: Callable[[], Awaitable[PaidElsewhere]],
        *,
        input: JsonValue,  # noqa: A002 - the word of the journal
        agent_role: str | None = None,
    ) -> JsonValue:
        return await self._paid_step(key, wait, input, None, agent_role)

    async def _paid_step(
        self,
        key: str,
        make: Callable[[], Awaitable[PaidElsewhere]],
        asked: JsonValue,
        tells: Tells | None,
        agent_role: str | None,
    ) -> JsonValue:
        made: list[ModelCall] = []

        async def work() -> JsonValue:
            await self._take_a_call(key)
            paid = await make()
            for call in paid.calls:
                self._outbox.add_usage(used_by(call))
                made.append(call)
            return paid.output

        def told(output: JsonValue) -> list[Told]:
            more = tells(output) if tells else ()
            return [*(Told(call, agent_role) for call in made), *(more if isinstance(more, Sequence) else (more,))]

        try:
            return await self.step(key, work, input=asked, tells=told)
        finally:
            self._spending.call_ends(key, made)

    async def _take_a_call(self, key: str) -> None:
        """Raises OverBudget at a limit, or Suspended where the run asks for more.

        It asks when the calls under way are in the journal: what they cost is then paid once, and counted.
        """
        await self._take_what_was_granted()
        while (reached := await self._reached_before(key)) is not None:
            if self._spending.budget.on_budget is OnBudget.STOP or self._is_committing or not self._may_ask:
                self._tell(reached)
                raise OverBudget(reached.sentence, next_step=f"retry run {self.run_id} with a larger budget")
            if not await self._spending.another_has_ended():
                self._tell(reached)
                self._ask_for_more(reached)
        self._spending.call_begins(key)

    async def _reached_before(self, key: str) -> Reached | None:
        """Looked at when nobody is about to ask a person: who asks ends the attempt, or goes on."""
        await self._spending.may_begin()
        if self._is_suspended:
            raise Suspended(f"run {self.run_id} asks somebody before {key!r}")
        return self._spending.reached()

    def _tell(self, reached: Reached) -> None:
        if not self._spending.is_told:
            self._spending.is_told = True
            event = BudgetExceeded(budget=reached.budget, limit=reached.limit, used=reached.used)
            self._outbox.add_event(new_event(event))

    def _ask_for_more(self, reached: Reached) -> NoReturn:
        number = 1 + sum(answer.kind == ApprovalKind.BUDGET for answer in self._answers.values())
        key = f"budget/{number}"
        question = reached.question(self._spending.budget.ask_seconds)
        self._suspend(Asked(key, question, question_text(key, question)))

    async def _take_what_was_granted(self) -> None:
        """The limits are raised already; here the answer becomes a step, before the first call that it allows."""
        for key, decided in self._answers.items():
            if decided.kind != ApprovalKind.BUDGET or key in self._journal or key in self._begun:
                continue
            question = Question.model_validate_json(decided.question)
            if decided.status == ApprovalStatus.EXPIRED:
                sentence = f"{Reached.asked_in(question).sentence}, and nobody has granted more in time"
                raise OverBudget(sentence, next_step=f"retry run {self.run_id}, which asks again")
            await self.ask(key, question)

    @property
    def directory(self) -> Path:
        return self._place.directory

    @property
    def lasting_directory(self) -> Path:
        return self._place.lasting_directory

    @property
    def elsewhere(self) -> Elsewhere:
        return self._place.elsewhere

    async def sandbox(self) -> Sandbox:
        return await self._place.sandbox()

    async def ask(self, key: str, question: Question) -> Answer:
        text = question_text(key, question)
        known, decided = self._journal.get(key), self._answers.get(key)
        is_new = known is None and decided is None
        if self._is_committing or (is_new and not self._may_ask):
            raise PermanentAgentError(f"run {self.run_id} asks {key!r} after its commit point, when none may say no")
        if is_new:
            async with self._spending.paused():  # what the calls under way cost is paid once: they end first
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
        self._is_suspended = True
        raise Suspended(f"run {self.run_id} asks {asked.key!r}")

    def add_artifact(self, path: str, content: bytes, media_type: str, agent_role: str | None = None) -> None:
        if self._to_replay:
            return
        artifact = new_artifact(path, content, media_type)
        check_room(self._artifact_sizes, artifact)
        event = ArtifactCreated(path=path, size=len(content), sha256=artifact.sha256, media_type=media_type)
        self._outbox.add_artifact(artifact, new_event(event, agent_role))
        self._artifact_sizes[path] = len(content)

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
