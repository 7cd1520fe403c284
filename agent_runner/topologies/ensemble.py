"""Ensemble: all members answer the same task, none sees the others; their answers become one."""

import re
from typing import Final, assert_never

from agent_runner.agents.prompt import shortened
from agent_runner.domain.outcome import EnsembleOutcome, Failure, Reply
from agent_runner.domain.topology import JUDGE, MEMBERS, SYNTHESIZER, Aggregation, EnsembleConfig, Seat
from agent_runner.errors import TopologyFailed
from agent_runner.topologies.ballot import Camp, Vote, camps
from agent_runner.topologies.marks import as_text, data_of, find_mark, words
from agent_runner.topologies.numbers import ANSWER, mean, number_in, only_number, written
from agent_runner.topologies.scene import Question, Scene
from agent_runner.topologies.wording import block, instructions, message

BEST: Final = "BEST"
LONGEST_QUOTE: Final = 300
"""Of an answer that cannot be used, in the sentence that says so."""

_FIRST_NUMBER: Final = re.compile(r"\D*(\d{1,6})(?!\d)")
_ONLY_NUMBER: Final = re.compile(r"\W*(\d{1,6})\W*")

_ASKED_FOR: Final = {
    Aggregation.VOTE: "vote",
    Aggregation.WEIGHTED: "vote",
    Aggregation.AVERAGE: "number",
}
"""The prompt that says how a member ends its answer."""

Answers = list[tuple[Seat, Reply]]


async def ensemble(scene: Scene, task: str) -> EnsembleOutcome:
    how = _config(scene).aggregation
    seats = scene.seats(MEMBERS)
    scene.tell(0.0, f"Asking {len(seats)} members")
    asked_for = instructions(_ASKED_FOR[how]) if how in _ASKED_FOR else ""
    questions = [Question(key=f"member/{seat.node}", seat=seat, message=task, instructions=asked_for) for seat in seats]
    replies = await scene.ask_all("member", questions)
    answers = [(seat, reply) for seat, reply in zip(seats, replies, strict=True) if reply is not None]
    match how:
        case Aggregation.VOTE:
            return _by_vote(scene, answers)
        case Aggregation.WEIGHTED:
            return _by_weight(scene, answers)
        case Aggregation.AVERAGE:
            return _average(scene, answers, asked=len(seats))
        case Aggregation.CONCAT:
            return _outcome(scene, answers, "\n\n".join(words(reply) for _, reply in answers))
        case Aggregation.BEST_OF:
            return await _best_of(scene, task, answers)
        case Aggregation.SYNTHESIS:
            return await _synthesis(scene, task, answers)
        case _:
            assert_never(how)


def _config(scene: Scene) -> EnsembleConfig:
    config = scene.topology.config
    assert isinstance(config, EnsembleConfig)
    return config


def _outcome(
    scene: Scene,
    answers: Answers,
    output: str,
    *,
    votes: dict[str, float] | None = None,
    value: float | None = None,
    chosen: str | None = None,
) -> EnsembleOutcome:
    return EnsembleOutcome(
        output=output,
        aggregation=_config(scene).aggregation,
        answers=tuple(reply for _, reply in answers),
        failures=tuple(scene.failures),
        votes=votes or {},
        value=value,
        chosen=chosen,
    )


def _by_vote(scene: Scene, answers: Answers) -> EnsembleOutcome:
    found = camps(Vote(reply.node, _answer(reply)) for _, reply in answers)
    return _outcome(scene, answers, found[0].said, votes=_counted(found), chosen=found[0].nodes[0])


def _counted(found: tuple[Camp, ...]) -> dict[str, float]:
    return {camp.said: camp.weight for camp in found}


def _answer(reply: Reply) -> str:
    """What counts in a vote: the line `ANSWER: …`, else the whole."""
    if marked := find_mark(reply, ANSWER):
        return marked.line
    data = data_of(reply)
    return (as_text(data) if data is not None else "") or words(reply)


