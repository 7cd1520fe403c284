"""Answers the calls of a flow that no worker runs: one attempt without a database, by the settings of this machine."""

import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from agent_runner.agents.base import Elsewhere, Paid, PaidElsewhere, ProjectOfRun, Tells, Told
from agent_runner.agents.prompt import input_block
from agent_runner.agents.typed.answer import answer
from agent_runner.agents.typed.call import Call
from agent_runner.agents.typed.registry import default_mixins
from agent_runner.domain.approval import Answer, Question
from agent_runner.domain.composition import Composition
from agent_runner.domain.events import ModelCall, Payload
from agent_runner.domain.outcome import Reply
from agent_runner.domain.policy import RunPolicy
from agent_runner.domain.redaction import Redaction
from agent_runner.errors import PermanentAgentError
from agent_runner.llm.base import Model, ModelAnswer, ModelRequest, Spent
from agent_runner.llm.choose import ModelChoice, choose_model
from agent_runner.llm.models import Models
from agent_runner.runners.library import goal_and_input
from agent_runner.sandbox.sandbox import Sandbox
from agent_runner.settings import Settings, load_settings
from agent_runner.store.address import make_run_directory, run_directory
from agent_runner.worker.from_settings import boot_id, model_settings
from agent_runner.worker.sandboxes import sandboxes_of_this_machine
from agent_runner.worker.spending import model_call


def task_of(given: JsonValue) -> str:
    """Raises InvalidInput when no goal is in it."""
    goal, rest = goal_and_input(given if isinstance(given, dict) else str(given))
    return goal + input_block(rest)


async def answer_alone(composition: Composition, call: Call, task: str) -> Reply:
    """Raises AgentFailed when the agent gives no answer that can be used."""
    async with alone(composition, task) as context:
        return await answer(context, call, default_mixins())


def settings_of_this_machine() -> Settings:
    """With its extensions imported."""
    settings = load_settings()
    for extension in settings.extensions:
        import_module(extension)
    return settings


@asynccontextmanager
async def alone(composition: Composition, task: str, *secrets: str) -> AsyncGenerator["Alone"]:
    """For one call. `secrets`: what it must not tell, besides those of the settings."""
    settings = settings_of_this_machine()
    asked = model_settings(settings)
    own = await choose_model(asked)
    models = Models(own, asked, own.cache)
    redaction = Redaction([*settings.secrets(), *secrets])
    with tempfile.TemporaryDirectory(prefix="agent-runner-") as private:
        try:
            yield Alone(composition, task, own, models, settings, redaction, Path(private))
        finally:
            await models.close()
            await own.close()


class Alone:
    """Fulfils agents.base.RunContext for one call. Nobody keeps what happens meanwhile, Metaflow what comes of it."""

    def __init__(
        self,
        composition: Composition,
        task: str,
        own: ModelChoice,
        models: Models,
        settings: Settings,
        redaction: Redaction,
        directory: Path,
    ) -> None:
        self.run_id = 0
        self.attempt = 1
        self.goal = task
        self.input: dict[str, Any] = {}
        self.config: dict[str, Any] = {}
        self.project: ProjectOfRun | None = None
        self.policy = RunPolicy()
        self.composition: Composition | None = composition
        self.model_name = own.name
        self.shared: dict[str, Any] = {}
        self.redaction = redaction
        self.paid: list[ModelCall] = []
        self._models = models
        self._settings = settings
        self._directory = directory
        self._sandbox: Sandbox | None = None

    @property
    def directory(self) -> Path:
        return self._directory

    @property
    def lasting_directory(self) -> Path:
        return self._directory

    @property
    def elsewhere(self) -> Elsewhere:
        raise PermanentAgentError("a step of a flow has no steps on other machines")

    def holds_secret(self, text: str) -> bool:
        return self.redaction(text) != text

    async def sandbox(self) -> Sandbox:
        """As strong as a worker's."""
        if self._sandbox is None:
            place = run_directory(self._settings.store_url)
            make_run_directory(place)
            found = await sandboxes_of_this_machine(place, boot_id(), self._settings.sandbox_level)
            if found.known is None:
                await found.find()
            self._sandbox = await found.open(self._directory / "sandbox")
        return self._sandbox

    def emit(self, payload: Payload, agent_role: str | None = None) -> None:
        pass

    def report(
        self,
        *,
        iteration: int | None = None,
        progress: float | None = None,
        current_agent: str | None = None,
        message: str | None = None,
    ) -> None:
        pass

    async def step(
        self,
        key: str,
        work: Callable[[], Awaitable[JsonValue]],
        *,
        input: JsonValue = None,  # noqa: A002 - the word of the journal
        tells: Tells | None = None,
        derived: bool = False,
    ) -> JsonValue:
        del key, input, tells, derived
        return await work()

    async def complete(
        self,
        key: str,
        request: ModelRequest,
        *,
        tells: Callable[[ModelAnswer], Told] | None = None,
        model: str | None = None,
        agent_role: str | None = None,
    ) -> ModelAnswer:
        del key, tells, agent_role
        began = time.monotonic()
        async with self._models.of(model) as asked:
            answered = await asked.complete(request)
        self._note(answered, began)
        return answered

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
        del key, input, tells, agent_role
        began = time.monotonic()
        async with self._models.of(model) as asked:
            paid = await ask(asked)
        self._note(paid.spent, began)
        return paid.output

    def _note(self, spent: Spent, began: float) -> None:
        self.paid.append(model_call(spent, time.monotonic() - began))

    async def step_elsewhere(
        self,
        key: str,
        wait: Callable[[], Awaitable[PaidElsewhere]],
        *,
        input: JsonValue,  # noqa: A002 - the word of the journal
        agent_role: str | None = None,
    ) -> JsonValue:
        del key, wait, input, agent_role
        raise PermanentAgentError("a step of a flow has no steps on other machines")

    async def ask(self, key: str, question: Question) -> Answer:
        """Nobody is there."""
        raise PermanentAgentError(
            f"a person is asked ({key}: {question.text[:200]}), and a flow that no worker runs cannot wait for one",
            next_step="run the topology through the queue, with the runner metaflow",
        )

    def add_artifact(self, path: str, content: bytes, media_type: str, agent_role: str | None = None) -> None:
        pass

    async def commit_point(self) -> None:
        pass
