"""Pipeline: each stage works on what the one before has made; a stage that is done without passes it on as it is."""

from agent_runner.domain.outcome import PipelineOutcome, Reply
from agent_runner.domain.topology import STAGES
from agent_runner.topologies.marks import words
from agent_runner.topologies.scene import Question, Scene, present
from agent_runner.topologies.wording import block, instructions, message


async def pipeline(scene: Scene, task: str) -> PipelineOutcome:
    """The output is that of the last stage that has answered."""
    seats = scene.seats(STAGES)
    replies = list[Reply]()
    for number, seat in enumerate(seats, start=1):
        scene.tell((number - 1) / len(seats), f"Stage {number} of {len(seats)}: {seat.node}")
        key = f"{number}-{seat.node}"
        question = Question(
            key=key,
            seat=seat,
            message=message(task, block("work", words(replies[-1]))) if replies else task,
            instructions=instructions("stage", number=number, of=len(seats)),
        )
        spare = scene.spare(len(seats)) - len(scene.failures)
        replies += present(await scene.ask_all(key, [question], spare=spare))
    return PipelineOutcome(output=words(replies[-1]), stages=tuple(replies), failures=tuple(scene.failures))
