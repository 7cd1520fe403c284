"""`MetaflowRunner`: each agent is a step of a Metaflow flow."""

from pathlib import Path
from typing import Final

from agent_runner.agents.base import RunContext
from agent_runner.agents.typed.registry import default_mixins
from agent_runner.domain.composition import Composition
from agent_runner.domain.outcome import AnyOutcome
from agent_runner.errors import InvalidInput, PermanentAgentError
from agent_runner.runners.base import RunConfig, Runner
from agent_runner.runners.metaflow.drive import play_with_metaflow
from agent_runner.runners.metaflow.extra import MISSING, NEXT_STEP, is_installed
from agent_runner.runners.registry import runner
from agent_runner.runners.stage import SequentialStage

ENVIRONMENTS: Final = ("local",)


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
        """`output_dir`: where the flows stay, and all that Metaflow keeps of them; None: gone when the run has ended.

        Raises InvalidInput for an environment where a worker cannot have steps carried out.
        """
        super().__init__(config, db_url)
        if environment not in ENVIRONMENTS:
            raise InvalidInput(
                f"a worker carries out the steps of a flow in the environment {', '.join(ENVIRONMENTS)},"
                f" and not in {environment!r}",
                next_step=f"run the generated flow with --with {environment}; see docs/metaflow.md",
            )
        self.environment: Final = environment
        self.output_dir: Final = None if output_dir is None else Path(output_dir)

    async def play(self, context: RunContext, composition: Composition, task: str) -> AnyOutcome:
        if not is_installed():
            next_step = f"{NEXT_STEP}, where the workers run, and start them again"
            raise PermanentAgentError(f"{MISSING}: {next_step}", next_step=next_step)
        place = context.lasting_directory if self.output_dir is None else self.output_dir / f"run-{context.run_id}"
        return await play_with_metaflow(
            context, composition, task, SequentialStage(context, default_mixins()), place.absolute()
        )
