"""The RunContext of a worker: journal, events and model calls of one attempt."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from pydantic import JsonValue, ValidationError
from pydantic_core import from_json

from agent_runner.agents.base import ProjectOfRun, Told
from agent_runner.domain.clock import utc_now
from agent_runner.domain.events import Payload, new_event
from agent_runner.domain.wording import json_text, storable
from agent_runner.errors import JournalMismatch, PermanentAgentError
from agent_runner.llm.base import Model, ModelAnswer, ModelRequest
from agent_runner.store.held import Usage
from agent_runner.store.runs import ClaimedRun
from agent_runner.store.steps import FinishedStep, RecordedStep
from agent_runner.worker.outbox import Outbox

LARGEST_STEP_BYTES: Final = 4 * 1024 * 1024
LONGEST_SHOWN: Final = 2000


class AttemptContext:
    """Fulfils agents.base.RunContext for one claimed run."""

    def __init__(
        self,
        claimed: ClaimedRun,
        project: ProjectOfRun | None,
        journal: Mapping[str, RecordedStep],
        model: Model,
        outbox: Outbox,
    ) -> None:
        self.run_id = claimed.id
        self.attempt = claimed.attempt
        self.goal = claimed.goal
        self.input: dict[str, Any] = from_json(claimed.input)
        self.config: dict[str, Any] = from_json(claimed.config)
        self.project = project
        self.model_name = model.name
        self._model = model
        self._outbox = outbox
        self._journal = journal
        self._to_replay = set(journal)
        self._begun: set[str] = set()
        self._positions = max((step.position for step in journal.values()), default=0)

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
        tells: Callable[[JsonValue], Told] | None = None,
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
        output = self._as_json(key, answer)
        if tells is not None:
            told = tells(answer)
            self._outbox.add_event(new_event(told.payload, told.agent_role))
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
        async def call() -> JsonValue:
            answer = await self._model.complete(request)
            self._outbox.add_usage(
                Usage(
                    model_calls=1,
                    estimated_calls=int(answer.is_estimated),
                    input_tokens=answer.input_tokens,
                    output_tokens=answer.output_tokens,
                    cost_usd=answer.cost_usd or 0.0,
                )
            )
            return answer.model_dump(mode="json")

        output = await self.step(
            key,
            call,
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


def hash_of(value: JsonValue) -> str:
    """The sha256 of the canonical JSON: keys sorted, no blanks."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
