"""Chain of command: the lowest level decides, or escalates to the next, which sees what was said so far."""

from dataclasses import dataclass
from typing import Final

from agent_runner.agents.prompt import shortened
from agent_runner.domain.outcome import ChainOutcome, Escalation, Reply
from agent_runner.domain.topology import LEVEL, ChainOfCommandConfig, Seat
from agent_runner.topologies.marks import find_mark, normalised, words
from agent_runner.topologies.scene import LONGEST_REASON, Question, Scene
from agent_runner.topologies.wording import block, instructions, message

DECISION: Final = "DECISION"
ESCALATE: Final = "ESCALATE"
REASON: Final = "REASON"

_NO_REASON: Final = frozenset({"", "no", "none", "n/a", "nothing", "not needed", "not necessary", "null"})
"""What models write behind `ESCALATE:` when they fill in all lines that they have read of."""


@dataclass(frozen=True, slots=True)
class Heard:
    level: int
    seat: Seat
    reply: Reply
    reason: str | None
    """Why it escalates, where it does."""


async def chain_of_command(scene: Scene, task: str) -> ChainOutcome:
    config = scene.topology.config
    assert isinstance(config, ChainOfCommandConfig)
    last = min(len(scene.topology.levels), config.max_escalations + 1)
    levels: list[list[Heard]] = []
    while not levels or (len(levels) < last and _escalates(levels[-1])):
        scene.tell(len(levels) / last, f"Level {len(levels) + 1} of at most {last}")
        levels.append(await _level(scene, task, levels, last))
    heard = [each for level in levels for each in level]
    return ChainOutcome(
        output="\n\n".join(_decision(each.reply) for each in levels[-1]),
        failures=tuple(scene.failures),
        level=len(levels),
        is_decided=not _escalates(levels[-1]),
        escalations=tuple(
            Escalation(level=each.level, node=each.reply.node, reason=each.reason)
            for each in heard
            if each.reason is not None
        ),
        answers=tuple(each.reply for each in heard),
    )


def _escalates(level: list[Heard]) -> bool:
    return any(each.reason is not None for each in level)


async def _level(scene: Scene, task: str, below: list[list[Heard]], last: int) -> list[Heard]:
    number = len(below) + 1
    slot = LEVEL.format(number)
    heard = [each for level in below for each in level]
    given = [block("answer", words(each.reply), of=len(heard), by=each.seat.node, level=each.level) for each in heard]
    questions = [
        Question(
            key=f"{slot}/{seat.node}",
            seat=seat,
            message=message(task, *given) if given else task,
            instructions=instructions("command" if number < last else "command-last", number=number),
        )
        for seat in scene.seats(slot)
    ]
    replies = await scene.ask_all(slot, questions)
    return [
        Heard(number, question.seat, reply, _reason(reply))
        for question, reply in zip(questions, replies, strict=True)
        if reply is not None
    ]


def _reason(reply: Reply) -> str | None:
    """None where it decides: an answer without any mark is a decision, too."""
    marked = find_mark(reply, DECISION, ESCALATE)
    if marked is None or marked.name == DECISION or normalised(marked.line) in _NO_REASON:
        return None
    if normalised(marked.line) in {"yes", "true"} and (reason := find_mark(reply, REASON)):
        return shortened(reason.rest, LONGEST_REASON)
    return shortened(marked.rest, LONGEST_REASON)


def _decision(reply: Reply) -> str:
    marked = find_mark(reply, DECISION, until=(ESCALATE,))
    return marked.rest if marked else words(reply)
