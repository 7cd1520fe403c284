"""Debate: all state their positions, see those of the others and state them again, until they agree or are stopped."""

from dataclasses import dataclass
from math import fsum
from typing import Final, assert_never

from agent_runner.domain.outcome import DebateOutcome, Position
from agent_runner.domain.topology import DEBATERS, MEDIATOR, Consensus, DebateConfig, Seat
from agent_runner.topologies.ballot import Camp, Vote, camps, share
from agent_runner.topologies.marks import choice, conclusion, find_mark, normalised, words
from agent_runner.topologies.scene import Question, Scene
from agent_runner.topologies.wording import block, instructions, message

POSITION: Final = "POSITION"
CONSENSUS: Final = "CONSENSUS"


@dataclass(frozen=True, slots=True)
class Stand:
    """What a debater has said in a round."""

    seat: Seat
    position: Position
    weight: float


Stands = list[Stand]


@dataclass(frozen=True, slots=True)
class Ruling:
    """How a debate ends."""

    output: str
    is_reached: bool
    mediation: str | None = None


async def debate(scene: Scene, task: str) -> DebateOutcome:
    config = _config(scene)
    rounds: list[Stands] = []
    ruling: Ruling | None = None
    while ruling is None:
        rounds.append(await _round(scene, task, rounds))
        ruling = await _ruling(scene, task, rounds[-1], len(rounds))
    stands = rounds[-1]
    behind = [stand for stand in stands if normalised(stand.position.position) == normalised(ruling.output)]
    return DebateOutcome(
        output=ruling.output,
        failures=tuple(scene.failures),
        rounds=tuple(tuple(stand.position for stand in each) for each in rounds),
        consensus=config.consensus,
        is_reached=ruling.is_reached,
        support=share(_weight(behind), _weight(stands)),
        mediation=ruling.mediation,
    )


def _config(scene: Scene) -> DebateConfig:
    config = scene.topology.config
    assert isinstance(config, DebateConfig)
    return config


def _weight(stands: Stands) -> float:
    return fsum(stand.weight for stand in stands)


async def _round(scene: Scene, task: str, earlier: list[Stands]) -> Stands:
    config, seats = _config(scene), scene.seats(DEBATERS)
    number = len(earlier) + 1
    scene.tell((number - 1) / config.max_rounds, f"Round {number} of {config.max_rounds}")
    before = earlier[-1] if earlier else []
    questions = [
        Question(
            key=f"round-{number}/{seat.node}",
            seat=seat,
            message=message(task, *_seen_by(seat, before)) if before else task,
            instructions=instructions("debate", number=number, of=config.max_rounds),
        )
        for seat in seats
    ]
    replies = await scene.ask_all(f"round-{number}", questions)
    return [
        Stand(
            seat,
            Position(node=reply.node, text=words(reply), position=conclusion(reply, POSITION)),
            config.weights.get(seat.agent, 1.0),
        )
        for seat, reply in zip(seats, replies, strict=True)
        if reply is not None
    ]


def _seen_by(seat: Seat | None, stands: Stands) -> list[str]:
    own = [_block("your-position", stand, len(stands)) for stand in stands if stand.seat == seat]
    others = [_block("position", stand, len(stands), by=stand.seat.node) for stand in stands if stand.seat != seat]
    return own + others


def _block(tag: str, stand: Stand, of: int, **attributes: str) -> str:
    return block(tag, stand.position.text, of=of, **attributes)


async def _ruling(scene: Scene, task: str, stands: Stands, number: int) -> Ruling | None:
    """None: another round is due."""
    config = _config(scene)
    found = camps(Vote(stand.position.node, stand.position.position, stand.weight) for stand in stands)
    if agreed := _agreed(config.consensus, found):
        return Ruling(agreed.said, is_reached=True)
    is_last = number == config.max_rounds
    ruling: Ruling | None = None
    if is_last or config.consensus is Consensus.MEDIATOR:
        ruling = await _mediated(scene, task, stands, found[0], number)
    return ruling or (Ruling(found[0].said, is_reached=False) if is_last else None)


def _agreed(consensus: Consensus, found: tuple[Camp, ...]) -> Camp | None:
    """The camp that ends the debate, if there is one."""
    heads = sum(len(camp.nodes) for camp in found)
    weight = fsum(camp.weight for camp in found)
    match consensus:
        case Consensus.MAJORITY:
            agreeing = [camp for camp in found if 2 * len(camp.nodes) > heads]
        case Consensus.UNANIMOUS:
            agreeing = [camp for camp in found if len(camp.nodes) == heads]
        case Consensus.WEIGHTED:
            agreeing = [camp for camp in found if 2 * camp.weight > weight]
        case Consensus.FIRST_AGREEMENT:
            agreeing = [camp for camp in found if len(camp.nodes) > 1]
        case Consensus.MEDIATOR:
            agreeing = []
        case _:
            assert_never(consensus)
    return agreeing[0] if agreeing else None


async def _mediated(scene: Scene, task: str, stands: Stands, heaviest: Camp, number: int) -> Ruling | None:
    """What the mediator makes of a round; after the last one it decides. None: it makes nothing of it."""
    config, seat = _config(scene), scene.seat(MEDIATOR)
    if seat is None:
        return None
    is_last = number == config.max_rounds
    key = f"round-{number}/mediator"
    question = Question(
        key=key,
        seat=seat,
        message=message(task, *_seen_by(None, stands)),
        instructions=instructions("mediator-last" if is_last else "mediator"),
    )
    (reply,) = await scene.ask_all(key, [question], spare=1)
    if reply is None:
        return None
    sees, said = find_mark(reply, CONSENSUS), find_mark(reply, POSITION)
    if config.consensus is Consensus.MEDIATOR and sees and choice(sees.line, "yes", "no") == "yes":
        return Ruling(said.line if said else heaviest.said, is_reached=True, mediation=words(reply))
    if not is_last:
        return None
    # Without a position it has decided nothing: its last line would be the one on the consensus.
    output = heaviest.said if sees and not said else conclusion(reply, POSITION)
    return Ruling(output, is_reached=False, mediation=words(reply))
