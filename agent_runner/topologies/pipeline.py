"""Pipeline: each stage works on what the one before has made; a stage that is done without passes it on as it is."""

from agent_runner.domain.outcome import PipelineOutcome, Reply
from agent_runner.domain.topology import STAGES
from agent_runner.topologies.scene import Question, Scene, present


async def pipeline(scene: Scene, task: str) -> PipelineOutcome:
    """The output is that of the last stage that has answered."""
    seats = scene.seats(STAGES)
    work, replies = task, list[Reply]()
    for number, seat in enumerate(seats, start=1):
        scene.tell((number - 1) / len(seats), f"Stage {number} of {len(seats)}: {seat.node}")
        key = f"{number}-{seat.node}"
        message = work if number == 1 else f"<task>\n{task}\n</task>\n\n<work>\n{work}\n</work>"
        answers = present(await scene.ask_all(key, [Question(key=key, seat=seat, message=message)]))
        replies += answers
        work = answers[0].text if answers else work
    return PipelineOutcome(output=work, stages=tuple(replies), failures=tuple(scene.failures))
