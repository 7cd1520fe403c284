"""`LocalRunner`: one agent after the other, in the process that drives the run."""

from agent_runner.agents.base import RunContext
from agent_runner.agents.typed.registry import default_mixins
from agent_runner.domain.composition import Composition
from agent_runner.domain.outcome import AnyOutcome
from agent_runner.runners.base import Runner
from agent_runner.runners.registry import runner
from agent_runner.runners.stage import SequentialStage
from agent_runner.topologies.play import play


@runner("local")
class LocalRunner(Runner):
    async def play(self, context: RunContext, composition: Composition, task: str) -> AnyOutcome:
        return await play(SequentialStage(context, default_mixins()), composition, task)
