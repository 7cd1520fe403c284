"""Cross-check: validators judge an author's work, none sees the others; what is not accepted is revised."""

import re
from math import fsum
from typing import Final, assert_never

from agent_runner.agents.prompt import shortened
from agent_runner.domain.outcome import CrossCheckOutcome, Reply, Verdict
from agent_runner.domain.topology import AUTHOR, VALIDATORS, Agreement, CrossCheckConfig, Seat
from agent_runner.topologies.marks import choice, find_mark, words
from agent_runner.topologies.scene import LONGEST_REASON, Question, Scene
from agent_runner.topologies.wording import block, instructions, message

VERDICT: Final = "VERDICT"
REASON: Final = "REASON"
ACCEPT: Final = "accept"
REJECT: Final = "reject"

_AFTER_THE_WORD: Final = re.compile(r"\W*\w+[\s:.,;*_\-\u2013\u2014]*")

Judged = list[tuple[Seat, Reply, Verdict]]


async def cross_check(scene: Scene, task: str) -> CrossCheckOutcome:
    config = _config(scene)
    author = scene.seats(AUTHOR)[0]
    scene.tell(0.0, f"{author.node} drafts")
    work = await scene.ask(Question(key="draft", seat=author, message=task))
    checks = [await _check(scene, task, work, 1)]
    while not _is_accepted(config, checks[-1]) and len(checks) <= config.max_revisions:
        work = await _revision(scene, task, work, checks[-1], len(checks))
        checks.append(await _check(scene, task, work, len(checks) + 1))
    return CrossCheckOutcome(
        output=words(work),
        failures=tuple(scene.failures),
        is_accepted=_is_accepted(config, checks[-1]),
        revisions=len(checks) - 1,
        verdicts=tuple(tuple(verdict for _, _, verdict in judged) for judged in checks),
    )


def _config(scene: Scene) -> CrossCheckConfig:
    config = scene.topology.config
    assert isinstance(config, CrossCheckConfig)
    return config


async def _check(scene: Scene, task: str, work: Reply, number: int) -> Judged:
    seats, of = scene.seats(VALIDATORS), _config(scene).max_revisions + 1
    scene.tell((number - 0.5) / of, f"{len(seats)} validators judge version {number}")
    text = message(task, block("work", words(work)))
    asked_for = instructions("validator")
    questions = [
        Question(key=f"check-{number}/{seat.node}", seat=seat, message=text, instructions=asked_for) for seat in seats
    ]
    replies = await scene.ask_all(f"check-{number}", questions)
    return [(seat, reply, _verdict(reply)) for seat, reply in zip(seats, replies, strict=True) if reply is not None]


async def _revision(scene: Scene, task: str, work: Reply, judged: Judged, number: int) -> Reply:
    author = scene.seats(AUTHOR)[0]
    scene.tell(number / (_config(scene).max_revisions + 1), f"{author.node} revises")
    against = [(seat, reply, verdict.reason) for seat, reply, verdict in judged if not verdict.accepts]
    objections = [
        block("objection", _objection(reply, reason), of=len(against), by=seat.node) for seat, reply, reason in against
    ]
    question = Question(
        key=f"revision-{number}",
        seat=author,
        message=message(task, block("work", words(work)), *objections),
        instructions=instructions("revision"),
    )
    return await scene.ask(question)


def _objection(reply: Reply, reason: str) -> str:
    """All that the validator has said, and the reason where it stands nowhere in it."""
    said = words(reply)
    return said if reason in said else f"{said}\n\n{reason}"


def _verdict(reply: Reply) -> Verdict:
    marked = find_mark(reply, VERDICT)
    chosen = choice(marked.rest, ACCEPT, "approve", REJECT) if marked else None
    if marked is None or chosen is None:
        said = shortened(words(reply), LONGEST_REASON)
        return Verdict(node=reply.node, accepts=False, reason=f"It gave no verdict (VERDICT: accept or reject): {said}")
    reason = _AFTER_THE_WORD.sub("", marked.rest, count=1).strip()
    if not reason and (named := find_mark(reply, REASON)):
        reason = named.rest
    if not reason and chosen == REJECT:
        reason = words(reply)
    return Verdict(node=reply.node, accepts=chosen != REJECT, reason=shortened(reason, LONGEST_REASON))


def _is_accepted(config: CrossCheckConfig, judged: Judged) -> bool:
    """By those who have answered."""
    accepting = [seat for seat, _, verdict in judged if verdict.accepts]
    match config.agreement:
        case Agreement.UNANIMOUS:
            return len(accepting) == len(judged)
        case Agreement.MAJORITY:
            return 2 * len(accepting) > len(judged)
        case Agreement.WEIGHTED:
            every = [seat for seat, _, _ in judged]
            return 2 * _weight(config, accepting) > _weight(config, every)
        case _:
            assert_never(config.agreement)


def _weight(config: CrossCheckConfig, seats: list[Seat]) -> float:
    return fsum(config.weights.get(seat.agent, 1.0) for seat in seats)
