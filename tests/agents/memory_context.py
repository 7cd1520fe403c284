"""A RunContext that keeps its journal in a dict, so that an agent can be tested without a worker."""

import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from agent_runner.agents.base import Elsewhere, Paid, PaidElsewhere, ProjectOfRun, Suspended, Tells, Told
from agent_runner.domain.approval import Answer, Question
from agent_runner.domain.composition import Composition
from agent_runner.domain.events import Payload
from agent_runner.domain.policy import RunPolicy
from agent_runner.errors import JournalMismatch
from agent_runner.llm.base import Model, ModelAnswer, ModelRequest, Spent
from agent_runner.sandbox.level import Level
from agent_runner.sandbox.sandbox import Sandbox

Journal = dict[str, tuple[JsonValue, JsonValue]]
"""Input and output of each finished step."""


class Killed(BaseException):
    """The worker dies here."""


class MemoryContext:
    """One attempt; a second one over the same journal is the run's next attempt."""

    def __init__(
        self,
        model: Model,
        *,
        goal: str = "Write a haiku",
        given: dict[str, Any] | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.run_id = 1
        self.attempt = 1
        self.goal = goal
        self.input: dict[str, Any] = given or {}
        self.config: dict[str, Any] = {}
        self.project: ProjectOfRun | None = None
        self.policy = RunPolicy()
        self.composition: Composition | None = None
        self.model_name = model.name
        self.shared: dict[str, Any] = {}
        self.models_wanted: list[str | None] = []
        self.journal: Journal = journal if journal is not None else {}
        self.events: list[Payload] = []
        self.roles: set[str | None] = set()
        self.reports: list[dict[str, Any]] = []
        self.spent: list[Spent] = []
        self.die_before = ""
        self.answers: dict[str, Answer] = {}
        self.asked: dict[str, Question] = {}
        self.artifacts: dict[str, bytes] = {}
        self.is_committing = False
        self._directory: Path | None = None
        self._model = model
        self.derived: set[str] = set()
        """Keys of the steps for whose commit nobody has waited."""
        self._to_replay = set(self.journal)

    @property
    def directory(self) -> Path:
        if self._directory is None:
            self._directory = Path(tempfile.mkdtemp())
        return self._directory

    @property
    def lasting_directory(self) -> Path:
        return self.directory

    @property
    def elsewhere(self) -> Elsewhere:
        raise NotImplementedError

    async def step_elsewhere(
        self,
        key: str,
        wait: Callable[[], Awaitable[PaidElsewhere]],
        *,
        input: JsonValue,  # noqa: A002 - the word of the journal
        agent_role: str | None = None,
    ) -> JsonValue:
        raise NotImplementedError

    def holds_secret(self, text: str) -> bool:
        return "planted" in text

    async def sandbox(self) -> Sandbox:
        return Sandbox(Level.L1, self.directory / "sandbox")

    async def ask(self, key: str, question: Question) -> Answer:
        self.asked[key] = question
        if key not in self.answers:
            raise Suspended

        async def answer() -> JsonValue:
            return self.answers[key].model_dump(mode="json")

        return Answer.model_validate(await self.step(key, answer, input=question.model_dump(mode="json")))

    def add_artifact(self, path: str, content: bytes, media_type: str, agent_role: str | None = None) -> None:
        del media_type, agent_role
        if not self._to_replay:
            self.artifacts[path] = content

    async def commit_point(self) -> None:
        self.is_committing = True

    def emit(self, payload: Payload, agent_role: str | None = None) -> None:
        self.roles.add(agent_role)
        if not self._to_replay:
            self.events.append(payload)

    def report(
        self,
        *,
        iteration: int | None = None,
        progress: float | None = None,
        current_agent: str | None = None,
        message: str | None = None,
    ) -> None:
        given = {"iteration": iteration, "progress": progress, "current_agent": current_agent, "message": message}
        self.reports.append({name: value for name, value in given.items() if value is not None})

    async def step(
        self,
        key: str,
        work: Callable[[], Awaitable[JsonValue]],
        *,
        input: JsonValue = None,  # noqa: A002 - the word of the journal
        tells: Tells | None = None,
        derived: bool = False,
    ) -> JsonValue:
        if key in self.journal:
            recorded_input, output = self.journal[key]
            if recorded_input != input:
                raise JournalMismatch(f"step {key} was recorded with another input")
            self._to_replay.discard(key)
            return output
        if key == self.die_before:
            raise Killed
        output = await work()
        self.journal[key] = (input, output)
        if derived:
            self.derived.add(key)
        if tells is not None:
            told = tells(output)
            self.events += [each.payload for each in (told if isinstance(told, Sequence) else [told])]
        return output

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

        def told(output: JsonValue) -> Told:
            assert tells is not None
            return tells(ModelAnswer.model_validate(output))

        return ModelAnswer.model_validate(
            await self.model_step(
                key,
                ask,
                input=request.model_dump(mode="json"),
                tells=tells and told,
                model=model,
                agent_role=agent_role,
            )
        )

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
        async def work() -> JsonValue:
            self.models_wanted.append(model)
            paid = await ask(self._model)
            self.spent.append(paid.spent)
            return paid.output

        return await self.step(key, work, input=input, tells=tells)