def _by_weight(scene: Scene, answers: Answers) -> EnsembleOutcome:
    """A vote where some count more than others; a mean where all answers are numbers."""
    named = _config(scene).weights
    weights = [named.get(seat.agent, 1.0) for seat, _ in answers]
    if not any(weights):
        raise TopologyFailed(f"the topology {scene.topology.name} has answers only of members whose weight is 0")
    replies = [reply for _, reply in answers]
    found = camps(Vote(reply.node, _answer(reply), weight) for reply, weight in zip(replies, weights, strict=True))
    numbers = [number for reply in replies if (number := only_number(reply)) is not None]
    if len(numbers) < len(replies):
        return _outcome(scene, answers, found[0].said, votes=_counted(found), chosen=found[0].nodes[0])
    value = mean(list(zip(numbers, weights, strict=True)))
    return _outcome(scene, answers, written(value), votes=_counted(found), value=value)


def _average(scene: Scene, answers: Answers, *, asked: int) -> EnsembleOutcome:
    """An answer without a number is a failed one."""
    found = [(seat, reply, number_in(reply)) for seat, reply in answers]
    without = [
        Failure(node=reply.node, agent=reply.agent, error=f"its answer holds no number: {_quoted(reply)}")
        for _, reply, number in found
        if number is None
    ]
    if len(scene.failures) + len(without) > scene.spare(asked):
        named = "; ".join(f"{failure.node}: {failure.error}" for failure in without)
        raise TopologyFailed(f"the topology {scene.topology.name} has too few numbers to take an average of: {named}")
    scene.failures += without
    known = [(seat, reply, number) for seat, reply, number in found if number is not None]
    value = mean([(number, 1.0) for _, _, number in known])
    return _outcome(scene, [(seat, reply) for seat, reply, _ in known], written(value), value=value)


async def _best_of(scene: Scene, task: str, answers: Answers) -> EnsembleOutcome:
    judge = scene.seat(JUDGE)
    assert judge is not None
    scene.tell(0.6, f"{judge.node} chooses the best of {len(answers)} answers")
    given = [
        block("answer", words(reply), of=len(answers), number=number)
        for number, (_, reply) in enumerate(answers, start=1)
    ]
    asked_for = instructions("judge", of=len(answers))
    reply = await scene.ask(Question(key="judge", seat=judge, message=message(task, *given), instructions=asked_for))
    best = _named(reply, len(answers))
    if best is None:
        given.append(block("your-answer", words(reply)))
        again = Question(
            key="judge/again",
            seat=judge,
            message=message(task, *given),
            instructions=f"{asked_for}\n\n{instructions('judge-again', of=len(answers))}",
        )
        reply = await scene.ask(again)
        best = _named(reply, len(answers))
    if best is None:
        raise TopologyFailed(
            f"the judge {reply.node} has named none of the {len(answers)} answers: {_quoted(reply)}",
            next_step=f"give {judge.agent} a model that keeps to the line BEST: <number>",
        )
    chosen = answers[best - 1][1]
    return _outcome(scene, answers, words(chosen), chosen=chosen.node)


def _named(reply: Reply, of: int) -> int | None:
    """The number behind `BEST:`, or an answer that is nothing but a number."""
    marked = find_mark(reply, BEST)
    found = _FIRST_NUMBER.match(marked.line) if marked else _ONLY_NUMBER.fullmatch(words(reply))
    return int(found.group(1)) if found and 1 <= int(found.group(1)) <= of else None


async def _synthesis(scene: Scene, task: str, answers: Answers) -> EnsembleOutcome:
    synthesizer = scene.seat(SYNTHESIZER)
    assert synthesizer is not None
    scene.tell(0.6, f"{synthesizer.node} makes one answer of {len(answers)}")
    given = [block("answer", words(reply), of=len(answers), by=seat.node) for seat, reply in answers]
    question = Question(
        key="synthesizer",
        seat=synthesizer,
        message=message(task, *given),
        instructions=instructions("synthesizer"),
    )
    reply = await scene.ask(question)
    return _outcome(scene, answers, words(reply))


def _quoted(reply: Reply) -> str:
    return repr(shortened(words(reply), LONGEST_QUOTE))
