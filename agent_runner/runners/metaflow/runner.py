"""`MetaflowRunner`: each agent is a step of a Metaflow flow."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.domain.catalog import FlowEnvironment
from agent_runner.domain.composition import Composition
from agent_runner.domain.outcome import AnyOutcome
from agent_runner.errors import InvalidInput, PermanentAgentError
from agent_runner.runners.base import RunConfig, Runner
from agent_runner.runners.metaflow.drive import play_with_metaflow
from agent_runner.runners.metaflow.extra import MISSING, NEXT_STEP, is_installed
from agent_runner.runners.metaflow.site import Here, There
from agent_runner.runners.registry import runner


@runner("metaflow")
class MetaflowRunner(Runner):
    def __init__(
        self,
        config: RunConfig | None = None,
        db_url: str | None = None,
        *,
        environment: str = "local",
        output_dir: Path | str | None = None,
    ) -> None:
        """`environment`: where agents are asked: by this process, or by steps on `kubernetes` or `batch`.

        `output_dir`: where the flows stay, and all that Metaflow keeps of them; None: gone when the run has ended.
        Raises InvalidInput for another environment.
        """
        super().__init__(config, db_url)
        if environment not in tuple(FlowEnvironment):
            raise InvalidInput(
                f"a flow asks its agents in the environment {', '.join(FlowEnvironment)}, and not in {environment!r}",
                next_step="name one of these; see docs/metaflow.md",
            )
        self.environment: Final = FlowEnvironment(environment)
        self.output_dir: Final = None if output_dir is None else Path(output_dir)

    @classmethod
    def of_run(cls, config: Mapping[str, Any]) -> Self:
        try:
            return cls(environment=config.get("environment", FlowEnvironment.LOCAL))
        except InvalidInput as error:
            raise PermanentAgentError(error.message, next_step=error.next_step) from error

    @property
    def config_of_run(self) -> Mapping[str, JsonValue]:
        return {} if self.environment is FlowEnvironment.LOCAL else {"environment": self.environment.value}

    async def play(self, context: RunContext, composition: Composition, task: str) -> AnyOutcome:
        if not is_installed():
            next_step = f"{NEXT_STEP}, where the workers run, and start them again"
            raise PermanentAgentError(f"{MISSING}: {next_step}", next_step=next_step)
        place = context.lasting_directory if self.output_dir is None else self.output_dir / f"run-{context.run_id}"
        is_here = self.environment is FlowEnvironment.LOCAL
        site = Here(context) if is_here else There(context, self.environment)
        return await play_with_metaflow(context, composition, task, site, place.absolute())
