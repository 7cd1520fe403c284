"""Compound: topologies as parts of one, each on what the one before has made, or all at once on the same task."""

from collections.abc import Awaitable, Callable
from functools import partial

from agent_runner.domain.outcome import AnyOutcome, CompoundOutcome, PartOutcome
from agent_runner.domain.topology import PARTS, SYNTHESIZER, CompoundConfig, Seat
from agent_runner.topologies.marks import words
from agent_runner.topologies.scene import Act, Question, Scene, present
from agent_runner.topologies.share import Share
from agent_runner.topologies.wording import block, instructions, message

Play = Callable[[Scene, str], Awaitable[AnyOutcome]]


async def compound(scene: Scene, task: str, play: Play) -> CompoundOutcome:
    """`play` plays any topology: this is how a pattern comes to the others."""
    config = scene.topology.config
    assert isinstance(config, CompoundConfig)
    seats, synthesizer = scene.seats(PARTS), scene.seat(SYNTHESIZER)
    shares = scene.share.split(len(seats) + (synthesizer is not None))
    play_all = _together if config.is_parallel else _one_by_one
    parts = await play_all(scene, task, play, list(zip(seats, shares, strict=False)))
    if synthesizer is not None:
        output = await _synthesis(scene, task, synthesizer, parts)
    elif config.is_parallel:
        output = "\n\n".join(part.outcome.output for part in parts)
    else:
        output = parts[-1].outcome.output
    return CompoundOutcome(output=output, failures=tuple(scene.failures), parts=tuple(parts))


Seated = list[tuple[Seat, Share]]


async def _together(scene: Scene, task: str, play: Play, seated: Seated) -> list[PartOutcome]:
    acts = [_act(scene, number, seat, share, task, play) for number, (seat, share) in enumerate(seated, start=1)]
    return list(present(await scene.play_all("parts", acts)))


async def _one_by_one(scene: Scene, task: str, play: Play, seated: Seated) -> list[PartOutcome]:
    """A part that is done without passes on what it was given."""
    parts: list[PartOutcome] = []
    for number, (seat, share) in enumerate(seated, start=1):
        work = f"{task}\n\n{block('work', parts[-1].outcome.output)}" if parts else task
        act = _act(scene, number, seat, share, work, play)
        spare = scene.spare(len(seated)) - len(scene.failures)
        parts += present(await scene.play_all(act.key, [act], spare=spare))
    return parts


def _act(scene: Scene, number: int, seat: Seat, share: Share, task: str, play: Play) -> Act[PartOutcome]:
    key = f"{number}-{seat.node}"
    return Act(key, seat, partial(_part, scene.within(key, seat, share), seat, task, play))


async def _part(scene: Scene, seat: Seat, task: str, play: Play) -> PartOutcome:
    outcome = await play(scene, task)
    scene.tell(1.0, f"{seat.node} is done")
    return PartOutcome(name=seat.node, outcome=outcome)


async def _synthesis(scene: Scene, task: str, synthesizer: Seat, parts: list[PartOutcome]) -> str:
    given = [block("answer", part.outcome.output, of=len(parts), by=part.name) for part in parts]
    question = Question(
        key="synthesizer",
        seat=synthesizer,
        message=message(task, *given),
        instructions=instructions("synthesizer"),
    )
    return words(await scene.ask(question))
